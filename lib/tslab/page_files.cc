#include "tslab/page_files.h"

// The assembler takes a file's bytes as they are, whatever they are.
#define TEMPORAL_SLAB_INCLUDE_BYTES(name, path)                                                  \
  extern "C" __attribute__((visibility("hidden"))) const char name##_begin[];                    \
  extern "C" __attribute__((visibility("hidden"))) const char name##_end[];                      \
  __asm__(".pushsection .rodata\n.hidden " #name "_begin\n.hidden " #name "_end\n.global " #name \
          "_begin\n.global " #name "_end\n" #name "_begin:\n.incbin \"" path "\"\n" #name        \
          "_end:\n.popsection\n")

TEMPORAL_SLAB_INCLUDE_BYTES(temporal_slab_page_html, TEMPORAL_SLAB_PAGE "page.html");
TEMPORAL_SLAB_INCLUDE_BYTES(temporal_slab_page_icon, TEMPORAL_SLAB_PAGE "icon.svg");
TEMPORAL_SLAB_INCLUDE_BYTES(temporal_slab_page_style, TEMPORAL_SLAB_PAGE "page.css");
TEMPORAL_SLAB_INCLUDE_BYTES(temporal_slab_page_drawing, TEMPORAL_SLAB_PAGE "drawing.js");
TEMPORAL_SLAB_INCLUDE_BYTES(temporal_slab_page_script, TEMPORAL_SLAB_PAGE "page.js");
TEMPORAL_SLAB_INCLUDE_BYTES(temporal_slab_report_html, TEMPORAL_SLAB_PAGE "report.html");
TEMPORAL_SLAB_INCLUDE_BYTES(temporal_slab_report_script, TEMPORAL_SLAB_PAGE "report.js");
TEMPORAL_SLAB_INCLUDE_BYTES(temporal_slab_runbook, TEMPORAL_SLAB_RUNBOOK);
TEMPORAL_SLAB_INCLUDE_BYTES(temporal_slab_page_chart, TEMPORAL_SLAB_CHART_JS);

namespace temporal_slab::tslab::page_files {
namespace {

std::string_view between(const char* begin, const char* end) {
  return {begin, static_cast<std::size_t>(end - begin)};
}

}  // namespace

std::string_view html() {
  return between(temporal_slab_page_html_begin, temporal_slab_page_html_end);
}
std::string_view icon() {
  return between(temporal_slab_page_icon_begin, temporal_slab_page_icon_end);
}
std::string_view style() {
  return between(temporal_slab_page_style_begin, temporal_slab_page_style_end);
}
std::string_view drawing() {
  return between(temporal_slab_page_drawing_begin, temporal_slab_page_drawing_end);
}
std::string_view script() {
  return between(temporal_slab_page_script_begin, temporal_slab_page_script_end);
}
std::string_view report_html() {
  return between(temporal_slab_report_html_begin, temporal_slab_report_html_end);
}
std::string_view report_script() {
  return between(temporal_slab_report_script_begin, temporal_slab_report_script_end);
}
std::string_view runbook() {
  return between(temporal_slab_runbook_begin, temporal_slab_runbook_end);
}
std::string_view chart() {
  return between(temporal_slab_page_chart_begin, temporal_slab_page_chart_end);
}

}  // namespace temporal_slab::tslab::page_files
