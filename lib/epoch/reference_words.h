// What exact references are kept in: words only, so that they may lie in the segment.
//
//   tag     63 closing   62 current   61..2 era   1 frozen   0 shared       one an epoch
//   own     63..40 version   39..24 low bits of the tag   23..0 count        one a place and epoch
//   left    63..16 count     15..0  low bits of the tag                      one an epoch
//   shared  count                                                            one an epoch
//
// A refcount is, by the tag's mode,
//   local    the sum of `left` and of all own counts that bear the low 16 bits of the tag: an
//   advance
//            changes these, so one store makes all counts of the old incarnation void
//   shared   `shared`, whatever else the words say
//   frozen   what it was before, and nobody but the holder of the mutex changes it
#pragma once

#include <array>
#include <cstdint>

#include "stats/segment_layout.h"
#include "sync/atomic.h"

namespace temporal_slab::epoch {

using ReferenceWord = sync::Atomic<std::uint64_t>;

namespace tag {

inline constexpr std::uint64_t kShared = 1;
inline constexpr std::uint64_t kFrozen = 2;
inline constexpr std::uint64_t kEraOne = 4;
inline constexpr std::uint64_t kCurrent = std::uint64_t{1} << 62;
inline constexpr std::uint64_t kClosing = std::uint64_t{1} << 63;
inline constexpr std::uint64_t kEra = kCurrent - kEraOne;
inline constexpr std::uint64_t kLow = 0xffff;

constexpr std::uint64_t of_era(std::uint64_t era) { return era * kEraOne; }
constexpr std::uint64_t era(std::uint64_t tag) { return (tag & kEra) / kEraOne; }

}  // namespace tag

namespace own {

inline constexpr std::uint64_t kCount = (std::uint64_t{1} << 24) - 1;
inline constexpr int kLowAt = 24;
inline constexpr std::uint64_t kTurn = std::uint64_t{1}
                                       << 40;  // the version's lowest bit: odd inside

constexpr std::uint64_t low(std::uint64_t word) { return word >> kLowAt & tag::kLow; }
// Words are never written with a mode, so the one that bears a tag's low bits is also local.
constexpr bool bears(std::uint64_t word, std::uint64_t tag) {
  return low(word) == (tag & tag::kLow);
}
constexpr std::uint64_t count(std::uint64_t word, std::uint64_t tag) {
  return bears(word, tag) ? word & kCount : 0;
}
// What to add to a word so that it counts `count` under `tag`, its version left alone.
constexpr std::uint64_t change_to(std::uint64_t word, std::uint64_t tag, std::uint64_t count) {
  return ((tag & tag::kLow) << kLowAt | count) - (word & (kTurn - 1));
}

}  // namespace own

// One thread's words, written by it alone.
struct alignas(64) ReferencePlace {
  std::array<ReferenceWord, stats::kEpochCount> words;
  ReferenceWord taken;  // by the holder of the mutex
};

struct ReferenceTable {
  ReferenceWord current;  // 63..4 era   3..0 epoch
  alignas(64) std::array<ReferenceWord, stats::kEpochCount> tags;
  alignas(64) std::array<ReferenceWord, stats::kEpochCount> left;  // by threads that are gone
  struct alignas(64) Shared {
    ReferenceWord count;
  };
  std::array<Shared, stats::kEpochCount> shared;
};

}  // namespace temporal_slab::epoch
