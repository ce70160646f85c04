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
inline constexpr const char* kAllowedInterval =
    "a time from 0.1s to 1d, as 2, 0.5s, 500ms or 1m30s";
inline constexpr const char* kAllowedAge = "a time of whole seconds, as 300, 5m or 1d12h";

// Decimal digits and nothing else. A number above the rows that there are is fine.
std::optional<std::size_t> parse_rows(std::string_view text);

std::optional<std::uint64_t> parse_number(std::string_view text);

// A time between two looks.
std::optional<std::chrono::milliseconds> parse_interval(std::string_view text);

// Whole seconds; without a unit any number of them.
std::optional<std::uint64_t> parse_age(std::string_view text);

}  // namespace temporal_slab::tslab
