// Times as people write them on a command line, for every program here that takes one.
#pragma once

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string_view>
#include <system_error>

namespace temporal_slab::base {

// Numbers each with a unit (ms, s, m, h, d), the larger one first: "0.5s", "1m30s"; or a number
// alone, which is of `unit_alone`. Nothing for what is no time, or one of more than 106751 days,
// which is what nanoseconds can count.
inline std::optional<std::chrono::milliseconds> parse_duration(std::string_view text,
                                                               std::string_view unit_alone = "s") {
  struct Unit {
    std::string_view name;
    double milliseconds;
  };
  constexpr Unit kUnits[] = {
      {"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}};
  constexpr double kMostMilliseconds = 9'223'286'400'000.0;
  constexpr std::string_view kDigits = "0123456789.";
  const Unit* const end = std::end(kUnits);
  double sum = 0;
  for (const Unit* next = std::begin(kUnits); !text.empty();) {
    const std::size_t digits = std::min(text.find_first_not_of(kDigits), text.size());
    double number = 0;
    const auto [stop, fault] =
        std::from_chars(text.data(), text.data() + digits, number, std::chars_format::fixed);
    if (fault != std::errc() || stop != text.data() + digits) return std::nullopt;
    text.remove_prefix(digits);
    std::string_view name = text.substr(0, text.find_first_of(kDigits));
    text.remove_prefix(name.size());
    if (name.empty() && next == kUnits) name = unit_alone;
    const Unit* const unit =
        std::find_if(next, end, [&](const Unit& one) { return one.name == name; });
    if (unit == end) return std::nullopt;
    sum += number * unit->milliseconds;
    if (!(sum <= kMostMilliseconds)) return std::nullopt;
    next = unit + 1;
    if (text.empty())
      return std::chrono::milliseconds(static_cast<std::int64_t>(std::llround(sum)));
  }
  return std::nullopt;
}

}  // namespace temporal_slab::base
