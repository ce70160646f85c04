#include "tslab/display.h"

#include <locale.h>
#include <wchar.h>

#include <algorithm>
#include <ctime>

#include "base/utf8.h"
#include "render/text.h"

namespace temporal_slab::tslab {

std::string display_name(const std::string& name) {
  constexpr std::string_view kMarks = "._-:/@+";
  const bool plain = !name.empty() && std::all_of(name.begin(), name.end(), [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           kMarks.find(c) != std::string_view::npos;
  });
  if (plain) return name;
  std::string quoted;
  render::append_quoted(quoted, name);
  return quoted;
}

std::string display_time(std::uint64_t seconds) {
  std::string text;
  render::append_duration(text, seconds);
  return text;
}

std::string display_now() {
  const std::time_t now = std::time(nullptr);
  std::tm parts = {};
  char text[64];
  localtime_r(&now, &parts);
  return std::string(text, std::strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &parts));
}

// By the C library's tables of a locale that is always there, whatever the environment
// asks for. Only this thread's locale is changed, and only for the moment.
std::size_t display_width(std::string_view text) {
  static const locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  const locale_t before = utf8 == nullptr ? nullptr : uselocale(utf8);
  std::size_t width = 0;
  while (!text.empty()) {
    const base::DecodedUtf8 next = base::decode_utf8(text);
    const int columns = wcwidth(static_cast<wchar_t>(next.code_point));
    width += next.well_formed && before != nullptr && columns >= 0
                 ? static_cast<std::size_t>(columns)
                 : 1;
    text.remove_prefix(next.length);
  }
  if (before != nullptr) uselocale(before);
  return width;
}

}  // namespace temporal_slab::tslab
