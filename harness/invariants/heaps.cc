// Heaps: what each owns, and that it may.
#include "harness/invariants/inside.h"
#include "harness/invariants/invariants.h"

namespace temporal_slab::harness::invariants {

using heap::SlabKind;
using memory::Slab;

namespace {

struct Place {
  heap::Heap& heap;
  std::uint32_t epoch;
  std::uint32_t class_index;
  std::uint64_t era;
};

void walk_owned(Walk& walk, const Place& place, const Slab& slab, SlabKind kind, Counted& counted) {
  const auto at = name_of(slab);
  if (walk.slabs.contains(&slab)) return walk.tell(at, " stands in two lists, or twice in one");
  if (slab.epoch != place.epoch || slab.class_index != place.class_index)
    walk.tell(at, " stands in the cell of another class or epoch");
  if (slab.owner.load(sync::kRelaxed) != place.heap.number())
    walk.tell(at, " is a heap's that does not own it");
  if (slab.era != place.era) walk.tell(at, " has an owner and is carried");
  if (heap::kind_of(slab, slab.era) != kind) walk.tell(at, " stands in a list of another kind");
  walk_slab(walk, slab, kind, counted);
}

void walk_owned_list(Walk& walk, const Place& place, const heap::SlabList& list, SlabKind kind,
                     Counted& counted) {
  const Slab* previous = nullptr;
  for (const Slab* slab = list.front(); slab != nullptr; slab = slab->next) {
    if (slab->previous != previous) walk.tell(name_of(*slab), ": previous does not point back");
    previous = slab;
    walk_owned(walk, place, *slab, kind, counted);
  }
}

void add_waiting(const Slab& slab, std::vector<Waiting>& all) {
  std::uint64_t slots = 0;
  for (std::uint32_t i = 0; i < slab.size_class().slots; ++i)
    if (slab.word(i).state() == memory::SlotState::kFreedRemotely) slots |= std::uint64_t{1} << i;
  if (slots != 0)
    all.push_back({reinterpret_cast<std::uintptr_t>(slab.memory), slab.epoch, slab.era,
                   slab.class_index, slots});
}

}  // namespace

std::vector<Waiting> waiting_slots(SlabAllocator* allocator) {
  std::vector<Waiting> all;
  heap::Heaps& heaps = store(*reinterpret_cast<heap::Allocator*>(allocator)).heaps();
  for (std::uint32_t number = 1; number <= heaps.count(); ++number) {
    heap::Heap& heap = heaps.at(number);
    for (std::uint32_t epoch = 0; epoch < heap::kEpochCount; ++epoch) {
      for (std::uint32_t i = 0; i < heap::kHeapClasses; ++i) {
        if (const Slab* slab = in_use(heap)[epoch * stats::kMaxHeapClasses + i]; slab != nullptr)
          add_waiting(*slab, all);
        const heap::Heap::Lists& of_cell = lists(heap)[epoch][i];
        for (const heap::SlabList* list : {&of_cell.partial, &of_cell.full, &of_cell.empty})
          for (const Slab* slab = list->front(); slab != nullptr; slab = slab->next)
            add_waiting(*slab, all);
      }
    }
  }
  return all;
}

void walk_heap(Walk& walk, heap::Heap& heap, std::uint32_t epoch, std::uint32_t class_index,
               Counted& counted) {
  if (class_index >= heap::kHeapClasses) return;
  const auto at = [&] {
    return "heap " + std::to_string(heap.number()) + ", epoch " + std::to_string(epoch) +
           ", class " + std::to_string(class_index);
  };
  const bool keeps = (kept(heap)[epoch] >> class_index & 1) != 0;
  const heap::Heap::Lists& of_cell = lists(heap)[epoch][class_index];
  Walk::OfHeap& sums = walk.of_heaps[heap.number()];
  if (keeps) sums.kept_pages += memory::kSizeClasses[class_index].slab_pages();
  if (((empties(heap)[epoch] >> class_index & 1) != 0) != (of_cell.empty.front() != nullptr))
    walk.tell(at, ": the bit for empty slabs is not true");
  if (in_use(heap)[epoch * stats::kMaxHeapClasses + class_index] == nullptr &&
      of_cell.partial.front() == nullptr && of_cell.full.front() == nullptr &&
      of_cell.empty.front() == nullptr)
    return;
  const stats::IncarnationRecord& record = stats::standing_record(walk.segment(), epoch);
  const Place place{heap, epoch, class_index, stats::get(record.era)};
  if (const Slab* slab = in_use(heap)[epoch * stats::kMaxHeapClasses + class_index];
      slab != nullptr) {
    const SlabKind kind = heap::kind_of(*slab, slab->era);
    walk_owned(walk, place, *slab, kind, counted);
    if (kind == SlabKind::kEmpty && !keeps) walk.tell(at, ": an empty slab is not accounted for");
  }
  walk_owned_list(walk, place, of_cell.partial, SlabKind::kPartial, counted);
  walk_owned_list(walk, place, of_cell.full, SlabKind::kFull, counted);
  const std::uint64_t slabs_before = walk.slabs.size();
  walk_owned_list(walk, place, of_cell.empty, SlabKind::kEmpty, counted);
  sums.empty_pages +=
      (walk.slabs.size() - slabs_before) * memory::kSizeClasses[class_index].slab_pages();
  if (stats::get(record.state) != static_cast<std::uint64_t>(stats::EpochState::kActive))
    walk.tell(at, ": owns slabs of an epoch that is not ACTIVE");
  if ((attached(heap) >> epoch & 1) == 0) walk.tell(at, ": owns slabs and does not know");
}

std::uint64_t walk_reserved(Walk& walk, heap::Heap& heap) {
  const Walk::OfHeap& sums = walk.of_heaps[heap.number()];
  const auto at = [&] { return "heap " + std::to_string(heap.number()); };
  walk.equal(empty_pages(heap), sums.empty_pages, at, ": pages of empty slabs");
  walk.equal(reserved_pages(heap), sums.kept_pages + sums.empty_pages + room_pages(heap), at,
             ": pages reserved");
  if (room_pages(heap) > reserved_pages(heap))
    walk.tell(at, ": more is kept empty than was reserved");
  return reserved_pages(heap);
}

}  // namespace temporal_slab::harness::invariants
