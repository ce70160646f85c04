// A failed run as text: a row a step, a column a thread.
#pragma once

#include <string>

#include "temporal_slab_explorer/engine.h"

namespace temporal_slab::explorer {

// What the engine's last run, a traced one, did.
std::string table_of(Engine& engine);

}  // namespace temporal_slab::explorer
