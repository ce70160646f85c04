#include "tslab/values.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>
#include <system_error>

namespace temporal_slab::tslab {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLeastInterval{100};
constexpr milliseconds kMostInterval{86'400'000};
// What nanoseconds can count.
constexpr double kMostMilliseconds = 9'223'286'400'000.0;

struct Unit {
  std::string_view name;
  double milliseconds;
};

// From the largest to the smallest.
constexpr Unit kUnits[] = {
    {"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}};

template <typename Number, typename... Format>
std::optional<Number> parse(std::string_view text, Format... format) {
  Number number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, fault] = std::from_chars(text.data(), end, number, format...);
  if (fault != std::errc() || stop != end) return std::nullopt;
  return number;
}

}  // namespace

std::optional<std::size_t> parse_rows(std::string_view text) {
  const std::optional<std::size_t> rows = parse<std::size_t>(text);
  return rows == std::size_t{0} ? std::nullopt : rows;
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
  return parse<std::uint64_t>(text);
}

std::optional<milliseconds> parse_duration(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789.";
  double sum = 0;
  const Unit* const end = std::end(kUnits);
  for (const Unit* next = std::begin(kUnits); !text.empty();) {
    const std::size_t digits = std::min(text.find_first_not_of(kDigits), text.size());
    const std::optional<double> number =
        parse<double>(text.substr(0, digits), std::chars_format::fixed);
    if (!number) return std::nullopt;
    text.remove_prefix(digits);
    const std::string_view name = text.substr(0, text.find_first_of(kDigits));
    text.remove_prefix(name.size());
    // A number alone is of seconds.
    const Unit* const unit = std::find_if(next, end, [&](const Unit& one) {
      return one.name == name || (name.empty() && next == kUnits && one.name == "s");
    });
    if (unit == end) return std::nullopt;
    sum += *number * unit->milliseconds;
    if (!(sum <= kMostMilliseconds)) return std::nullopt;
    next = unit + 1;
    if (text.empty()) return milliseconds(static_cast<std::int64_t>(std::llround(sum)));
  }
  return std::nullopt;
}

std::optional<milliseconds> parse_interval(std::string_view text) {
  const std::optional<milliseconds> interval = parse_duration(text);
  if (!interval || *interval < kLeastInterval || *interval > kMostInterval) return std::nullopt;
  return interval;
}

std::optional<std::uint64_t> parse_age(std::string_view text) {
  if (const std::optional<std::uint64_t> seconds = parse_number(text)) return seconds;
  const std::optional<milliseconds> age = parse_duration(text);
  if (!age || *age % std::chrono::seconds(1) != milliseconds(0)) return std::nullopt;
  return static_cast<std::uint64_t>(*age / std::chrono::seconds(1));
}

}  // namespace temporal_slab::tslab
