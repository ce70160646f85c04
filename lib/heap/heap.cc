#include "heap/heap.h"

#include <algorithm>
#include <cassert>

#include "base/memory_marks.h"

namespace temporal_slab::heap {

using memory::Slab;
using memory::SlotState;
using memory::SlotWord;
using stats::add;
using stats::sub;

// ---- from the slab in use to the next one ----

void Heap::use(Cell& cell, Slab* slab) {
  cell.use(slab);
  in_use_pages_ += slab->pages();
}

// The slab in use goes where it belongs. True if it was empty, and ended.
bool Heap::leave(Cell& cell) {
  Slab* const slab = cell.leave();
  if (slab == nullptr) return false;
  in_use_pages_ -= slab->pages();
  if (slab->busy == 0) {
    sub(cell.counted->partial_slabs, 1);
    end(slab);
    put_empty(slab, others_.turn.load(sync::kRelaxed));
    return true;
  }
  if (slab->room() == 0)
    put_full(cell, slab);
  else
    cell.partial.push_front(slab);
  return false;
}

void Heap::put_full(Cell& cell, Slab* slab) {
  slab->owner.store(number_ | memory::kFull, sync::kRelaxed);
  cell.full.push_front(slab);
  sub(cell.counted->partial_slabs, 1);
  add(cell.counted->full_slabs, 1);
  if (!slab->is_large()) add(class_words(slab->class_index()).list_move_partial_to_full, 1);
}

Slab* Heap::next_partial(Cell& cell) {
  while (Slab* const slab = cell.partial.pop_front()) {
    if (slab->room() != 0) return slab;
    put_full(cell, slab);  // its last free slot was retired
  }
  return nullptr;
}

// One that the cell may have at once, set up if it was another's.
Slab* Heap::own_empty(std::uint32_t cell_number) {
  if (number_ == 0) return nullptr;
  const std::uint32_t epoch = cell_number / memory::kClassCount;
  const std::uint32_t class_index = cell_number % memory::kClassCount;
  const std::uint32_t shape = memory::shape_of(class_index);
  Slab* const slab = empties_[shape].top();
  if (slab == nullptr || ++refills_ % kRefillsWithoutMutex == 0) return nullptr;
  const bool same = slab->cell() == cell_number && slab->era == eras_[epoch];
  // `previous` says when it was emptied.
  if (!same && others_.alone.load(sync::kAcquire) == 0 &&
      slab->previous == others_.turn.load(sync::kRelaxed))
    return nullptr;
  pop_empty(shape);
  // Left from second frees at the same moment, it may wait to be collected. Only now: what is
  // collected may be empty, and come to lie on top.
  if (!same && slab->remote.load(sync::kRelaxed) != 0) collect();
  if (same) {
    slab->owner.store(number_, sync::kRelaxed);
    slab->identity.store(identity_, sync::kRelease);
  } else if (!slab->set_up(identity_, slab->begin(), slab->pages(), class_index, epoch,
                           eras_[epoch])) {
    put_empty(slab, others_.turn.load(sync::kRelaxed));  // for the mutex's holder to part with
    return nullptr;
  }
  add(class_words(class_index).new_slab_count, 1);
  return slab;
}

// The cell has nothing left. False: nor has the heap, without the mutex.
bool Heap::refill(std::uint32_t epoch, std::uint32_t class_index) {
  if (!accepts(epoch)) return false;
  const std::uint32_t number = memory::cell_of(epoch, class_index);
  Cell& cell = cells_[number];
  for (const bool collected : {false, true}) {
    if (collected) {
      if (!has_to_collect()) break;
      collect();
      if (cell.free_bits != 0) return true;
    }
    if (cell.slab != nullptr && cell.slab->room() != 0) {
      cell.use(cell.slab);
      return true;
    }
    if (Slab* const slab = next_partial(cell); slab != nullptr) {
      leave(cell);
      use(cell, slab);
      return true;
    }
  }
  Slab* const slab = own_empty(number);
  if (slab == nullptr) return false;
  adopt(slab);
  return refill(epoch, class_index);
}

void Heap::adopt(Slab* slab) {
  Cell& cell = cells_[slab->cell()];
  cell.counted = &counted(slab->cell());
  used_[slab->epoch()] |= std::uint32_t{1} << slab->class_index();
  const bool full = slab->room() == 0;
  slab->owner.store(static_cast<std::uint8_t>(number_ | (full ? memory::kFull : 0)),
                    sync::kRelaxed);
  (full ? cell.full : cell.partial).push_front(slab);
  add(full ? cell.counted->full_slabs : cell.counted->partial_slabs, 1);
}

// ---- frees ----

// A slot of the heap's is free from here on: it was counted before.
void Heap::put_slot(Slab* slab, std::uint32_t slot) {
  slab->put_slot(slot);
  Cell& cell = cells_[slab->cell()];
  if ((slab->owner.load(sync::kRelaxed) & memory::kFull) != 0) {
    slab->owner.store(number_, sync::kRelaxed);
    cell.full.remove(slab);
    cell.partial.push_front(slab);
    sub(cell.counted->full_slabs, 1);
    add(cell.counted->partial_slabs, 1);
    if (!slab->is_large()) add(class_words(slab->class_index()).list_move_full_to_partial, 1);
  }
  if (slab->busy == 0) emptied(slab);
}

void Heap::emptied(Slab* slab) {
  Cell& cell = cells_[slab->cell()];
  if (cell.slab == slab) {
    // What the cell has to give would be busy: it has nothing left, and takes all.
    if (slab->room() != 0)
      cell.use(slab);
    else
      leave(cell);
    return;
  }
  cell.partial.remove(slab);
  sub(cell.counted->partial_slabs, 1);
  end(slab);
  put_empty(slab, others_.turn.load(sync::kRelaxed));
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
    slab->next_remote = first == nullptr ? 0 : memory::granule_of(first);
    if (first_remote_.compare_exchange_weak(first, slab, sync::kRelease, sync::kRelaxed)) break;
  }
  return RemoteFree::kFreed;
}

