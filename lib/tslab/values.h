// Values of flags: texts from the command line -> numbers.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace temporal_slab::tslab {

// What they take, for messages.
inline constexpr const char* kAllowedRows = "a whole number from 1 to 18446744073709551615";
inline constexpr const char* kAllowedNumber = "a whole number from 0 to 18446744073709551615";
inline constexpr const char* kAllowedSeconds = "a number of seconds from 0.1 to 86400";

// Decimal digits and nothing else. A number above the rows that there are is fine.
std::optional<std::size_t> parse_rows(std::string_view text);

std::optional<std::uint64_t> parse_number(std::string_view text);

// Decimal digits, with or without a fraction.
std::optional<std::chrono::milliseconds> parse_seconds(std::string_view text);

}  // namespace temporal_slab::tslab
