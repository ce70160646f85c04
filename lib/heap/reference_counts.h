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
//  3. Where others drop, too, nothing is the owner's own: its floor is above all counts. It
//     takes as before; drops go by the word that all share. It begins while all are stopped,
//     and ends so.
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
  std::uint32_t holder(std::uint32_t epoch) const { return holder_[epoch]; }

  void arm(std::uint32_t epoch, std::uint64_t era, std::uint64_t floor, std::uint32_t holder) {
    armed_.add(epoch);
    armed_era_[epoch] = era;
    floor_[epoch] = others_drop(epoch) ? kNothingIsOwn : floor;
    holder_[epoch] = holder;
  }
  bool others_drop(std::uint32_t epoch) const {
    return (held_[epoch].dropped.load(sync::kRelaxed) & stats::kOthersDrop) != 0;
  }
  bool others_drop() const { return !others_drop_.empty(); }
  // All are stopped.
  void let_others_drop(std::uint32_t epoch) {
    stats::Word& dropped = held_[epoch].dropped;
    dropped.store(dropped.load(sync::kRelaxed) | stats::kOthersDrop, sync::kRelease);
    others_drop_.add(epoch);
    floor_[epoch] = kNothingIsOwn;
  }
  // All are stopped.
  void let_others_drop_no_more(std::uint32_t epoch) {
    if (!others_drop_.has(epoch)) return;
    stats::Word& dropped = held_[epoch].dropped;
    dropped.store(dropped.load(sync::kRelaxed) & ~stats::kOthersDrop, sync::kRelease);
    others_drop_.remove(epoch);
  }
  void disarm(std::uint32_t epoch) {
    if (!is_armed(epoch)) return;
    armed_.remove(epoch);
    armed_era_[epoch] = kNoEra;
  }
  void disarm_all() {
    const auto armed = armed_;
    armed.for_each([this](std::uint32_t epoch) { disarm(epoch); });
  }

  // Call sites whose module a reader can name (R-2.5-5).
  bool knows_site(std::uint64_t site) const { return known_sites_.holds(site); }
  void know_sites(const stats::Sites& sites) { known_sites_ = sites; }

  // For who stops all, after the barrier: returns when the owner counts nowhere.
  void wait_until_left() const {
    armed_.for_each([this](std::uint32_t epoch) {
      sync::wait_until_left<stats::kHeldTurn>(held_[epoch].refs);
    });
  }

  // The owner is no more: a section that it had come to the door of is left.
  void leave_as_they_stand(std::uint32_t epoch_count) {
    for (std::uint32_t epoch = 0; epoch < epoch_count; ++epoch) {
      stats::Word& refs = held_[epoch].refs;
      const std::uint64_t counted = refs.load(sync::kRelaxed);
      if ((counted & stats::kHeldTurn) != 0) refs.store(counted + stats::kHeldTurn, sync::kRelaxed);
    }
  }

 private:
  static constexpr std::uint64_t kNothingIsOwn = stats::kMostHeld + 1;

  stats::HeldWords* const held_;  // the shard's
  base::BitSet<stats::kMaxEpochs> armed_;
  base::BitSet<stats::kMaxEpochs> others_drop_;
  stats::Sites known_sites_;
  std::uint64_t armed_era_[stats::kMaxEpochs];
  std::uint64_t floor_[stats::kMaxEpochs] = {};
  std::uint32_t holder_[stats::kMaxEpochs] = {};
};

}  // namespace temporal_slab::heap
