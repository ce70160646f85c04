#include "stats/own_figures.h"

#include <algorithm>

#include "stats/figures.h"
#include "stats/public_stats.h"
#include "stats/saturating.h"
#include "stats/segment_copy.h"
#include "stats/snapshot_build.h"

namespace temporal_slab::stats {
namespace {

// As copy_body, which says why.
constexpr std::uint32_t kPasses = 64;

template <typename Part>
void read(const MemoryView& view, std::size_t offset, Part* out) {
  view.read(offset, reinterpret_cast<Word*>(out), sizeof(Part));
}

// A damaged segment is read within it.
std::uint32_t epochs_of(const SegmentHeader& header) {
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(get(header.epoch_count), kMaxEpochs));
}

// With the cell of one class.
void read_incarnation(const MemoryView& view, std::uint32_t epoch, std::uint32_t class_index,
                      IncarnationCopy* out) {
  // A failed try means that a writer got on.
  while (copy_incarnation(view, epoch, class_index, 1, kCopyTries, out, nullptr) !=
         Copied::kWhole) {
  }
}

// What follows from its counters.
ClassRow read_class(const MemoryView& view, std::uint32_t index, const SegmentHeader& header) {
  ClassBlock block;
  copy_class(view, index, epochs_of(header), &block);
  return build_class(index, block, get(header.retain_bytes));
}

void add_epochs(const MemoryView& view, std::uint32_t epoch_count, ClassRow* row) {
  IncarnationCopy copy;
  for (std::uint32_t epoch = 0; epoch < epoch_count; ++epoch) {
    read_incarnation(view, epoch, static_cast<std::uint32_t>(row->class_index), &copy);
    add_incarnation(copy, row);
  }
}

// Which one is current, and how many are in which state.
void read_epochs(const MemoryView& view, std::uint32_t epoch_count, Snapshot* out) {
  for (std::uint32_t pass = 0; pass < kPasses; ++pass) {
    Word before;
    Word after;
    read(view, offsetof(Segment, current_epoch), &before);
    out->active_epoch_count = 0;
    bool current_is_active = false;
    for (std::uint32_t epoch = 0; epoch < epoch_count; ++epoch) {
      IncarnationCopy copy;
      read_incarnation(view, epoch, 0, &copy);
      const bool active = get(copy.record.state) == static_cast<std::uint64_t>(EpochState::kActive);
      out->active_epoch_count += active ? 1 : 0;
      current_is_active = current_is_active || (active && epoch == get(before));
    }
    read(view, offsetof(Segment, current_epoch), &after);
    out->current_epoch = get(after);
    if (get(after) == get(before) && current_is_active) break;
  }
  out->closing_epoch_count = epoch_count - out->active_epoch_count;
}

}  // namespace

void read_own_global(const Segment* segment, const ReadContext& context, SlabGlobalStats* out) {
  const MemoryView view(segment);
  SegmentHeader header;
  read(view, offsetof(Segment, header), &header);
  Snapshot row;  // with numbers only
  take_header(header, context, &row);
  Word counters[static_cast<std::uint32_t>(GlobalCounter::kCount)];
  read(view, offsetof(Segment, counters), &counters);
  take_counters(counters, &row);
  const std::uint64_t class_count = std::min<std::uint64_t>(get(header.class_count), kMaxClasses);
  for (std::uint32_t i = 0; i < class_count; ++i) {
    ClassRow of_class = read_class(view, i, header);
    // Of what epochs have, only the bytes of larger objects are in the totals.
    if (of_class.slab_bytes == 0) add_epochs(view, epochs_of(header), &of_class);
    add_class_to_totals(of_class, &row);
  }
  read_epochs(view, epochs_of(header), &row);
  fill(row, out);
  copy_text(header.version, out->version);
  copy_text(header.process, out->process);
  copy_text(header.allocator, out->allocator);
}

void read_own_class(const Segment* segment, std::uint32_t class_index, SlabClassStats* out) {
  const MemoryView view(segment);
  SegmentHeader header;
  read(view, offsetof(Segment, header), &header);
  ClassRow row = read_class(view, class_index, header);
  add_epochs(view, epochs_of(header), &row);
  fill(row, out);
}

}  // namespace temporal_slab::stats
