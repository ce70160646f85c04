// Who holds the references on one incarnation: one place a thread, in the segment.
//
// The refcount is always the sum of the places. Which one a drop is charged to:
//  - the thread's own, if it holds any: always so for domains, which are left on
//    the thread that entered them;
//  - else that of the further threads, who have no places of their own;
//  - else that of the thread which took a reference last, as far as that is known:
//    what a thread's heap counts has no time, and stands for its first one. So a
//    reference that was handed on comes off the one who handed it on, and an old one
//    that leaked stays in sight under its own name.
// A thread that holds some itself and drops what another gave it is charged all the
// same, if it names no holder: the sum stays right. A reference that names its holder
// (SlabEpochRef) comes off that one, whoever drops it (R-2.3-6).
//
// Counting. While an epoch is local, a thread with a heap counts in its shard, without
// the mutex; the place says by which number the heap's count is too high. Once it is
// shared all is counted here.
//
// Threads. The allocator's mutex guards every call; readers run meanwhile (see
// stats/segment_layout.h).
#pragma once

#include <cstdint>

#include "stats/segment_layout.h"

namespace temporal_slab::epoch {

// The holders of the incarnation that stands in an epoch.
class Holders {
 public:
  Holders(stats::Segment& segment, std::uint32_t epoch);
  // Of one that is about to stand.
  Holders(stats::Segment& segment, std::uint32_t epoch, stats::IncarnationRecord& record,
          stats::HolderTable& table, stats::Word& is_used)
      : segment_(segment), epoch_(epoch), record_(record), table_(table), is_used_(is_used) {}

  // Counts one more for the calling thread, taken at this return address: by the heap
  // with this number, or 0. The thread's name is asked for when it gets its place: with
  // the first reference that it takes of an incarnation. Gives the place.
  const stats::HolderWords& take(std::uint64_t site, std::uint32_t heap);

  // The same as the first of all, before the incarnation stands: the heap's words are as they
  // were.
  const stats::HolderWords& take_first(std::uint64_t site, std::uint32_t heap);

  // Whose references have this number; nullptr: nobody's have.
  stats::HolderWords* numbered(std::uint32_t number);
  // Counts one less where no heap does. It holds some.
  void drop(stats::HolderWords& holder);

  // Says that the calling thread, if it holds any, was last here.
  void move_site(std::uint64_t site);

  // What the calling thread holds in a place of its own.
  std::uint64_t own();

  // Counts one less. One is held.
  void drop();

  // The heap with this number counts for nobody any more; with `idle_only` only if what
  // it counts is nothing. True if it does not.
  bool settle(std::uint32_t heap, bool idle_only);

  // A thread that has none would get a place of its own.
  bool has_place() const;

  std::uint64_t refs_of(const stats::HolderWords& holder) const;

  // Copies who holds some; those that do not fit are counted together, so the sum
  // stays the same.
  void copy(stats::AbandonedRecord& to, std::uint64_t now_ns) const;

 private:
  stats::HolderWords* of_this_thread();
  stats::HolderWords& place_for_this_thread(std::uint64_t number);
  stats::HolderWords* to_charge();
  bool is_idle(const stats::HolderWords& holder) const;
  stats::HeldWords& held(const stats::HolderWords& holder) const;
  stats::Word& site(stats::HolderWords& holder) const;
  void change_refs(stats::HolderWords& holder, std::uint64_t by);

  std::uint64_t used() const;

  stats::Segment& segment_;
  const std::uint32_t epoch_;
  stats::IncarnationRecord& record_;
  stats::HolderTable& table_;
  stats::Word& is_used_;  // 0: the table has no memory yet, and is not to be looked at
};

}  // namespace temporal_slab::epoch
