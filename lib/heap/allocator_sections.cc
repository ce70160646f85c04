// What a thread does in its own heap, without the mutex.
#include "base/memory_marks.h"
#include "heap/allocator_frees.h"

namespace temporal_slab::heap {

using memory::Slab;
using memory::SlotState;
using memory::SlotWord;

Heap* Allocator::this_threads_heap() {
  ThreadHeaps& heaps = this_threads_heaps();
  const ThreadHeaps::Entry* const entry = heaps.find(id_);
  // In the child of a fork its figures may still be the parent's.
  if (entry == nullptr || entry->heap == nullptr || sync::forking()) return nullptr;
  heaps.last = *entry;
  return heaps.last.heap;
}

bool Allocator::try_harder(std::size_t bytes, std::uint32_t epoch, Object* out) {
  if (bytes > memory::kMaxSlotBytes) return false;
  Heap* const heap = this_threads_heap();
  if (heap == nullptr) return false;
  const Heaps::Section section(store_.heaps(), *heap);
  if (!section.open() || !heap->allocate(epoch, memory::class_of(bytes), out)) return false;
  if (section.watched()) mark_allocated(*out);
  return true;
}

bool Allocator::try_harder(std::size_t bytes, const epoch::Scope* scope, Object* out) {
  if (bytes > memory::kMaxSlotBytes) return false;
  Heap* const heap = this_threads_heap();
  if (heap == nullptr) return false;
  const Heaps::Section section(store_.heaps(), *heap);
  if (!section.open()) return false;
  const std::uint32_t class_index = memory::class_of(bytes);
  // A heap has slabs of incarnations that are ACTIVE only.
  if (scope != nullptr) {
    Slab* const slab = heap->with_room(scope->epoch, class_index);
    if (slab != nullptr && slab->era == scope->era) {
      heap->take(slab, out);
      if (section.watched()) mark_allocated(*out);
      return true;
    }
    if (!has_left(*scope)) return false;
  }
  const auto epoch = static_cast<std::uint32_t>(current_.load(sync::kAcquire));
  if (!heap->allocate(epoch, class_index, out)) return false;
  if (section.watched()) mark_allocated(*out);
  return true;
}

// True only if the scope's incarnation is no longer ACTIVE: it never will be again.
// While a record is refilled it is that of a later one already.
bool Allocator::has_left(const epoch::Scope& scope) const {
  const stats::EpochSlot& slot = segment_.epochs[scope.epoch];
  const stats::IncarnationRecord& record = slot.record[slot.version.load(sync::kAcquire) & 1];
  return record.era.load(sync::kAcquire) != scope.era ||
         record.state.load(sync::kAcquire) !=
             static_cast<std::uint64_t>(stats::EpochState::kActive);
}

template <typename Name>
bool Allocator::try_harder_to_free(Name name) {
  Heap* const heap = this_threads_heap();
  if (heap == nullptr) return false;
  const Heaps::Section section(store_.heaps(), *heap);
  if (!section.open()) return false;
  const Named found = named_by(name);
  if (found.slab == nullptr) return false;
  if (found.slab->owner.load(sync::kRelaxed) != heap->number()) return free_of_other(*heap, found);
  if (!heap->free(found.slab, found.slot, found.word)) return false;
  if (section.watched())
    base::mark_freed(found.slab->slot_address(found.slot), found.slab->object_bytes());
  return true;
}

bool Allocator::try_harder(std::uint64_t handle) { return try_harder_to_free(handle); }
bool Allocator::try_harder(void* object) { return try_harder_to_free(object); }

// Tools that watch slots are told under the mutex.
bool Allocator::free_of_other(Heap& heap, const Named& found) {
  const std::uint32_t owner = found.slab->owner.load(sync::kRelaxed);
  if (owner == 0 || store_.heaps().watched()) return false;
  std::uint64_t retries = 0;
  switch (store_.heaps().at(owner).free_remotely(found.slab, found.slot, found.word, &retries)) {
    case Heap::RemoteFree::kLost:
      return false;
    case Heap::RemoteFree::kFreed:
      heap.count_remote_free(*found.slab, retries);
      break;
    case Heap::RemoteFree::kCountedBefore:
      break;
  }
  return true;
}

void Allocator::mark_allocated(const Object& object) {
  const memory::Region* const region = memory::find_region(id_, object.address);
  base::mark_allocated(object.address, region->slab_at(object.address)->object_bytes());
}

}  // namespace temporal_slab::heap
