// Arithmetic on figures that may be anything: it stops at 0 and at 2^64 - 1
// instead of wrapping (R-3-1).
#pragma once

#include <cstdint>
#include <limits>

namespace temporal_slab::stats {

inline constexpr std::uint64_t kLargest = std::numeric_limits<std::uint64_t>::max();

constexpr std::uint64_t sum(std::uint64_t a, std::uint64_t b) {
  return a > kLargest - b ? kLargest : a + b;
}

constexpr void grow(std::uint64_t& total, std::uint64_t amount) { total = sum(total, amount); }

constexpr std::uint64_t difference(std::uint64_t a, std::uint64_t b) { return a > b ? a - b : 0; }

constexpr std::uint64_t product(std::uint64_t a, std::uint64_t b) {
  return b != 0 && a > kLargest / b ? kLargest : a * b;
}

// How many percent of `part + rest` the part is, rounded down; 0 of nothing.
constexpr std::uint64_t percent(std::uint64_t part, std::uint64_t rest) {
  __extension__ using Wide = unsigned __int128;
  const Wide whole = Wide{part} + rest;
  return whole == 0 ? 0 : static_cast<std::uint64_t>(Wide{part} * 100 / whole);
}

}  // namespace temporal_slab::stats
