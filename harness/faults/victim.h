// A process that publishes an allocator and works on it without end, so that it can be killed at
// any moment; and what may be seen of it at any moment.
#pragma once

#include <string>

#include "stats/snapshot.h"

namespace temporal_slab::faults {

// Turns the ring, sets labels, takes and drops references, allocates and frees. Each figure of an
// incarnation follows from its era. Does not return.
[[noreturn]] void work_for_ever();

// The first thing in a snapshot of the victim that cannot have been; "" if there is none. While it
// lives the ring may have turned between the rows; of a dead one the rows are of one moment.
enum class Victim { kAlive, kDead };
std::string impossible_in(const stats::Snapshot& snapshot, Victim victim);

}  // namespace temporal_slab::faults
