// A private copy of a segment, in which each part is of one moment. Nothing in it
// has been checked.
//
// Threads. A copy belongs to its reader. Writers go on meanwhile and are never
// waited for; see segment_layout.h for the rules they keep.
//
// Invariants.
//  1. A record was copied between two equal readings of its epoch's version: it is
//     of one incarnation, the one that stood then (R-3-3).
//  2. Its label was copied between two equal readings of the label's version: the
//     text that stood then is whole (R-2.4-2).
//  3. The holders of an epoch are of the same incarnation as its record.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "stats/holders_copy.h"
#include "stats/segment_layout.h"
#include "stats/segment_view.h"

namespace temporal_slab::stats {

struct IncarnationCopy {
  IncarnationRecord record;      // shards are not in its refcount
  CellWords cells[kMaxClasses];  // shards are in them
  std::uint32_t standing_label = 0;
  std::uint64_t version = 0;  // of the place

  const TextWords<kLabelBytes>& label() const { return record.label.text[standing_label]; }
};

struct SegmentCopy {
  SegmentHeader header;
  Word current_epoch;
  Word counters[static_cast<std::uint32_t>(GlobalCounter::kCount)];
  ClassBlock classes[kMaxClasses];  // class_count of them
  // epoch_count of each; an incarnation has class_count cells.
  std::unique_ptr<IncarnationCopy[]> epochs;
  std::unique_ptr<HoldersCopy[]> holders;
  AbandonedRecord abandoned[kAbandonedLog];
  std::uint32_t abandoned_count = 0;  // oldest first
  Word module_count;
  ModuleRecord modules[kMaxModules];  // module_count of them, if that is allowed
};

enum class Copied {
  kWhole,
  kCutOff,  // the view has not all of it
  kMoving,  // it changed during each of the tries
};

// A try succeeds if neither the incarnation nor its label changes while it reads:
// a quarter of a microsecond in memory, a few from a file. Sixteen epochs that turn
// 10,000 times a second leave each alone for 1,600; that so many tries fail needs a
// program that does nothing else, on a machine that never interrupts it.
inline constexpr std::uint32_t kCopyTries = 65536;

// Copies the incarnation that stands in an epoch, with `cells` of its cells from
// `first_cell` on, and its holders unless that is null.
Copied copy_incarnation(const SegmentView& view, std::uint32_t epoch, std::uint32_t first_cell,
                        std::uint32_t cells, std::uint32_t tries, IncarnationCopy* out,
                        HoldersCopy* holders);

// Copies what a class counts, shards included. False: cut off.
bool copy_class(const SegmentView& view, std::uint32_t class_index, std::uint32_t epoch_count,
                ClassBlock* out);

// Copies the header. False with `error`: it is cut off, or not a segment that this
// reader knows.
bool copy_header(const SegmentView& view, SegmentHeader* out, std::string* error);

// Copies the rest; the header is in place and checked. False with `error`: it is
// cut off or moving.
bool copy_body(const SegmentView& view, SegmentCopy* out, std::string* error);

}  // namespace temporal_slab::stats
