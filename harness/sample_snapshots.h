// Fixed snapshots: what goldens and other tests of renderers and readers start
// from. Each call makes the same one.
#pragma once

#include <string>
#include <vector>

#include "stats/snapshot.h"

namespace temporal_slab::harness {

// An allocator on which nothing was called yet.
stats::Snapshot fresh_snapshot();

// All sixteen epochs hold objects; epoch 6 is current with era 150. Epoch 12 (era
// 140, "background-worker-3") has two leaked references, epoch 3 carries slabs of
// older eras, and two records were abandoned. The sums agree as R-3-4 says.
stats::Snapshot busy_snapshot();

// The busy one with every text hostile: see hostile_labels.
stats::Snapshot hostile_snapshot();

// 2^64 - 1 in every figure; ids count from 0, and what the format fixes stays.
stats::Snapshot largest_snapshot();

// Sixteen texts that try to break JSON, a terminal, or a table: quotes,
// backslashes, line breaks, escape sequences, C1, bidirectional controls, bytes
// that are no UTF-8, wide and combining characters, 31 bytes. Also what no label
// can hold (a NUL, ill-formed UTF-8): renderers trust no snapshot.
const std::vector<std::string>& hostile_labels();

}  // namespace temporal_slab::harness
