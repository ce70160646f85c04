// The structs of slab_stats.h out of a segment of this process, which is believed: no
// copy of all of it, no malloc, no failure.
//
// Threads. Any thread may call anything at any time, also in a signal handler. A read
// that meets a change of incarnation or label begins anew, so it is lock-free: it can
// only be delayed by writers that get on.
#pragma once

#include <temporal_slab/slab_stats.h>

#include <cstdint>

#include "stats/segment_layout.h"
#include "stats/segment_reader.h"

namespace temporal_slab::stats {

void read_own_global(const Segment* segment, const ReadContext& context, SlabGlobalStats* out);

// `class_index` is below the segment's class_count.
void read_own_class(const Segment* segment, std::uint32_t class_index, SlabClassStats* out);

}  // namespace temporal_slab::stats
