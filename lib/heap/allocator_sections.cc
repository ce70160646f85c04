// What a thread does in its own heap, without the mutex.
#include "base/memory_marks.h"
#include "heap/allocator_frees.h"

namespace temporal_slab::heap {

using memory::Slab;
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
  const std::uint32_t class_index = memory::class_of(bytes);
  if (!section.open() || !heap->allocate(epoch, class_index, out)) return false;
  if (section.watched())
    base::mark_allocated(out->address, memory::kSizeClasses[class_index].object_bytes);
  return true;
}

bool Allocator::try_harder(std::size_t bytes, const epoch::Scope* scope, Object* out) {
  if (bytes > memory::kMaxSlotBytes) return false;
  Heap* const heap = this_threads_heap();
  if (heap == nullptr) return false;
  const Heaps::Section section(store_.heaps(), *heap);
  if (!section.open()) return false;
  const std::uint32_t class_index = memory::class_of(bytes);
  // A heap accepts objects in incarnations that are ACTIVE only.
  const bool in_scope = scope != nullptr && heap->accepts(scope->epoch, scope->era);
  if (scope != nullptr && !in_scope && !has_left(*scope)) return false;
  const std::uint32_t epoch =
      in_scope ? scope->epoch : static_cast<std::uint32_t>(current_.load(sync::kAcquire));
  if (!heap->allocate(epoch, class_index, out)) return false;
  if (section.watched())
    base::mark_allocated(out->address, memory::kSizeClasses[class_index].object_bytes);
  return true;
}

bool Allocator::try_harder(std::size_t bytes, IncarnationRef incarnation, Object* out) {
  if (bytes > memory::kMaxSlotBytes) return false;
  Heap* const heap = this_threads_heap();
  if (heap == nullptr) return false;
  const Heaps::Section section(store_.heaps(), *heap);
  if (!section.open()) return false;
  const std::uint32_t class_index = memory::class_of(bytes);
  // A heap accepts objects in incarnations that are ACTIVE only.
  if (!heap->accepts(incarnation.epoch, incarnation.era) ||
      !heap->allocate(incarnation.epoch, class_index, out))
    return false;
  if (section.watched())
    base::mark_allocated(out->address, memory::kSizeClasses[class_index].object_bytes);
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
  Named found;
  if (!find(name, &found)) return false;
  if ((found.slab->owner.load(sync::kRelaxed) & ~memory::kFull) != heap->number())
    return free_of_other(*heap, found, name);
  if (section.watched())
    base::mark_freed(found.slab->slot_address(found.slot), found.slab->object_bytes());
  heap->free(found.slab, found.slot);
  return true;
}

bool Allocator::try_harder(std::uint64_t handle) { return try_harder_to_free(handle); }
bool Allocator::try_harder(void* object) { return try_harder_to_free(object); }

namespace {

// The slab may have got a tenant of another class while it was looked at. If it had, before the
// slot's word was read, this finds it; and if it does later, the word is another one.
bool still_names(const Slab&, std::uint32_t, std::uint64_t) { return true; }
bool still_names(const Slab& slab, std::uint32_t slot, const void* object) {
  return slab.slot_at(object) == slot;
}

}  // namespace

// Tools that watch slots are told under the mutex.
template <typename Name>
bool Allocator::free_of_other(Heap& heap, const Named& found, Name name) {
  const std::uint32_t owner = found.slab->owner.load(sync::kRelaxed) & ~memory::kFull;
  if (owner == 0 || store_.heaps().watched() || !still_names(*found.slab, found.slot, name))
    return false;
  const std::uint32_t cell = found.slab->cell();
  std::uint64_t retries = 0;
  switch (store_.heaps().at(owner).free_remotely(found.slab, found.slot,
                                                 SlotWord::of_bits(found.word), &retries)) {
    case Heap::RemoteFree::kLost:
      return false;
    case Heap::RemoteFree::kFreed:
      heap.count_remote_free(cell, retries);
      break;
    case Heap::RemoteFree::kCountedBefore:
      break;
  }
  return true;
}

}  // namespace temporal_slab::heap
