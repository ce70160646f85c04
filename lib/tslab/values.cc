#include "tslab/values.h"

#include <charconv>
#include <system_error>

#include "base/duration.h"

namespace temporal_slab::tslab {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLeastInterval{100};
constexpr milliseconds kMostInterval{86'400'000};
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

std::optional<milliseconds> parse_interval(std::string_view text) {
  const std::optional<milliseconds> interval = base::parse_duration(text);
  if (!interval || *interval < kLeastInterval || *interval > kMostInterval) return std::nullopt;
  return interval;
}

std::optional<std::uint64_t> parse_age(std::string_view text) {
  if (const std::optional<std::uint64_t> seconds = parse_number(text)) return seconds;
  const std::optional<milliseconds> age = base::parse_duration(text);
  if (!age || *age % std::chrono::seconds(1) != milliseconds(0)) return std::nullopt;
  return static_cast<std::uint64_t>(*age / std::chrono::seconds(1));
}

}  // namespace temporal_slab::tslab
