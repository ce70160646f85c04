// Slabs, their slots, and the figures that count them.
#include "harness/invariants/inside.h"
#include "harness/invariants/invariants.h"

namespace temporal_slab::harness::invariants {

using heap::SlabKind;
using memory::Slab;
using memory::SlotState;
using stats::ClassCounter;
using stats::get;

namespace {

struct Counted {
  std::uint64_t slabs[heap::kSlabKinds] = {};
  std::uint64_t live = 0;
  std::uint64_t carried = 0;
  std::uint64_t large_bytes = 0;
  std::uint64_t carried_large_bytes = 0;
};

void walk_slots(Walk& walk, const Slab& slab, const std::string& at) {
  const std::uint32_t slots = slab.size_class().slots;
  std::uint64_t free_bits = 0;
  std::uint32_t live = 0;
  for (std::uint32_t i = 0; i < slots; ++i) {
    const memory::SlotWord word = slab.word(i);
    if (word.state() == SlotState::kFree) free_bits |= std::uint64_t{1} << i;
    if (word.state() == SlotState::kLive) ++live;
    if (word.generation() == 0 || word.generation() > memory::kMaxGeneration)
      walk.tell(at + ": slot " + std::to_string(i) + " has no generation");
  }
  walk.equal(at + ": free_bits", slab.free_bits, free_bits);
  walk.equal(at + ": live", slab.live, live);
}

void walk_list(Walk& walk, heap::Cell& cell, std::uint32_t epoch, std::uint32_t class_index,
               SlabKind kind, std::uint64_t standing_era, Counted& counted) {
  std::uint64_t& large = counted.large_bytes;
  std::uint64_t& carried_large = counted.carried_large_bytes;
  const Slab* previous = nullptr;
  for (const Slab* slab = cell.list(kind).front(); slab != nullptr; slab = slab->next) {
    const std::string at = "slab on page " + std::to_string(slab->page);
    if (!walk.slabs.emplace(slab, slab->page).second)
      return walk.tell(at + " stands in two lists, or twice in one");
    if (slab->previous != previous) walk.tell(at + ": previous does not point back");
    previous = slab;
    if (slab->epoch != epoch || slab->class_index != class_index)
      walk.tell(at + " stands in the cell of another class or epoch");
    if (heap::kind_of(*slab, standing_era) != kind)
      walk.tell(at + " stands in a list of another kind");
    if (slab->era > standing_era) walk.tell(at + " is of an era to come");
    walk_slots(walk, *slab, at);
    ++counted.slabs[static_cast<std::uint32_t>(kind)];
    (slab->era == standing_era ? counted.live : counted.carried) += slab->live;
    walk.slab_pages += slab->pages;
    if (kind == SlabKind::kEmpty) walk.empty_pages += slab->pages;
    if (slab->is_large()) (slab->era == standing_era ? large : carried_large) += slab->bytes();
    if (!slab->is_large() && slab->pages != slab->size_class().slab_pages())
      walk.tell(at + " has as many pages as no slab of its class");
    ++walk.slabs_of_class[class_index];
  }
}

}  // namespace

void walk_slabs(Walk& walk) {
  heap::SlabStore& slab_store = store(walk.allocator);
  for (std::uint32_t epoch_number = 0; epoch_number < heap::kEpochCount; ++epoch_number) {
    const std::uint64_t standing_era = era(slab_store)[epoch_number];
    const stats::IncarnationRecord& record = stats::standing_record(walk.segment(), epoch_number);
    walk.equal("the store's era of epoch " + std::to_string(epoch_number), standing_era,
               get(record.era));
    for (std::uint32_t i = 0; i < memory::kClassCount; ++i) {
      heap::Cell& cell = cells(slab_store)[epoch_number][i];
      Counted counted;
      for (std::uint32_t kind = 0; kind < heap::kSlabKinds; ++kind)
        walk_list(walk, cell, epoch_number, i, static_cast<SlabKind>(kind), standing_era, counted);
      const std::string at =
          "epoch " + std::to_string(epoch_number) + ", class " + std::to_string(i) + ": ";
      if (cell.in_use != nullptr && !walk.slabs.contains(cell.in_use))
        walk.tell(at + "the slab in use stands in no list");
      stats::CellWords& words = const_cast<stats::CellWords&>(record.cells[i]);
      for (std::uint32_t kind = 0; kind < heap::kSlabKinds; ++kind)
        walk.equal(at + "the figure of slabs of kind " + std::to_string(kind),
                   get(heap::word_of(words, static_cast<SlabKind>(kind))), counted.slabs[kind]);
      walk.equal(at + "live_objects", get(words.live_objects), counted.live);
      walk.equal(at + "carried_objects", get(words.carried_objects), counted.carried);
      walk.live_of_class[i] += counted.live + counted.carried;
      if (i != memory::kLargeClass) continue;
      walk.equal(at + "large_bytes", get(record.large_bytes), counted.large_bytes);
      walk.equal(at + "carried_large_bytes", get(record.carried_large_bytes),
                 counted.carried_large_bytes);
    }
  }
  walk.equal("pages of attached empty slabs", attached_empty_pages(slab_store), walk.empty_pages);
  for (std::uint32_t i = 0; i < memory::kClassCount; ++i) {
    const auto figure = [&](ClassCounter which) { return walk.figure(i, which); };
    const std::string at = "class " + std::to_string(i) + ": ";
    walk.equal(at + "allocs - frees",
               figure(ClassCounter::k_allocs) - figure(ClassCounter::k_frees),
               walk.live_of_class[i]);
    walk.equal(at + "slabs set up less those that left",
               figure(ClassCounter::k_new_slab_count) -
                   figure(ClassCounter::k_empty_slab_recycled) -
                   figure(ClassCounter::k_empty_slab_overflowed),
               walk.slabs_of_class[i]);
  }
}

}  // namespace temporal_slab::harness::invariants
