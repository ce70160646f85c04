// A set of places in a range, of which one is taken at a time and runs of
// neighbours are found: the free pages of a region, the pages that wait to be
// given back, the free blocks of a chunk of metadata.
//
// Threads. Callers hold a lock.
#pragma once

#include <array>
#include <cassert>
#include <cstdint>

#include "base/bits.h"

namespace temporal_slab::memory {

template <std::uint32_t kPlaces>
class RunSet {
  static_assert(kPlaces % 64 == 0);

 public:
  bool empty() const { return count_ == 0; }
  std::uint32_t count() const { return count_; }

  bool contains(std::uint32_t place) const { return (words_[place / 64] >> (place % 64) & 1) != 0; }

  void insert(std::uint32_t place) {
    assert(!contains(place));
    words_[place / 64] |= std::uint64_t{1} << (place % 64);
    if (place / 64 < first_word_) first_word_ = place / 64;
    ++count_;
  }

  // Takes the lowest place out; the set is not empty.
  std::uint32_t take_lowest() {
    assert(count_ != 0);
    while (words_[first_word_] == 0) ++first_word_;
    const std::uint32_t place = first_word_ * 64 + base::lowest_bit(words_[first_word_]);
    words_[first_word_] &= words_[first_word_] - 1;
    --count_;
    return place;
  }

  // Takes the lowest run of neighbours out whole; the set is not empty.
  struct Run {
    std::uint32_t first;
    std::uint32_t count;
  };
  Run take_lowest_run() {
    Run run{take_lowest(), 1};
    while (run.first + run.count < kPlaces && contains(run.first + run.count)) {
      const std::uint32_t place = run.first + run.count++;
      words_[place / 64] &= ~(std::uint64_t{1} << (place % 64));
      --count_;
    }
    return run;
  }

 private:
  std::array<std::uint64_t, kPlaces / 64> words_{};
  std::uint32_t first_word_ = 0;  // no place below it is in the set
  std::uint32_t count_ = 0;
};

}  // namespace temporal_slab::memory
