// The numbers of rows, out of what was copied from a segment: the stored ones as they
// are, the derived ones worked out, all saturating. Texts and lists of rows are built
// by snapshot_build.
//
// Nothing here uses malloc.
//
// Threads. Pure functions.
#pragma once

#include <cstdint>

#include "stats/segment_copy.h"
#include "stats/segment_reader.h"
#include "stats/snapshot.h"

namespace temporal_slab::stats {

// The fields that are kept as counters.
void take_counters(const Word* counters, Snapshot* row);

// What the whole allocator's row has from the header and from outside.
void take_header(const SegmentHeader& header, const ReadContext& context, Snapshot* row);

// What follows from the class's own counters.
ClassRow build_class(std::uint32_t index, const ClassBlock& block, std::uint64_t retain_bytes);

// Adds what an incarnation has of the class.
void add_incarnation(const IncarnationCopy& copy, ClassRow* row);

// Adds a class that is complete to the sums over all.
void add_class_to_totals(const ClassRow& row, Snapshot* out);

// What one class has in one incarnation.
EpochClassFigures figures_of(const CellWords& cell);

// Bytes of the incarnation's slabs of larger objects, if the class is theirs; else 0.
std::uint64_t large_bytes_of(const ClassRow& row, const IncarnationRecord& record);

std::uint64_t live_bytes_of(const ClassRow& row, const EpochClassFigures& figures,
                            std::uint64_t large_bytes);

}  // namespace temporal_slab::stats
