#include "stats/segment_copy.h"

#include <algorithm>
#include <type_traits>

#include "stats/saturating.h"
#include "stats/segment_check.h"
#include "stats/segment_write.h"
#include "stats/snapshot.h"

namespace temporal_slab::stats {
namespace {

static_assert(std::is_standard_layout_v<Segment>);

constexpr std::size_t kLabelVersion =
    offsetof(IncarnationRecord, label) + offsetof(LatchedLabel, version);

// How often the epochs are read anew until the one that is current was so before
// and after, and shows as ACTIVE.
constexpr std::uint32_t kPasses = 64;

// Of how many epochs a heap's cells are read by one call: a system call for a file.
constexpr std::uint32_t kEpochsAtOnce = 16;

// A Part is nothing but Words.
template <typename Part>
bool copy(const SegmentView& view, std::size_t offset, Part* out, std::size_t count = 1) {
  static_assert(std::is_standard_layout_v<Part> && sizeof(Part) % sizeof(Word) == 0);
  return view.read(offset, reinterpret_cast<Word*>(out), count * sizeof(Part));
}

std::size_t slot_offset(std::uint32_t epoch) {
  return offsetof(Segment, epochs) + epoch * sizeof(EpochSlot);
}

using CellTable = CellWords[kMaxClasses];

// What tells that an epoch's standing record changed.
struct Marks {
  std::uint64_t version = 0;
  std::uint64_t label_version[2] = {};
};

// As few calls as there are: each is a system call for a file.
bool copy_marks(const SegmentView& view, std::size_t slot, Marks* out) {
  constexpr std::size_t kFirst = offsetof(EpochSlot, record) + kLabelVersion;
  Word words[kFirst / sizeof(Word) + 1];
  Word second;
  if (!copy(view, slot, words, std::size(words)) ||
      !copy(view, slot + kFirst + sizeof(IncarnationRecord), &second))
    return false;
  out->version = get(words[offsetof(EpochSlot, version) / sizeof(Word)]);
  out->label_version[0] = get(words[kFirst / sizeof(Word)]);
  out->label_version[1] = get(second);
  return true;
}

// The record that stood at the marks, with its cells.
bool copy_record(const SegmentView& view, std::size_t slot, const Marks& marks,
                 std::uint32_t first_cell, std::uint32_t cells, IncarnationCopy* out) {
  const std::size_t record =
      slot + offsetof(EpochSlot, record) + (marks.version & 1) * sizeof(IncarnationRecord);
  const std::size_t table =
      slot + offsetof(EpochSlot, cells) + (marks.version & 1) * sizeof(CellTable);
  return copy(view, record, &out->record) &&
         copy(view, table + first_cell * sizeof(CellWords), &out->cells[first_cell], cells);
}

std::uint32_t heaps_of(const Word& heap_count) {
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(get(heap_count), kMaxHeaps));
}

std::size_t heap_offset(std::uint32_t heap) {
  return offsetof(Segment, heaps) + heap * sizeof(HeapShard);
}

// Adds what the heaps have counted. The sum of figures that were not read at one
// instant may be below zero.
bool add_heaps(const SegmentView& view, std::uint32_t epoch, std::uint32_t first_cell,
               std::uint32_t cells, IncarnationCopy* out) {
  Word heap_count;
  if (!copy(view, offsetof(Segment, heap_count), &heap_count)) return false;
  const std::uint32_t end = std::min(first_cell + cells, kMaxHeapClasses);
  if (heaps_of(heap_count) == 0 || first_cell >= end) return true;
  std::uint64_t in_use[kMaxHeapClasses] = {};
  for (std::uint32_t heap = 0; heap < heaps_of(heap_count); ++heap) {
    HeapCellWords of_heap[kMaxHeapClasses];
    if (!copy(view,
              heap_offset(heap) + offsetof(HeapShard, cells) +
                  (epoch * kMaxHeapClasses + first_cell) * sizeof(HeapCellWords),
              of_heap, end - first_cell))
      return false;
    for (std::uint32_t i = first_cell; i < end; ++i) {
      const HeapCellWords& from = of_heap[i - first_cell];
      CellWords& to = out->cells[i];
      add(to.live_objects, get(from.allocs) - get(from.frees));
      add(to.partial_slabs, get(from.partial_slabs));
      add(to.full_slabs, get(from.full_slabs));
      in_use[i] += get(from.in_use_slabs);
    }
  }
  for (std::uint32_t i = first_cell; i < end; ++i) {
    CellWords& cell = out->cells[i];
    for (Word* figure : {&cell.live_objects, &cell.partial_slabs, &cell.full_slabs})
      if (static_cast<std::int64_t>(get(*figure)) < 0) put(*figure, 0);
    // What heaps allocate from holds nothing (R-3-7).
    const std::uint64_t idle =
        get(cell.live_objects) == 0 ? std::min(in_use[i], get(cell.partial_slabs)) : 0;
    add(cell.reclaimable_slabs, idle);
    sub(cell.partial_slabs, idle);
  }
  return true;
}

// Of a table that was never used nothing is read: it has no memory.
bool copy_standing_holders(const SegmentView& view, std::uint32_t epoch, std::uint32_t standing,
                           HoldersCopy* out) {
  Word is_used;
  if (!copy(view, slot_offset(epoch) + offsetof(EpochSlot, has_holders) + standing * sizeof(Word),
            &is_used))
    return false;
  if (get(is_used) == 0) {
    out->used = 0;
    return true;
  }
  return copy_holders(
      view, offsetof(Segment, holders) + (2 * epoch + standing) * sizeof(HolderTable), epoch, out);
}

void grow(ClassBlock* block, ClassCounter which, const Word& by) {
  Word& counter = block->counters[static_cast<std::uint32_t>(which)];
  put(counter, sum(get(counter), get(by)));
}

void add_class(const HeapClassWords& from, ClassBlock* to) {
  grow(to, ClassCounter::k_new_slab_count, from.new_slab_count);
  grow(to, ClassCounter::k_empty_slab_recycled, from.empty_slab_recycled);
  grow(to, ClassCounter::k_cache_size, from.cache_size);
  grow(to, ClassCounter::k_remote_frees, from.remote_frees);
  grow(to, ClassCounter::k_remote_free_retries, from.remote_free_retries);
  grow(to, ClassCounter::k_list_move_partial_to_full, from.list_move_partial_to_full);
  grow(to, ClassCounter::k_list_move_full_to_partial, from.list_move_full_to_partial);
}

void add_cell(const HeapCellWords& from, ClassBlock* to) {
  grow(to, ClassCounter::k_allocs, from.allocs);
  grow(to, ClassCounter::k_frees, from.frees);
}

bool copy_classes(const SegmentView& view, std::uint32_t class_count, SegmentCopy* out) {
  Word heap_count;
  if (!copy(view, offsetof(Segment, classes), out->classes, class_count) ||
      !copy(view, offsetof(Segment, heap_count), &heap_count))
    return false;
  const std::uint32_t classes = std::min(class_count, kMaxHeapClasses);
  const auto epoch_count = static_cast<std::uint32_t>(get(out->header.epoch_count));
  HeapClassWords of_heap[kMaxHeapClasses];
  HeapCellWords of_epochs[kEpochsAtOnce][kMaxHeapClasses];
  for (std::uint32_t heap = 0; heap < heaps_of(heap_count); ++heap) {
    if (!copy(view, heap_offset(heap) + offsetof(HeapShard, classes), of_heap, kMaxHeapClasses))
      return false;
    for (std::uint32_t i = 0; i < classes; ++i) add_class(of_heap[i], &out->classes[i]);
    for (std::uint32_t first = 0; first < epoch_count; first += kEpochsAtOnce) {
      const std::uint32_t some = std::min(kEpochsAtOnce, epoch_count - first);
      if (!copy(view, heap_offset(heap) + offsetof(HeapShard, cells) + first * sizeof(of_epochs[0]),
                of_epochs, some))
        return false;
      for (std::uint32_t e = 0; e < some; ++e)
        for (std::uint32_t i = 0; i < classes; ++i) add_cell(of_epochs[e][i], &out->classes[i]);
    }
  }
  return true;
}

bool cut_off(const char* part, std::string* error) {
  *error =
      std::string("the segment is cut off or cannot be read: its ") + part + " is not all there";
  return false;
}

bool copy_epochs(const SegmentView& view, std::uint32_t class_count, SegmentCopy* out,
                 std::string* error) {
  const auto epoch_count = static_cast<std::uint32_t>(get(out->header.epoch_count));
  for (std::uint32_t epoch = 0; epoch < epoch_count; ++epoch) {
    switch (copy_incarnation(view, epoch, 0, class_count, kCopyTries, &out->epochs[epoch],
                             &out->holders[epoch])) {
      case Copied::kWhole:
        break;
      case Copied::kCutOff:
        return cut_off("epoch table", error);
      case Copied::kMoving:
        *error = "epoch " + std::to_string(epoch) + " changes faster than it can be read (" +
                 std::to_string(kCopyTries) + " tries)";
        return false;
    }
  }
  return true;
}

// The records that are whole; one that is being written, or was killed in that, is
// passed over.
bool copy_abandoned(const SegmentView& view, SegmentCopy* out) {
  Word total_word;
  if (!copy(view, offsetof(Segment, abandoned_total), &total_word)) return false;
  const std::uint64_t total = get(total_word);
  out->abandoned_count = 0;
  for (std::uint64_t n = total > kAbandonedLog ? total - kAbandonedLog : 0; n != total; ++n) {
    const std::size_t offset =
        offsetof(Segment, abandoned) + n % kAbandonedLog * sizeof(AbandonedRecord);
    AbandonedRecord& record = out->abandoned[out->abandoned_count];
    Word before;
    Word after;
    if (!copy(view, offset, &before) || !copy(view, offset, &record) || !copy(view, offset, &after))
      return false;
    // Record n is whole with sequence 2n + 2; with another one it is not n.
    static_assert(offsetof(AbandonedRecord, sequence) == 0);
    if (get(before) == 2 * n + 2 && get(after) == 2 * n + 2) ++out->abandoned_count;
  }
  return true;
}

bool copy_modules(const SegmentView& view, SegmentCopy* out) {
  if (!copy(view, offsetof(Segment, module_count), &out->module_count)) return false;
  const std::uint64_t count = std::min<std::uint64_t>(get(out->module_count), kMaxModules);
  return copy(view, offsetof(Segment, modules), out->modules, count);
}

}  // namespace

