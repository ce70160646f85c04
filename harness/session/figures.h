// A snapshot against the model: each figure that the model knows, and the sums
// that hold while no thread is inside a call (R-3-4).
#pragma once

#include <string>

#include "harness/model/model.h"
#include "harness/session/call.h"
#include "harness/session/placement.h"
#include "stats/snapshot.h"

namespace temporal_slab::harness::session {

// "" or the first figure that differs.
std::string compare_figures(const stats::Snapshot& snapshot, const model::Model& model,
                            const Placement& placement, const Config& config);

}  // namespace temporal_slab::harness::session
