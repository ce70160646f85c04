// Small arithmetic on bits and sizes.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

namespace temporal_slab::base {

// The index of the lowest set bit of a word that is not 0.
constexpr std::uint32_t lowest_bit(std::uint64_t word) {
  return static_cast<std::uint32_t>(std::countr_zero(word));
}

// The lowest `count` bits set; count is at most 64.
constexpr std::uint64_t low_bits(std::uint32_t count) {
  return count >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << count) - 1;
}

// Rounds up to a multiple of a power of two.
constexpr std::size_t align_up(std::size_t value, std::size_t alignment) {
  return (value + alignment - 1) & ~(alignment - 1);
}

}  // namespace temporal_slab::base
