// Slabs, their slots, who has them, and the figures that count them.
#include <bit>

#include "harness/invariants/inside.h"
#include "harness/invariants/invariants.h"

namespace temporal_slab::harness::invariants {

using heap::Cell;
using heap::Heap;
using memory::Slab;
using memory::SlotState;
using stats::ClassCounter;
using stats::get;

namespace {

// Returns how many objects are alive, as the figures have it: freed remotely is
// freed, and a bit of a second free of one object stands for one that was counted.
// `given`: what a cell has to give out.
std::uint64_t walk_slots(Walk& walk, const Slab& slab, std::uint64_t given) {
  const std::uint32_t slots = slab.size_class().slots;
  std::uint64_t busy = 0;
  std::uint64_t remote_bits = 0;
  std::uint64_t live = 0;
  for (std::uint32_t i = 0; i < slots; ++i) {
    const memory::SlotWord word = slab.word(i);
    const std::uint64_t bit = std::uint64_t{1} << i;
    if (word.state() == SlotState::kFreedRemotely) remote_bits |= bit;
    if (word.state() == SlotState::kLive) ++live;
    if (word.state() == SlotState::kLive || word.state() == SlotState::kFreedRemotely) busy |= bit;
    if ((given & bit) != 0 && word.state() != SlotState::kFree)
      walk.tell(name_of(slab), ": slot ", i, " is to be given out and is not free");
    if (word.generation() == 0 || word.generation() > memory::kMaxGeneration)
      walk.tell(name_of(slab), ": slot ", i, " has no generation");
  }
  const std::uint64_t told = slab.remote.load(sync::kRelaxed);
  walk.equal(slab.busy, busy | given, name_of(slab), ": busy");
  walk.equal(told & remote_bits, remote_bits, name_of(slab),
             ": remote bits of slots freed remotely");
  return live - static_cast<unsigned>(std::popcount(told & ~remote_bits));
}

// A slab that stands, met at a place of its own.
bool meet(Walk& walk, const Slab& slab, std::uint32_t epoch, std::uint32_t class_index) {
  const auto at = name_of(slab);
  if (!walk.slabs.emplace(&slab, true).second) {
    walk.tell(at, " stands in two lists, or twice in one");
    return false;
  }
  if (slab.epoch() != epoch || slab.class_index() != class_index ||
      slab.cell() != memory::cell_of(epoch, class_index))
    walk.tell(at, " stands in the cell of another class or epoch");
  if (slab.identity.load(sync::kRelaxed) != memory::identity_of(walk.allocator.id()))
    walk.tell(at, " does not say whose it is");
  walk.slab_pages += slab.pages();
  ++walk.slabs_of_class[slab.class_index()];
  return true;
}

void check_owner(Walk& walk, const Slab& slab, std::uint32_t number, bool full) {
  walk.equal(slab.owner.load(sync::kRelaxed), number | (full ? memory::kFull : 0U), name_of(slab),
             ": owner");
  if (full != (slab.room() == 0)) walk.tell(name_of(slab), " stands in a list of another kind");
}

struct Place {
  Heap& heap;
  std::uint32_t epoch;
  std::uint32_t class_index;
};

void walk_list(Walk& walk, const Place& at, const heap::SlabList& list, bool full) {
  Counted& counted = walk.counted[at.epoch][at.class_index];
  memory::Granule previous = 0;
  for (const Slab* slab = list.front(); slab != nullptr; slab = heap::SlabList::after(slab)) {
    if (!meet(walk, *slab, at.epoch, at.class_index)) return;
    if (slab->previous != previous) walk.tell(name_of(*slab), ": previous does not point back");
    previous = memory::granule_of(slab);
    // The last free slot of one that has room may have been retired since.
    if (full || slab->room() != 0) check_owner(walk, *slab, at.heap.number(), full);
    if (slab->busy == 0) walk.tell(name_of(*slab), " is empty and stands");
    walk.equal(slab->era, get(stats::standing_record(walk.segment(), at.epoch).era), name_of(*slab),
               ": era");
    counted.live += walk_slots(walk, *slab, 0);
    ++(full ? counted.full : counted.partial);
    if (slab->is_large()) counted.large_bytes += slab->bytes();
  }
}

void walk_cell(Walk& walk, const Place& at) {
  const Cell& cell = at.heap.cell(at.epoch, at.class_index);
  Counted& counted = walk.counted[at.epoch][at.class_index];
  const auto name = [&] {
    return "heap " + std::to_string(at.heap.number()) + ", epoch " + std::to_string(at.epoch) +
           ", class " + std::to_string(at.class_index);
  };
  const bool has_any = cell.slab != nullptr || !cell.partial.empty() || !cell.full.empty();
  if (cell.slab == nullptr) walk.equal(cell.free_bits, 0, name, ": bits without a slab");
  if (!has_any) return;
  if ((used(at.heap)[at.epoch] >> at.class_index & 1) == 0)
    walk.tell(name, ": has slabs and does not know");
  const stats::IncarnationRecord& record = stats::standing_record(walk.segment(), at.epoch);
  const bool active = get(record.state) == static_cast<std::uint64_t>(stats::EpochState::kActive);
  if ((at.heap.number() != 0 || cell.slab != nullptr) &&
      (!active || !at.heap.accepts(at.epoch, get(record.era))))
    walk.tell(name, ": has slabs of an epoch that is not ACTIVE");
  if (const Slab* const slab = cell.slab; slab != nullptr) {
    if (!meet(walk, *slab, at.epoch, at.class_index)) return;
    walk.equal(slab->owner.load(sync::kRelaxed), at.heap.number(), name_of(*slab), ": owner");
    walk.equal(slab->era, get(record.era), name_of(*slab), ": era");
    if (cell.memory != slab->begin() || cell.object_bytes != slab->size_class().object_bytes ||
        cell.handle_base != memory::Handle{memory::granule_of(slab), 0, 0}.pack())
      walk.tell(name, ": the cell says another slab");
    counted.live += walk_slots(walk, *slab, cell.free_bits);
    ++counted.partial;
    ++counted.in_use;
  }
  walk_list(walk, at, cell.partial, false);
  walk_list(walk, at, cell.full, true);
}

void walk_empty(Walk& walk, const Slab* slab) {
  if (!walk.slabs.emplace(slab, false).second)
    return walk.tell(name_of(*slab), " is kept empty twice, or stands");
  if (slab->stands()) walk.tell(name_of(*slab), " is kept empty and stands");
  walk.empty_pages += slab->pages();
  ++walk.empty_of_class[slab->class_index()];
}

void walk_heap(Walk& walk, Heap& heap) {
  std::uint64_t in_use = 0;
  for (std::uint32_t epoch = 0; epoch < walk.allocator.epoch_count(); ++epoch)
    for (std::uint32_t i = 0; i < memory::kClassCount; ++i) {
      walk_cell(walk, {heap, epoch, i});
      if (const Slab* const slab = heap.cell(epoch, i).slab; slab != nullptr)
        in_use += slab->pages();
    }
  const std::uint64_t before = walk.empty_pages;
  for (const heap::SlabStack& stack : empties(heap))
    for (const Slab* slab = stack.top(); slab != nullptr;
         slab = slab->next == 0 ? nullptr : memory::slab_at(slab->next)) {
      if (walk.slabs.contains(slab)) return walk.tell(name_of(*slab), " is kept empty twice");
      walk_empty(walk, slab);
    }
  const auto at = [&] { return "heap " + std::to_string(heap.number()); };
  walk.equal(heap.empty_pages(), walk.empty_pages - before, at, ": pages of empty slabs");
  walk.equal(in_use_pages(heap), in_use, at, ": pages of slabs in use");
  if (heap.number() == 0 && heap.empty_pages() != 0)
    walk.tell("the mutex's heap keeps empty slabs");
}

void walk_carried(Walk& walk) {
  heap::SlabStore& slab_store = store(walk.allocator);
  for (const Slab* slab = carried(slab_store).front(); slab != nullptr;
       slab = heap::SlabList::after(slab)) {
    if (!meet(walk, *slab, slab->epoch(), slab->class_index())) return;
    if (slab->era >= era(slab_store)[slab->epoch()])
      walk.tell(name_of(*slab), " is carried and of an era that stands or is to come");
    if (slab->busy == 0) walk.tell(name_of(*slab), " is empty and carried");
    const bool full = (slab->owner.load(sync::kRelaxed) & memory::kFull) != 0;
    check_owner(walk, *slab, 0, full);
    Counted& counted = walk.counted[slab->epoch()][slab->class_index()];
    counted.carried += walk_slots(walk, *slab, 0);
    walk.carried_eras[slab->epoch()].insert(slab->era);
    ++(full ? counted.carried_full : counted.carried_partial);
    if (slab->is_large()) counted.carried_large_bytes += slab->bytes();
  }
}

void walk_figures(Walk& walk, std::uint32_t epoch, std::uint32_t i) {
  const Counted& counted = walk.counted[epoch][i];
  const auto at = [&] {
    return "epoch " + std::to_string(epoch) + ", class " + std::to_string(i) + ": ";
  };
  const stats::ShardSums sums = stats::sum_shards(walk.segment(), epoch, i);
  stats::CellWords& words = stats::standing_cell(walk.segment(), epoch, i);
  walk.equal(get(words.partial_slabs) + sums.partial_slabs, counted.partial, at, "partial_slabs");
  walk.equal(get(words.full_slabs) + sums.full_slabs, counted.full, at, "full_slabs");
  walk.equal(sums.in_use_slabs, counted.in_use, at, "in_use_slabs");
  walk.equal(get(words.carried_partial_slabs), counted.carried_partial, at,
             "carried_partial_slabs");
  walk.equal(get(words.carried_full_slabs), counted.carried_full, at, "carried_full_slabs");
  walk.equal(get(words.live_objects) + sums.live_objects, counted.live, at, "live_objects");
  walk.equal(get(words.carried_objects), counted.carried, at, "carried_objects");
  if (i != memory::kLargeClass) return;
  const stats::IncarnationRecord& record = stats::standing_record(walk.segment(), epoch);
  walk.equal(get(record.large_bytes), counted.large_bytes, at, "large_bytes");
  walk.equal(get(record.carried_large_bytes), counted.carried_large_bytes, at,
             "carried_large_bytes");
}

template <typename Visit>
void for_each_slab(SlabAllocator* allocator, Visit visit) {
  heap::Allocator& all = *reinterpret_cast<heap::Allocator*>(allocator);
  heap::Heaps& heaps = store(all).heaps();
  for (std::uint32_t number = 0; number <= heaps.count(); ++number)
    for (std::uint32_t epoch = 0; epoch < all.epoch_count(); ++epoch)
      for (std::uint32_t i = 0; i < memory::kClassCount; ++i) {
        const Cell& cell = heaps.at(number).cell(epoch, i);
        if (cell.slab != nullptr) visit(*cell.slab, true);
        for (const heap::SlabList* list : {&cell.partial, &cell.full})
          for (const Slab* slab = list->front(); slab != nullptr;
               slab = heap::SlabList::after(slab))
            visit(*slab, false);
      }
}

}  // namespace

std::vector<Waiting> waiting_slots(SlabAllocator* allocator) {
  std::vector<Waiting> all;
  for_each_slab(allocator, [&](const Slab& slab, bool) {
    std::uint64_t slots = 0;
    for (std::uint32_t i = 0; i < slab.size_class().slots; ++i)
      if (slab.word(i).state() == SlotState::kFreedRemotely) slots |= std::uint64_t{1} << i;
    if (slots != 0)
      all.push_back({reinterpret_cast<std::uintptr_t>(slab.begin()), slab.epoch(), slab.era,
                     slab.class_index(), slots});
  });
  return all;
}

std::vector<InUse> slabs_in_use(SlabAllocator* allocator) {
  std::vector<InUse> all;
  for_each_slab(allocator, [&](const Slab& slab, bool in_use) {
    if (in_use)
      all.push_back({reinterpret_cast<std::uintptr_t>(slab.begin()), slab.epoch(), slab.era,
                     slab.class_index()});
  });
  return all;
}

std::uint64_t Walk::figure(std::uint32_t class_index, ClassCounter which) const {
  std::uint64_t sum = get(stats::counter(segment(), class_index, which));
  for (std::uint32_t i = 0; i < get(segment().heap_count); ++i) {
    const stats::HeapShard& shard = segment().heaps[i];
    const stats::HeapClassWords& words = shard.classes[class_index];
    if (which == ClassCounter::k_new_slab_count) sum += get(words.new_slab_count);
    if (which == ClassCounter::k_empty_slab_recycled) sum += get(words.empty_slab_recycled);
    if (which == ClassCounter::k_cache_size) sum += get(words.cache_size);
    if (which != ClassCounter::k_allocs && which != ClassCounter::k_frees) continue;
    for (std::uint32_t epoch = 0; epoch < allocator.epoch_count(); ++epoch) {
      const stats::HeapCellWords& words_of_cell = shard.cells[epoch][class_index];
      sum += get(which == ClassCounter::k_allocs ? words_of_cell.allocs : words_of_cell.frees);
    }
  }
  return sum;
}

void walk_slabs(Walk& walk) {
  heap::SlabStore& slab_store = store(walk.allocator);
  heap::Heaps& heaps = slab_store.heaps();
  for (std::uint32_t number = 0; number <= heaps.count(); ++number)
    walk_heap(walk, heaps.at(number));
  walk_carried(walk);
  const std::uint64_t before = walk.empty_pages;
  for (const heap::SlabStack& stack : kept(cache(slab_store)))
    for (const Slab* slab = stack.top(); slab != nullptr;
         slab = slab->next == 0 ? nullptr : memory::slab_at(slab->next)) {
      if (walk.slabs.contains(slab)) return walk.tell(name_of(*slab), " is kept empty twice");
      walk_empty(walk, slab);
    }
  walk.equal(retained_pages(cache(slab_store)), walk.empty_pages - before, "retained pages");
  if (retained_pages(cache(slab_store)) > retain_pages(cache(slab_store)))
    walk.tell("the cache keeps more than retain_bytes allows");
  std::uint64_t live_of_class[memory::kClassCount] = {};
  for (std::uint32_t epoch = 0; epoch < walk.allocator.epoch_count(); ++epoch) {
    walk.equal(era(slab_store)[epoch], get(stats::standing_record(walk.segment(), epoch).era),
               "the store's era of epoch ", epoch);
    walk.equal(get(stats::standing_record(walk.segment(), epoch).carried_eras),
               walk.carried_eras[epoch].size(), "the eras carried at epoch ", epoch);
    for (std::uint32_t i = 0; i < memory::kClassCount; ++i) {
      walk_figures(walk, epoch, i);
      live_of_class[i] += walk.counted[epoch][i].live + walk.counted[epoch][i].carried;
    }
  }
  for (std::uint32_t i = 0; i < memory::kClassCount; ++i) {
    const auto figure = [&](ClassCounter which) { return walk.figure(i, which); };
    walk.equal(figure(ClassCounter::k_allocs) - figure(ClassCounter::k_frees), live_of_class[i],
               "class ", i, ": allocs - frees");
    walk.equal(figure(ClassCounter::k_new_slab_count) -
                   figure(ClassCounter::k_empty_slab_recycled) -
                   figure(ClassCounter::k_empty_slab_overflowed),
               walk.slabs_of_class[i], "class ", i, ": slabs set up less those that left");
    walk.equal(figure(ClassCounter::k_cache_size), walk.empty_of_class[i], "class ", i,
               ": cache_size");
  }
}

}  // namespace temporal_slab::harness::invariants
