// Who holds the references on one incarnation: one place a thread, in the segment.
//
// The refcount is always the sum of the places. Which one a drop is charged to:
//  - the thread's own, if it holds any: always so for domains, which are left on
//    the thread that entered them;
//  - else that of the further threads, who have no places of their own;
//  - else that of the thread which took a reference last. So a reference that was
//    handed on comes off the one who handed it on, and an old one that leaked
//    stays in sight under its own name.
// A thread that holds some itself and drops what another gave it is charged all the
// same: references have no names of their own, and the sum stays right.
//
// Threads. The allocator's mutex guards every call; readers run meanwhile (see
// stats/segment_layout.h).
#pragma once

#include <cstdint>

#include "stats/segment_layout.h"

namespace temporal_slab::epoch {

// Counts one more for the calling thread, taken at this return address. The thread's
// name is asked for when it gets its place: with the first reference that it takes
// of an incarnation.
void take_reference(stats::HolderTable& table, std::uint64_t site);

// Says that the calling thread, if it holds any, was last here.
void move_site(stats::HolderTable& table, std::uint64_t site);

// Counts one less. One is held.
void drop_reference(stats::HolderTable& table);

// Copies who holds some; those that do not fit are counted together, so the sum
// stays the same.
void copy_holders(const stats::HolderTable& table, stats::AbandonedRecord& to);

}  // namespace temporal_slab::epoch
