// A set of places in a range, of which one or a run of neighbours is taken: the
// free pages of a region, the pages that wait to be given back, the free blocks of
// a chunk of metadata.
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

  void insert(std::uint32_t first, std::uint32_t count) {
    for (std::uint32_t i = 0; i < count; ++i) insert(first + i);
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
    while (run.first + run.count < kPlaces && contains(run.first + run.count))
      remove(run.first + run.count++);
    return run;
  }

  // Takes out the lowest `count` neighbours of which the first is a multiple of
  // `alignment`, a power of two. kPlaces: there are none.
  std::uint32_t take_run(std::uint32_t count, std::uint32_t alignment) {
    if (count_ < count) return kPlaces;
    if (count == 1 && alignment == 1) return take_lowest();
    while (words_[first_word_] == 0) ++first_word_;
    std::uint32_t first = first_word_ * 64;
    while ((first = align_up(next(first, true), alignment)) <= kPlaces - count) {
      const std::uint32_t end = next(first, false);
      if (end - first >= count) {
        for (std::uint32_t i = 0; i < count; ++i) remove(first + i);
        return first;
      }
      first = end + 1;
    }
    return kPlaces;
  }

 private:
  static constexpr std::uint32_t align_up(std::uint32_t place, std::uint32_t alignment) {
    return (place + alignment - 1) & ~(alignment - 1);
  }

  // The first place from `from` on that is in the set, or is not; kPlaces: none.
  std::uint32_t next(std::uint32_t from, bool in_set) const {
    while (from < kPlaces) {
      const std::uint64_t word = in_set ? words_[from / 64] : ~words_[from / 64];
      const std::uint64_t rest = word >> (from % 64);
      if (rest != 0) return from + base::lowest_bit(rest);
      from = (from / 64 + 1) * 64;
    }
    return kPlaces;
  }

  void remove(std::uint32_t place) {
    words_[place / 64] &= ~(std::uint64_t{1} << (place % 64));
    --count_;
  }

  std::array<std::uint64_t, kPlaces / 64> words_{};
  std::uint32_t first_word_ = 0;  // no place below it is in the set
  std::uint32_t count_ = 0;
};

}  // namespace temporal_slab::memory