Copied copy_incarnation(const SegmentView& view, std::uint32_t epoch, std::uint32_t first_cell,
                        std::uint32_t cells, std::uint32_t tries, IncarnationCopy* out,
                        HoldersCopy* holders) {
  const std::size_t slot = slot_offset(epoch);
  Marks before;
  if (!copy_marks(view, slot, &before)) return Copied::kCutOff;
  for (std::uint32_t i = 0; i < tries; ++i) {
    const std::uint32_t standing = before.version & 1;
    Marks after;
    if (!copy_record(view, slot, before, first_cell, cells, out) ||
        !add_heaps(view, epoch, first_cell, cells, out) ||
        (holders != nullptr && !copy_standing_holders(view, epoch, standing, holders)) ||
        !copy_marks(view, slot, &after))
      return Copied::kCutOff;
    if (after.version == before.version &&
        after.label_version[standing] == before.label_version[standing]) {
      out->standing_label = before.label_version[standing] & 1;
      out->version = before.version;
      return Copied::kWhole;
    }
    // The change was just now: the next one is as far off as it can be.
    before = after;
  }
  return Copied::kMoving;
}

bool copy_class(const SegmentView& view, std::uint32_t class_index, std::uint32_t epoch_count,
                ClassBlock* out) {
  Word heap_count;
  if (!copy(view, offsetof(Segment, classes) + class_index * sizeof(ClassBlock), out) ||
      !copy(view, offsetof(Segment, heap_count), &heap_count))
    return false;
  const std::uint32_t heaps = class_index < kMaxHeapClasses ? heaps_of(heap_count) : 0;
  for (std::uint32_t heap = 0; heap < heaps; ++heap) {
    HeapClassWords words;
    if (!copy(view, heap_offset(heap) + offsetof(HeapShard, classes) + class_index * sizeof(words),
              &words))
      return false;
    add_class(words, out);
    for (std::uint32_t epoch = 0; epoch < epoch_count; ++epoch) {
      HeapCellWords cell;
      if (!copy(view,
                heap_offset(heap) + offsetof(HeapShard, cells) +
                    (epoch * kMaxHeapClasses + class_index) * sizeof(cell),
                &cell))
        return false;
      add_cell(cell, out);
    }
  }
  return true;
}

