// From a checked copy of a segment to rows of holders.
//
// Threads. Pure functions.
#pragma once

#include <vector>

#include "stats/segment_copy.h"
#include "stats/snapshot.h"

namespace temporal_slab::stats {

std::vector<ModuleRow> build_modules(const SegmentCopy& copy);

// In the order of their places. The site is "module+0xoffset", or "" if no module of
// the segment holds it.
std::vector<HolderRow> build_holders(const SegmentCopy& copy, const HoldersCopy& holders,
                                     std::uint64_t now_ns);
std::vector<HolderRow> build_holders(const SegmentCopy& copy, const AbandonedRecord& record);

}  // namespace temporal_slab::stats
