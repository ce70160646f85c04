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

// A set of small numbers, a bit each.
template <std::uint32_t kCount>
class BitSet {
 public:
  bool has(std::uint32_t number) const { return (words_[number / 64] >> number % 64 & 1) != 0; }
  void add(std::uint32_t number) { words_[number / 64] |= std::uint64_t{1} << number % 64; }
  void remove(std::uint32_t number) { words_[number / 64] &= ~(std::uint64_t{1} << number % 64); }
  bool empty() const {
    for (const std::uint64_t word : words_)
      if (word != 0) return false;
    return true;
  }
  // Calls `work` with each number, the lowest first.
  template <typename Work>
  void for_each(const Work& work) const {
    for (std::uint32_t i = 0; i < kWords; ++i)
      for (std::uint64_t rest = words_[i]; rest != 0; rest &= rest - 1)
        work(64 * i + lowest_bit(rest));
  }

 private:
  static constexpr std::uint32_t kWords = (kCount + 63) / 64;
  std::uint64_t words_[kWords] = {};
};

}  // namespace temporal_slab::base
