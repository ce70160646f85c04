// What is taken from heaps: when memory is short, when an epoch closes, when a thread
// ends.
#include <utility>

#include "heap/slab_store.h"

namespace temporal_slab::heap {

using memory::Slab;

namespace {

constexpr std::size_t kFewestColdPages = 64;

}  // namespace

// Nothing of the heap stays empty.
void SlabStore::send_away_kept(Heap& heap) {
  for (std::uint32_t epoch = 0; epoch < kEpochCount; ++epoch) {
    for (std::uint32_t bits = heap.kept_[epoch]; bits != 0; bits &= bits - 1) {
      const std::uint32_t class_index = base::lowest_bit(bits);
      Slab* const slab = heap.in_use(epoch, class_index);
      keep_no_more(heap, epoch, class_index);
      if (slab != nullptr && slab->live == 0) send_away_owned(heap, slab, SlabKind::kEmpty);
    }
    send_away_empties(heap, epoch);
  }
  give_up_room(heap, heap.room_pages_);
}

void SlabStore::send_away_empties(Heap& heap, std::uint32_t epoch) {
  for (std::uint32_t bits = heap.empties_[epoch]; bits != 0; bits &= bits - 1) {
    const SlabList& empty = heap.lists_[epoch][base::lowest_bit(bits)].empty;
    while (empty.front() != nullptr) send_away_owned(heap, empty.front(), SlabKind::kEmpty);
  }
}

// All heaps are stopped: nothing that was freed remotely waits, nothing is kept empty.
void SlabStore::empty_heaps() {
  for (std::uint32_t number = 1; number <= heaps_.count(); ++number) {
    collect(heaps_.at(number));
    send_away_kept(heaps_.at(number));
  }
  empty_limbo();
  flush();
}

// An empty run of a kind out of a heap, so that it need not come from the system
// (R-2.2-7): the caller's own at once. The others' are asked for when as much was
// taken from the system as they may have empty, so that it costs little and wastes
// little.
void SlabStore::steal_from_heaps(std::uint32_t kind) {
  Heap* const own = heaps_.holder();
  for (std::uint32_t epoch = 0; own != nullptr && own->reserved_pages_ != 0 && epoch < kEpochCount;
       ++epoch) {
    for (std::uint32_t bits = own->kept_[epoch] | own->empties_[epoch]; bits != 0;
         bits &= bits - 1) {
      const std::uint32_t class_index = base::lowest_bit(bits);
      if (memory::run_kind_of(class_index) != kind) continue;
      Slab* slab = own->lists_[epoch][class_index].empty.back();
      if (slab == nullptr) slab = own->in_use(epoch, class_index);
      if (slab == nullptr || slab->live != 0) continue;
      send_away_owned(*own, slab, SlabKind::kEmpty);
      return flush();
    }
  }
  if (!heaps_.others_run() || cold_pages_since_ < kFewestColdPages) return;
  std::size_t theirs = kept_pages_ - (own != nullptr ? own->reserved_pages_ : 0);
  bool waiting = false;
  for (std::uint32_t number = 1; number <= heaps_.count() && !waiting; ++number)
    waiting = &heaps_.at(number) != own &&
              heaps_.at(number).first_remote_.load(sync::kRelaxed) != nullptr;
  if ((theirs == 0 && !waiting) || cold_pages_since_ < theirs) return;
  cold_pages_since_ = 0;
  const Heaps::Stop stop(heaps_);
  for (std::uint32_t number = 1; number <= heaps_.count(); ++number)
    if (Heap& heap = heaps_.at(number); &heap != own) {
      collect(heap);
      send_away_kept(heap);
    }
  flush();
}

// The slab is nobody's any more.
void SlabStore::take_in(Slab* slab, SlabKind kind) {
  slab->owner.store(0, sync::kRelaxed);
  cell(*slab).list(kind).push_front(slab);
  if (kind == SlabKind::kEmpty) attached_empty_pages_ += slab->pages();
}

void SlabStore::take_from(Heap& heap, std::uint32_t epoch) {
  for (std::uint32_t i = 0; i < kHeapClasses; ++i) {
    keep_no_more(heap, epoch, i);
    if (Slab* const slab = std::exchange(heap.in_use(epoch, i), nullptr); slab != nullptr)
      take_in(slab, kind_of(*slab));
    Heap::Lists& lists = heap.lists_[epoch][i];
    for (SlabList* list : {&lists.partial, &lists.full})
      while (Slab* const slab = list->front()) {
        list->remove(slab);
        take_in(slab, kind_of(*slab));
      }
    while (Slab* const slab = lists.empty.front()) {
      heap.take_empty(slab);
      take_in(slab, SlabKind::kEmpty);
    }
  }
  // What was reserved for those, and what is not needed now.
  give_up_room(heap, heap.room_pages_);
  heap.attached_ &= ~(std::uint32_t{1} << epoch);
}

void SlabStore::take_from_heaps(std::uint32_t epoch) {
  const std::uint32_t bit = std::uint32_t{1} << epoch;
  bool any = false;
  for (std::uint32_t number = 1; number <= heaps_.count(); ++number)
    any = any || (heaps_.at(number).attached_ & bit) != 0;
  if (!any) return;
  const Heaps::Stop stop(heaps_);
  collect_all();
  for (std::uint32_t number = 1; number <= heaps_.count(); ++number)
    if (Heap& heap = heaps_.at(number); (heap.attached_ & bit) != 0) take_from(heap, epoch);
  empty_limbo();
}

void SlabStore::abandon(Heap& heap) {
  const Heaps::Stop stop(heaps_);
  collect_all();
  for (std::uint32_t epoch = 0; epoch < kEpochCount; ++epoch)
    if ((heap.attached_ >> epoch & 1) != 0) take_from(heap, epoch);
  empty_limbo();
  flush();
}

void SlabStore::after_fork_in_child() {
  heaps_.forget_other_threads();
  for (std::uint32_t number = 1; number <= heaps_.count(); ++number) {
    Heap& heap = heaps_.at(number);
    if (&heap == heaps_.holder() || heap.owner_thread_ == 0) continue;
    abandon(heap);
    heaps_.leave(heap);
  }
}

// The descriptor of a slab that ended.
void SlabStore::let_go(Slab* descriptor) {
  if (!heaps_.others_run()) {
    cell(*descriptor).descriptors.put(meta_, descriptor);
    return;
  }
  descriptor->next = limbo_;
  limbo_ = descriptor;
  ++limbo_size_;
}

// No section is open, and nothing that was freed remotely waits to be collected.
void SlabStore::empty_limbo() {
  while (limbo_ != nullptr) {
    Slab* const descriptor = limbo_;
    limbo_ = descriptor->next;
    cell(*descriptor).descriptors.put(meta_, descriptor);
  }
  limbo_size_ = 0;
}

}  // namespace temporal_slab::heap