bool copy_header(const SegmentView& view, SegmentHeader* out, std::string* error) {
  constexpr std::size_t kOffset = offsetof(Segment, header);
  // Magic first: with it the rest is in place (invariant 2 of the layout).
  static_assert(offsetof(SegmentHeader, magic) == 0);
  Word magic;
  if (!copy(view, kOffset, &magic)) return cut_off("header", error);
  if (!check_magic(get(magic), error)) return false;
  if (!copy(view, kOffset, out)) return cut_off("header", error);
  return check_header(*out, error);
}

bool copy_body(const SegmentView& view, SegmentCopy* out, std::string* error) {
  const auto class_count = static_cast<std::uint32_t>(get(out->header.class_count));
  const auto epoch_count = static_cast<std::uint32_t>(get(out->header.epoch_count));
  out->epochs = std::make_unique<IncarnationCopy[]>(epoch_count);
  out->holders = std::make_unique<HoldersCopy[]>(epoch_count);
  if (!copy(view, offsetof(Segment, counters), out->counters, std::size(out->counters)))
    return cut_off("counters", error);
  // What was never used is not read, and must be there all the same.
  if (!view.is_whole()) return cut_off("end", error);
  if (!copy_classes(view, class_count, out)) return cut_off("class table", error);
  for (std::uint32_t pass = 0; pass < kPasses; ++pass) {
    Word current_before;
    if (!copy(view, offsetof(Segment, current_epoch), &current_before))
      return cut_off("current epoch", error);
    if (!copy_epochs(view, class_count, out, error)) return false;
    if (!copy(view, offsetof(Segment, current_epoch), &out->current_epoch))
      return cut_off("current epoch", error);
    const std::uint64_t current = get(out->current_epoch);
    if (current >= epoch_count) break;  // nothing to wait for
    const std::uint64_t state = get(out->epochs[current].record.state);
    if (current == get(current_before) && state == static_cast<std::uint64_t>(EpochState::kActive))
      break;
  }
  if (!copy_abandoned(view, out)) return cut_off("log of abandoned references", error);
  // After all sites: the module of each is in the table before the site is (see
  // module_map.h).
  return copy_modules(view, out) || cut_off("table of modules", error);
}

}  // namespace temporal_slab::stats
