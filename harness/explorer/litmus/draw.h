// Litmus programs drawn by lot.
#pragma once

#include "harness/explorer/litmus/program.h"
#include "harness/explorer/random.h"

namespace temporal_slab::explorer::litmus {

Program draw(Random& random, int threads, int most_instructions, int most_events);

}  // namespace temporal_slab::explorer::litmus
