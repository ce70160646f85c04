// Makes a failing schedule small: fewest preemptions first, then fewest stale reads.
#pragma once

#include "temporal_slab_explorer/engine.h"

namespace temporal_slab::explorer {

Schedule minimise(Engine& engine, const Options& options, Callable body, Verdict verdict,
                  Schedule failing);

}  // namespace temporal_slab::explorer
