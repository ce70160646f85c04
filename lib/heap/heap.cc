#include "heap/heap.h"

namespace temporal_slab::heap {

using memory::Slab;
using memory::SlotState;
using memory::SlotWord;
using stats::add;
using stats::sub;

// The slab in use has no room: the next one is.
Slab* Heap::turn_over(std::uint32_t epoch, std::uint32_t class_index) {
  Lists& of_cell = lists_[epoch][class_index];
  Slab* next = of_cell.partial.front();
  if (next != nullptr) {
    of_cell.partial.remove(next);
  } else {
    next = of_cell.empty.front();
    if (next == nullptr) return nullptr;
    take_empty(next);
    if (!keeps(*next)) keep_in_use(*next);
  }
  Slab*& in_use_now = in_use(epoch, class_index);
  if (in_use_now != nullptr) of_cell.full.push_front(in_use_now);
  in_use_now = next;
  return next;
}

// Whether the last object of a slab may go and the slab stay.
bool Heap::may_empty(const Slab& slab) {
  const bool is_in_use = &slab == in_use(slab.epoch, slab.class_index);
  if (is_in_use && keeps(slab)) return true;
  if (room_pages_ < slab.pages()) return false;
  if (is_in_use) keep_in_use(slab);
  return true;
}

// There is room for it.
void Heap::keep_in_use(const Slab& slab) {
  kept_[slab.epoch] |= std::uint32_t{1} << slab.class_index;
  room_pages_ -= slab.pages();
}

// Likewise. It is in no list.
void Heap::put_empty(Slab* slab) {
  lists(*slab).empty.push_front(slab);
  empties_[slab->epoch] |= std::uint32_t{1} << slab->class_index;
  room_pages_ -= slab->pages();
  empty_pages_ += slab->pages();
}

// Its pages are room again.
void Heap::take_empty(Slab* slab) {
  SlabList& empty = lists(*slab).empty;
  empty.remove(slab);
  if (empty.front() == nullptr) empties_[slab->epoch] &= ~(std::uint32_t{1} << slab->class_index);
  room_pages_ += slab->pages();
  empty_pages_ -= slab->pages();
}

// A slot was taken or freed, and the slab became one of another kind by that.
void Heap::turn_kind(Slab* slab, std::uint8_t live_before, bool full_before) {
  stats::HeapCellWords& w = words(*slab);
  const bool full = slab->live != 0 && slab->free_bits == 0;
  sub(live_before == 0 ? w.reclaimable_slabs : full_before ? w.full_slabs : w.partial_slabs, 1);
  add(slab->live == 0 ? w.reclaimable_slabs : full ? w.full_slabs : w.partial_slabs, 1);
  if (full) add(class_words(*slab).list_move_partial_to_full, 1);
  if (full_before) add(class_words(*slab).list_move_full_to_partial, 1);
  if (slab == in_use(slab->epoch, slab->class_index)) return;
  (full_before ? lists(*slab).full : lists(*slab).partial).remove(slab);
  if (slab->live == 0)
    put_empty(slab);
  else
    lists(*slab).partial.push_front(slab);
}

// Release, and then the bit with release: the owner, who acquires the bit, sees
// what was done with the object.
Heap::RemoteFree Heap::free_remotely(Slab* slab, std::uint32_t slot, SlotWord word,
                                     std::uint64_t* retries) {
  std::uint32_t expected = word.bits();
  const SlotWord freed(word.generation(), SlotState::kFreedRemotely);
  if (!slab->atomic_word(slot).compare_exchange_strong(expected, freed.bits(), sync::kRelease,
                                                       sync::kRelaxed))
    return RemoteFree::kLost;
  const std::uint64_t bit = std::uint64_t{1} << slot;
  const std::uint64_t before = slab->remote.fetch_or(bit, sync::kAcqRel);
  // A bit that was left by a second free at the same moment, which was counted for
  // nothing: this one need not be.
  if ((before & bit) != 0) return RemoteFree::kCountedBefore;
  if (before != 0) return RemoteFree::kFreed;
  Slab* first = first_remote_.load(sync::kRelaxed);
  for (;; ++*retries) {
    slab->next_remote = first;
    if (first_remote_.compare_exchange_weak(first, slab, sync::kRelease, sync::kRelaxed)) break;
  }
  return RemoteFree::kFreed;
}

void Heap::count_remote_free(const Slab& slab, std::uint64_t retries) {
  add(words(slab).frees, 1);
  add(class_words(slab).remote_frees, 1);
  if (retries != 0) add(class_words(slab).remote_free_retries, retries);
}

}  // namespace temporal_slab::heap
