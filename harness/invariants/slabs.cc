// Slabs, their slots, and the figures that count them.
#include <bit>

#include "harness/invariants/inside.h"
#include "harness/invariants/invariants.h"

namespace temporal_slab::harness::invariants {

using heap::SlabKind;
using memory::Slab;
using memory::SlotState;
using stats::ClassCounter;
using stats::get;

namespace {

// Returns how many objects are alive, as the figures have it: freed remotely is
// freed, and a bit of a second free of one object stands for one that was counted.
std::uint64_t walk_slots(Walk& walk, const Slab& slab) {
  const std::uint32_t slots = slab.size_class().slots;
  std::uint64_t free_bits = 0;
  std::uint64_t remote_bits = 0;
  std::uint64_t live = 0;
  for (std::uint32_t i = 0; i < slots; ++i) {
    const memory::SlotWord word = slab.word(i);
    if (word.state() == SlotState::kFree) free_bits |= std::uint64_t{1} << i;
    if (word.state() == SlotState::kFreedRemotely) remote_bits |= std::uint64_t{1} << i;
    if (word.state() == SlotState::kLive) ++live;
    if (word.generation() == 0 || word.generation() > memory::kMaxGeneration)
      walk.tell(name_of(slab), ": slot ", i, " has no generation");
  }
  const std::uint64_t told = slab.remote.load(sync::kRelaxed);
  walk.equal(slab.free_bits, free_bits, name_of(slab), ": free_bits");
  walk.equal(slab.live, live + static_cast<unsigned>(std::popcount(remote_bits)), name_of(slab),
             ": live");
  walk.equal(told & remote_bits, remote_bits, name_of(slab),
             ": remote bits of slots freed remotely");
  return live - static_cast<unsigned>(std::popcount(told & ~remote_bits));
}

void walk_list(Walk& walk, heap::Cell& cell, std::uint32_t epoch, std::uint32_t class_index,
               SlabKind kind, std::uint64_t standing_era, Counted& counted) {
  const Slab* previous = nullptr;
  for (const Slab* slab = cell.list(kind).front(); slab != nullptr; slab = slab->next) {
    const auto at = name_of(*slab);
    if (walk.slabs.contains(slab)) return walk.tell(at, " stands in two lists, or twice in one");
    if (slab->previous != previous) walk.tell(at, ": previous does not point back");
    previous = slab;
    if (slab->epoch != epoch || slab->class_index != class_index)
      walk.tell(at, " stands in the cell of another class or epoch");
    if (heap::kind_of(*slab, standing_era) != kind)
      walk.tell(at, " stands in a list of another kind");
    if (slab->era > standing_era) walk.tell(at, " is of an era to come");
    if (slab->owner.load(sync::kRelaxed) != 0) walk.tell(at, " has an owner that has it not");
    walk_slab(walk, *slab, kind, counted);
    if (kind == SlabKind::kEmpty) walk.empty_pages += slab->pages();
  }
}

// What all shards say of a class in an epoch.
std::uint64_t in_shards(const stats::ShardSums& sums, SlabKind kind) {
  switch (kind) {
    case SlabKind::kPartial:
      return sums.partial_slabs;
    case SlabKind::kFull:
      return sums.full_slabs;
    case SlabKind::kEmpty:
      return sums.reclaimable_slabs;
    default:
      return 0;  // no heap has what is carried
  }
}

}  // namespace

void walk_slab(Walk& walk, const Slab& slab, SlabKind kind, Counted& counted) {
  walk.slabs.emplace(&slab, slab.page);
  const std::uint64_t live = walk_slots(walk, slab);
  const bool carried = kind == SlabKind::kCarriedPartial || kind == SlabKind::kCarriedFull;
  ++counted.slabs[static_cast<std::uint32_t>(kind)];
  (carried ? counted.carried : counted.live) += live;
  walk.slab_pages += slab.pages();
  if (slab.is_large())
    (carried ? counted.carried_large_bytes : counted.large_bytes) += slab.bytes();
  ++walk.slabs_of_class[slab.class_index];
}

std::uint64_t Walk::figure(std::uint32_t class_index, ClassCounter which) const {
  std::uint64_t sum = get(stats::counter(segment(), class_index, which));
  if (class_index >= heap::kHeapClasses) return sum;
  for (std::uint32_t i = 0; i < get(segment().heap_count); ++i) {
    for (const auto& of_epoch : segment().heaps[i].cells) {
      if (which == ClassCounter::k_allocs) sum += get(of_epoch[class_index].allocs);
      if (which == ClassCounter::k_frees) sum += get(of_epoch[class_index].frees);
    }
  }
  return sum;
}

void walk_slabs(Walk& walk) {
  heap::SlabStore& slab_store = store(walk.allocator);
  for (std::uint32_t epoch_number = 0; epoch_number < heap::kEpochCount; ++epoch_number) {
    const std::uint64_t standing_era = era(slab_store)[epoch_number];
    const stats::IncarnationRecord& record = stats::standing_record(walk.segment(), epoch_number);
    walk.equal(standing_era, get(record.era), "the store's era of epoch ", epoch_number);
    for (std::uint32_t i = 0; i < memory::kClassCount; ++i) {
      heap::Cell& cell = cells(slab_store)[epoch_number][i];
      Counted counted;
      for (std::uint32_t kind = 0; kind < heap::kSlabKinds; ++kind)
        walk_list(walk, cell, epoch_number, i, static_cast<SlabKind>(kind), standing_era, counted);
      const auto at = [&] {
        return "epoch " + std::to_string(epoch_number) + ", class " + std::to_string(i) + ": ";
      };
      if (cell.in_use != nullptr && !walk.slabs.contains(cell.in_use))
        walk.tell(at, "the slab in use stands in no list");
      heap::Heaps& heaps = slab_store.heaps();
      for (std::uint32_t number = 1; number <= heaps.count(); ++number)
        walk_heap(walk, heaps.at(number), epoch_number, i, counted);
      const stats::ShardSums sums = stats::sum_shards(walk.segment(), epoch_number, i);
      stats::CellWords& words = stats::standing_cell(walk.segment(), epoch_number, i);
      for (std::uint32_t kind = 0; kind < heap::kSlabKinds; ++kind)
        walk.equal(get(heap::word_of(words, static_cast<SlabKind>(kind))) +
                       in_shards(sums, static_cast<SlabKind>(kind)),
                   counted.slabs[kind], at, "the figure of slabs of kind ", kind);
      walk.equal(get(words.live_objects) + sums.live_objects, counted.live, at, "live_objects");
      walk.equal(get(words.carried_objects), counted.carried, at, "carried_objects");
      walk.live_of_class[i] += counted.live + counted.carried;
      if (i != memory::kLargeClass) continue;
      walk.equal(get(record.large_bytes), counted.large_bytes, at, "large_bytes");
      walk.equal(get(record.carried_large_bytes), counted.carried_large_bytes, at,
                 "carried_large_bytes");
    }
  }
  walk.equal(attached_empty_pages(slab_store), walk.empty_pages, "pages of attached empty slabs");
  std::uint64_t reserved = 0;
  for (std::uint32_t number = 1; number <= slab_store.heaps().count(); ++number)
    reserved += walk_reserved(walk, slab_store.heaps().at(number));
  walk.equal(kept_pages(slab_store), reserved, "pages that heaps may keep empty");
  for (std::uint32_t i = 0; i < memory::kClassCount; ++i) {
    const auto figure = [&](ClassCounter which) { return walk.figure(i, which); };
    walk.equal(figure(ClassCounter::k_allocs) - figure(ClassCounter::k_frees),
               walk.live_of_class[i], "class ", i, ": allocs - frees");
    walk.equal(figure(ClassCounter::k_new_slab_count) -
                   figure(ClassCounter::k_empty_slab_recycled) -
                   figure(ClassCounter::k_empty_slab_overflowed),
               walk.slabs_of_class[i], "class ", i, ": slabs set up less those that left");
  }
}

}  // namespace temporal_slab::harness::invariants
