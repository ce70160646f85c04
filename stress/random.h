// A small, fast, seedable generator (SplitMix64), one for each thread.
#pragma once

#include <cstdint>

namespace temporal_slab::stress {

// Spreads every bit of a value over all bits of the result.
constexpr std::uint64_t mix(std::uint64_t value) {
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9ULL;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebULL;
  return value ^ (value >> 31);
}

class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() { return mix(state_ += 0x9e3779b97f4a7c15ULL); }

  // 0 .. bound - 1. The slight bias of the remainder does not matter here.
  std::uint64_t below(std::uint64_t bound) { return next() % bound; }

  bool one_in(std::uint64_t n) { return below(n) == 0; }

 private:
  std::uint64_t state_;
};

}  // namespace temporal_slab::stress
