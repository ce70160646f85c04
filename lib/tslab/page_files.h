// The files that are built into the program: the pages of `tslab serve`, what `tslab report`
// is made of, and Chart.js.
#pragma once

#include <string_view>

namespace temporal_slab::tslab::page_files {

std::string_view html();           // of serve
std::string_view icon();           // SVG
std::string_view style();          // of both
std::string_view drawing();        // of both: what is drawn of a snapshot, and how texts are shown
std::string_view script();         // of serve
std::string_view report_html();    // of report, with places to be filled in
std::string_view report_script();  // of report
std::string_view runbook();        // of serve: lib/doc/runbook.md
std::string_view chart();          // Chart.js, MIT, with its notice in the first line

}  // namespace temporal_slab::tslab::page_files