void Heap::count_remote_free(std::uint32_t cell_number, std::uint64_t retries) {
  add(counted(cell_number).frees, 1);
  stats::HeapClassWords& words = class_words(cell_number % memory::kClassCount);
  add(words.remote_frees, 1);
  if (retries != 0) add(words.remote_free_retries, retries);
}

void Heap::collect() {
  // Acquire: the links that were pushed.
  Slab* slab = first_remote_.exchange(nullptr, sync::kAcquire);
  while (slab != nullptr) {
    Slab* const next = slab->next_remote == 0 ? nullptr : memory::slab_at(slab->next_remote);
    // Acquire: the slots' words, and what their users did. Release: the link was read.
    std::uint64_t bits = slab->remote.exchange(0, sync::kAcqRel);
    for (; bits != 0; bits &= bits - 1) {
      const std::uint32_t slot = base::lowest_bit(bits);
      if (slab->word(slot).state() == SlotState::kFreedRemotely) {
        put_slot(slab, slot);
        continue;
      }
      // The second of two frees at the same moment: it was counted, and freed nothing.
      // The owner counted the first one in the same cell.
      sub(counted(slab->cell()).frees, 1);
    }
    slab = next;
  }
}

// ---- empties ----

void Heap::end(Slab* slab) {
  slab->end();
  base::mark_no_access(slab->begin(), slab->bytes());
}

void Heap::put_empty(Slab* slab) {
  // As if it had been emptied before the last stop.
  put_empty(slab, others_.turn.load(sync::kRelaxed) - 1);
}

void Heap::put_empty(Slab* slab, std::uint32_t turn) {
  empties_[shape_of(*slab)].push(slab);
  slab->previous = turn;
  add_empty_pages(slab->pages());
  if (number_ == 0) return;  // the mutex's holder does not keep it here
  stats::HeapClassWords& words = class_words(slab->class_index());
  add(words.empty_slab_recycled, 1);
  add(words.cache_size, 1);
}

Slab* Heap::pop_empty(std::uint32_t shape) {
  Slab* const slab = empties_[shape].pop();
  if (slab == nullptr) return nullptr;
  add_empty_pages(-std::size_t{slab->pages()});
  fewest_empty_pages_ = std::min(fewest_empty_pages_, empty_pages());
  if (number_ != 0) sub(class_words(slab->class_index()).cache_size, 1);
  return slab;
}

Slab* Heap::pop_empty_for(std::uint32_t class_index) {
  const std::uint32_t wanted = memory::shape_of(class_index);
  if (!empties_[wanted].empty() || wanted >= memory::kShapesOfAPage) return pop_empty(wanted);
  for (std::uint32_t shape = 0; shape < memory::kShapesOfAPage; ++shape)
    if (!empties_[shape].empty()) return pop_empty(shape);
  return nullptr;
}

std::size_t Heap::idle_pages() {
  const std::size_t fewest = fewest_empty_pages_;
  fewest_empty_pages_ = empty_pages();
  return fewest;
}

void Heap::leave_empty_slabs() {
  for (std::uint32_t epoch = 0; epoch < kMaxEpochs && in_use_pages_ != 0; ++epoch)
    for (std::uint32_t bits = used_[epoch]; bits != 0; bits &= bits - 1) {
      Cell& of_class = cell(epoch, base::lowest_bit(bits));
      if (of_class.slab != nullptr && of_class.slab->busy == of_class.free_bits) leave(of_class);
    }
}

// ---- epochs ----

void Heap::close(std::uint32_t epoch, ClosedSlabs* met) {
  for (std::uint32_t bits = used_[epoch]; bits != 0; bits &= bits - 1) {
    const std::uint32_t class_index = base::lowest_bit(bits);
    if (!has_slab_in_use(epoch, class_index)) continue;
    met->add(class_index, leave(cell(epoch, class_index)));
  }
  eras_[epoch] = kNoEra;
}

void Heap::hand_over(std::uint32_t epoch, Heap& to, ClosedSlabs* met) {
  close(epoch, met);
  for (std::uint32_t bits = used_[epoch]; bits != 0; bits &= bits - 1) {
    const std::uint32_t class_index = base::lowest_bit(bits);
    Cell& of_class = cell(epoch, class_index);
    for (SlabList* const list : {&of_class.partial, &of_class.full})
      while (Slab* const slab = list->pop_front()) {
        sub(list == &of_class.full ? of_class.counted->full_slabs : of_class.counted->partial_slabs,
            1);
        met->add(class_index, false);
        to.adopt(slab);
      }
  }
  used_[epoch] = 0;
}

Slab* Heap::give_up_partial(std::uint32_t epoch, std::uint32_t class_index) {
  Cell& of_class = cell(epoch, class_index);
  leave(of_class);  // what was freed there may not have come to the cell yet
  Slab* const slab = next_partial(of_class);
  if (slab == nullptr) return nullptr;
  sub(of_class.counted->partial_slabs, 1);
  // Its heap works again before it is adopted: who frees there meanwhile waits for the mutex.
  slab->owner.store(0, sync::kRelaxed);
  return slab;
}

}  // namespace temporal_slab::heap
