#include "tslab/values.h"

#include <charconv>
#include <system_error>

namespace temporal_slab::tslab {
namespace {

constexpr double kLeastSeconds = 0.1;
constexpr double kMostSeconds = 86400;

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

std::optional<std::chrono::milliseconds> parse_seconds(std::string_view text) {
  // "nan" and "inf" are numbers to the parser: neither is within the bounds.
  const std::optional<double> seconds = parse<double>(text, std::chars_format::fixed);
  if (!seconds || !(*seconds >= kLeastSeconds && *seconds <= kMostSeconds)) return std::nullopt;
  return std::chrono::round<std::chrono::milliseconds>(std::chrono::duration<double>(*seconds));
}

}  // namespace temporal_slab::tslab
