#include "tslab/display.h"

#include <algorithm>

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
  render::append_json_string(quoted, name);
  return quoted;
}

std::string display_time(std::uint64_t seconds) {
  struct Unit {
    std::uint64_t seconds;
    const char* name;
    std::uint64_t part_seconds;
    const char* part_name;
  };
  constexpr Unit kUnits[] = {{86400, "d", 3600, "h"}, {3600, "h", 60, "m"}, {60, "m", 1, "s"}};
  for (const Unit& unit : kUnits) {
    if (seconds < unit.seconds) continue;
    const std::string part = std::to_string(seconds % unit.seconds / unit.part_seconds);
    return std::to_string(seconds / unit.seconds) + unit.name + (part.size() == 1 ? "0" : "") +
           part + unit.part_name;
  }
  return std::to_string(seconds) + "s";
}

std::size_t display_width(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

}  // namespace temporal_slab::tslab
