// What happened between two snapshots of one allocator.
#pragma once

#include <string>

#include "stats/snapshot.h"

namespace temporal_slab::render {

// Why the two cannot be compared: another process or allocator, counters that fell
// because the process was replaced, or time that ran backwards. "" when they can.
std::string why_not_since(const stats::Snapshot& now, const stats::Snapshot& before);

// `now` with each counter, of the whole and of each class, being its growth since
// `before`, and without the records of abandoned references that stood then. Of two
// that cannot be compared no figure goes below 0.
stats::Snapshot since(const stats::Snapshot& now, const stats::Snapshot& before);

}  // namespace temporal_slab::render
