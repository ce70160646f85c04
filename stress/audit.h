// The sums of R-3-4: what the allocator says when no thread is inside a call,
// compared with what the threads did.
#pragma once

#include "stress/world.h"

namespace temporal_slab::stress {

// Fails the run with a table of what differs. The caller is alone: it closed the
// gate of calls, or no thread runs.
void audit(World& world, const char* when);

// As `audit`, and everything was freed and closed: no object is live, no epoch has
// a slab, no reference stands, and what is warm is within retain_bytes.
void audit_empty(World& world);

}  // namespace temporal_slab::stress
