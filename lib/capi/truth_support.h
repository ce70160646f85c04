// What every snapshot must be true to, whatever was going on while it was taken.
#pragma once

#include <string>

#include "stats/snapshot.h"

namespace temporal_slab::rules {

// Work that keeps to this says of every incarnation which one it is:
// its labels are "e<era>." and anything, its holders are called "e<era>".
std::string name_of_era(std::uint64_t era);

// What is wrong in one snapshot: a row that mixes incarnations, a refcount that is not
// the sum of its holders, a figure that wrapped below zero; "" if nothing is.
std::string fault_of(const stats::Snapshot& snapshot);

// The first counter that fell from one snapshot to a later one; "" if none did.
std::string fallen_counter(const stats::Snapshot& before, const stats::Snapshot& after);

}  // namespace temporal_slab::rules
