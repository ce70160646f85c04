// Snapshot rows -> the plain structs of slab_stats.h.
#pragma once

#include <temporal_slab/slab_stats.h>

#include "stats/snapshot.h"

namespace temporal_slab::stats {

// Fills every field. Texts are made well-formed UTF-8 and cut to what their array
// holds.
void fill(const Snapshot& from, SlabGlobalStats* to);
void fill(const ClassRow& from, SlabClassStats* to);

}  // namespace temporal_slab::stats
