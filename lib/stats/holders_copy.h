// A private copy of the holders of one incarnation.
//
// Threads. A copy belongs to its reader; writers go on meanwhile.
//
// Invariant. Each holder was one thread's at one moment: name, number and references
// belong together. While references come and go more slowly than the table can be
// read, all of them are of one moment too.
#pragma once

#include <cstddef>
#include <cstdint>

#include "stats/segment_layout.h"
#include "stats/segment_view.h"

namespace temporal_slab::stats {

struct HoldersCopy {
  HolderWords places[kMaxHolders];  // with what heaps count, and their sites
  std::uint64_t used = 0;           // as the segment says; nothing was copied if it is too large
  // Which places count: those without references, or that were given to another
  // thread while they were read, do not.
  bool counts[kMaxHolders] = {};
};

// Tries to meet the table unchanged, so often. References that are taken and dropped
// faster, by a thread that does nothing else, then give holders of several moments of
// the time that the copy took.
inline constexpr std::uint32_t kHolderTries = 64;

// Copies the table at this offset, an epoch's. False: it is cut off.
bool copy_holders(const SegmentView& view, std::size_t table, std::uint32_t epoch,
                  HoldersCopy* out);

}  // namespace temporal_slab::stats
