// What one thread counts of references, in its heap: without the mutex, while an epoch
// is armed for it.
//
// Threads. The owner works here in a section on the word that it changes, or while it
// holds the allocator's mutex; another thread while all heaps are stopped.
//
// Invariants.
//  1. An epoch is armed while the incarnation `era()` stands and is not shared; of the
//     count what is above `floor()` is the owner's own.
//  2. The word of an epoch that is not armed keeps its count: its thread only looks.
#pragma once

#include <cstdint>

#include "base/bits.h"
#include "stats/module_map.h"
#include "stats/segment_layout.h"
#include "sync/biased_section.h"

namespace temporal_slab::heap {

class ReferenceCounts {
 public:
  static constexpr std::uint64_t kNoEra = ~std::uint64_t{0};

  explicit ReferenceCounts(stats::HeapShard& shard) : held_(shard.held) {
    for (std::uint64_t& era : armed_era_) era = kNoEra;
  }

  stats::HeldWords& held(std::uint32_t epoch) { return held_[epoch]; }
  bool is_armed(std::uint32_t epoch) const { return armed_era_[epoch] != kNoEra; }
  // `era`: what a caller calls one.
  bool is_armed(std::uint32_t epoch, std::uint64_t era) const {
    return armed_era_[epoch] == era && era != kNoEra;
  }
  std::uint64_t era(std::uint32_t epoch) const { return armed_era_[epoch]; }
  std::uint64_t floor(std::uint32_t epoch) const { return floor_[epoch]; }

  void arm(std::uint32_t epoch, std::uint64_t era, std::uint64_t floor) {
    armed_ |= std::uint32_t{1} << epoch;
    armed_era_[epoch] = era;
    floor_[epoch] = floor;
  }
  void disarm(std::uint32_t epoch) {
    if (!is_armed(epoch)) return;
    armed_ &= ~(std::uint32_t{1} << epoch);
    armed_era_[epoch] = kNoEra;
  }
  void disarm_all() {
    for (std::uint32_t epoch = 0; epoch < stats::kEpochCount; ++epoch) disarm(epoch);
  }

  // Call sites whose module a reader can name (R-2.5-5).
  bool knows_site(std::uint64_t site) const { return known_sites_.holds(site); }
  void know_sites(const stats::Sites& sites) { known_sites_ = sites; }

  // For who stops all, after the barrier: returns when the owner counts nowhere.
  void wait_until_left() const {
    for (std::uint32_t armed = armed_; armed != 0; armed &= armed - 1)
      sync::wait_until_left<stats::kHeldTurn>(held_[base::lowest_bit(armed)].refs);
  }

  // The owner is no more: a section that it had come to the door of is left.
  void leave_as_they_stand() {
    for (std::uint32_t epoch = 0; epoch < stats::kEpochCount; ++epoch) {
      stats::Word& refs = held_[epoch].refs;
      const std::uint64_t counted = refs.load(sync::kRelaxed);
      if ((counted & stats::kHeldTurn) != 0) refs.store(counted + stats::kHeldTurn, sync::kRelaxed);
    }
  }

 private:
  stats::HeldWords* const held_;  // the shard's
  std::uint32_t armed_ = 0;       // a bit an epoch
  stats::Sites known_sites_;
  std::uint64_t armed_era_[stats::kEpochCount];
  std::uint64_t floor_[stats::kEpochCount] = {};
};

}  // namespace temporal_slab::heap
