#include "stats/segment_copy.h"

#include <algorithm>
#include <type_traits>

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

// A Part is nothing but Words.
template <typename Part>
bool copy(const SegmentView& view, std::size_t offset, Part* out, std::size_t count = 1) {
  static_assert(std::is_standard_layout_v<Part> && sizeof(Part) % sizeof(Word) == 0);
  return view.read(offset, reinterpret_cast<Word*>(out), count * sizeof(Part));
}

std::size_t slot_offset(std::uint32_t epoch) {
  return offsetof(Segment, epochs) + epoch * sizeof(EpochSlot);
}

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

bool copy_record(const SegmentView& view, std::size_t offset, std::uint32_t first_cell,
                 std::uint32_t cells, IncarnationRecord* out) {
  constexpr std::size_t kCells = offsetof(IncarnationRecord, cells);
  Word* const words = reinterpret_cast<Word*>(out);
  if (first_cell == 0) return view.read(offset, words, kCells + cells * sizeof(CellWords));
  return view.read(offset, words, kCells) &&
         copy(view, offset + kCells + first_cell * sizeof(CellWords), &out->cells[first_cell],
              cells);
}

bool cut_off(const char* part, std::string* error) {
  *error =
      std::string("the segment is cut off or cannot be read: its ") + part + " is not all there";
  return false;
}

bool copy_epochs(const SegmentView& view, std::uint32_t class_count, SegmentCopy* out,
                 std::string* error) {
  for (std::uint32_t epoch = 0; epoch < kEpochCount; ++epoch) {
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
    const std::size_t offset =
        slot + offsetof(EpochSlot, record) + standing * sizeof(IncarnationRecord);
    const std::size_t table = slot + offsetof(EpochSlot, holders) + standing * sizeof(HolderTable);
    Marks after;
    if (!copy_record(view, offset, first_cell, cells, &out->record) ||
        (holders != nullptr && !copy_holders(view, table, holders)) ||
        !copy_marks(view, slot, &after))
      return Copied::kCutOff;
    if (after.version == before.version &&
        after.label_version[standing] == before.label_version[standing]) {
      out->standing_label = before.label_version[standing] & 1;
      return Copied::kWhole;
    }
    // The change was just now: the next one is as far off as it can be.
    before = after;
  }
  return Copied::kMoving;
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
  if (!copy(view, offsetof(Segment, counters), out->counters, std::size(out->counters)))
    return cut_off("counters", error);
  if (!copy(view, offsetof(Segment, classes), out->classes, class_count))
    return cut_off("class table", error);
  for (std::uint32_t pass = 0; pass < kPasses; ++pass) {
    Word current_before;
    if (!copy(view, offsetof(Segment, current_epoch), &current_before))
      return cut_off("current epoch", error);
    if (!copy_epochs(view, class_count, out, error)) return false;
    if (!copy(view, offsetof(Segment, current_epoch), &out->current_epoch))
      return cut_off("current epoch", error);
    const std::uint64_t current = get(out->current_epoch);
    if (current >= kEpochCount) break;  // nothing to wait for
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
