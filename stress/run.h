// Runs a scenario from its first thread to an empty allocator.
#pragma once

#include "stress/world.h"

namespace temporal_slab::stress {

// Returns when all checks have passed; fails the process otherwise.
void run(World& world);

}  // namespace temporal_slab::stress
