// A heap: what one thread owns in one allocator, so that it allocates and frees
// there with plain loads and stores. Small and medium slabs of ACTIVE epochs; all
// others have no owner and are in the store's cells.
//
// Threads. The owner works here in a section (heap/heaps.h), or while it holds the
// allocator's mutex; another thread while all heaps are stopped. `first_remote_` is
// pushed on by any thread in a section; `owner_thread_` is the mutex holder's.
//
// Invariants.
//  1. A slab whose owner is this heap is the one in use of its cell, which then is in
//     no list, or in the list of its kind: partial, full or empty.
//  2. The one in use may be empty only if its cell's bit in `kept_` is set.
//  3. A cell has slabs only while its epoch's incarnation is ACTIVE.
//  4. `reserved_pages_`, which the store counts too, are those of the bits in `kept_`, those
//     in `empty` lists, and `room_pages_`: what may be kept empty besides. The owner moves
//     pages between the three; to have more or fewer takes the mutex.
#pragma once

#include <cstdint>

#include "heap/object.h"
#include "heap/reference_counts.h"
#include "heap/slab_list.h"
#include "memory/slab.h"
#include "stats/segment_write.h"
#include "sync/atomic.h"

namespace temporal_slab::heap {

inline constexpr std::uint32_t kHeapClasses = memory::kLargeClass;
static_assert(kHeapClasses <= stats::kMaxHeapClasses && kHeapClasses <= 32);

class Heap {
 public:
  Heap(std::uint32_t number, stats::HeapShard& its_shard)
      : number_(number), shard_(its_shard), references_(its_shard) {
    for (std::uint32_t cell = 0; cell < kCells; ++cell)
      words_[cell] = &its_shard.cells[0][0] + cell;
  }

  sync::Atomic<std::uint64_t>& turn() { return turn_; }
  // From 1 on: what `owner` of its slabs says.
  std::uint32_t number() const { return number_; }

  // The usual case of allocate(): no slab becomes full, or another one's turn comes.
  bool allocate_plainly(std::uint32_t epoch, std::uint32_t class_index, Object* out) {
    const std::uint32_t cell = cell_of(epoch, class_index);
    memory::Slab* const slab = in_use_[cell];
    if (slab == nullptr) [[unlikely]]
      return false;
    const std::uint64_t rest = slab->free_bits & (slab->free_bits - 1);
    if (rest == 0) [[unlikely]]
      return false;
    take(slab, *words_[cell], class_index, rest, out);
    return true;
  }
  // Puts an object into an epoch. False, and nothing done: there is no room in what
  // the heap owns there.
  bool allocate(std::uint32_t epoch, std::uint32_t class_index, Object* out) {
    memory::Slab* const slab = with_room(epoch, class_index);
    if (slab == nullptr) [[unlikely]]
      return false;
    take(slab, out);
    return true;
  }
  // The slab that the next object of a cell goes to; nullptr if none has room.
  memory::Slab* with_room(std::uint32_t epoch, std::uint32_t class_index) {
    memory::Slab* const slab = in_use(epoch, class_index);
    if (slab != nullptr && slab->free_bits != 0) return slab;
    return turn_over(epoch, class_index);
  }
  void take(memory::Slab* slab, Object* out);

  // The usual case of free(): the slab was not full, and does not become empty but
  // where it is in use and may stay so.
  bool free_plainly(memory::Slab* slab, std::uint32_t slot, memory::SlotWord word) {
    const std::uint64_t bits = slab->free_bits;
    if (bits == 0 || word.generation() == memory::kMaxGeneration) [[unlikely]]
      return false;
    const std::uint32_t cell = cell_of(slab->epoch, slab->class_index);
    stats::HeapCellWords& w = *words_[cell];
    const std::uint8_t live = slab->live;
    if (live == 1) {
      if (slab != in_use_[cell] || !keeps(*slab)) [[unlikely]]
        return false;
      stats::sub(w.partial_slabs, 1);
      stats::add(w.reclaimable_slabs, 1);
    }
    slab->set_word(slot, memory::SlotWord(word.generation() + 1, memory::SlotState::kFree));
    slab->free_bits = bits | std::uint64_t{1} << slot;
    slab->live = static_cast<std::uint8_t>(live - 1);
    stats::add(w.frees, 1);
    return true;
  }
  // Frees a live slot of an own slab. False, and nothing done: there is no room for
  // the slab to stay as an empty one, or the slot's generations are used up.
  bool free(memory::Slab* slab, std::uint32_t slot, memory::SlotWord word);

  // By any thread but the owner, in a section or with the mutex: frees the live slot
  // for the owner to collect.
  //   kFreed          the caller counts it
  //   kCountedBefore  it was counted already (slab.h, invariant 4)
  //   kLost           the word is not what it was: nothing was done
  enum class RemoteFree : std::uint8_t { kFreed, kCountedBefore, kLost };
  RemoteFree free_remotely(memory::Slab* slab, std::uint32_t slot, memory::SlotWord word,
                           std::uint64_t* retries);
  // A free of another heap's object, by this heap's thread.
  void count_remote_free(const memory::Slab& slab, std::uint64_t retries);

  ReferenceCounts& references() { return references_; }

  struct Lists {
    SlabList partial;
    SlabList full;
    SlabList empty;  // the last one in front
  };

 private:
  friend class Heaps;
  friend class SlabStore;

  memory::Slab* turn_over(std::uint32_t epoch, std::uint32_t class_index);
  void turn_kind(memory::Slab* slab, std::uint8_t live_before, bool full_before);
  bool may_empty(const memory::Slab& slab);
  void keep_in_use(const memory::Slab& slab);
  void put_empty(memory::Slab* slab);
  void take_empty(memory::Slab* slab);

  static constexpr std::uint32_t kStride = stats::kMaxHeapClasses;
  static constexpr std::uint32_t kCells = stats::kEpochCount * kStride;
  static std::uint32_t cell_of(std::uint32_t epoch, std::uint32_t class_index) {
    return epoch * kStride + class_index;
  }
  memory::Slab*& in_use(std::uint32_t epoch, std::uint32_t class_index) {
    return in_use_[cell_of(epoch, class_index)];
  }
  void take(memory::Slab* slab, stats::HeapCellWords& words, std::uint32_t class_index,
            std::uint64_t rest, Object* out);

  stats::HeapCellWords& words(const memory::Slab& slab) {
    return *words_[cell_of(slab.epoch, slab.class_index)];
  }
  stats::HeapClassWords& class_words(const memory::Slab& slab) {
    return shard_.classes[slab.class_index];
  }
  Lists& lists(const memory::Slab& slab) { return lists_[slab.epoch][slab.class_index]; }
  bool keeps(const memory::Slab& slab) const {
    return (kept_[slab.epoch] >> slab.class_index & 1) != 0;
  }

  alignas(64) sync::Atomic<std::uint64_t> turn_{0};
  const std::uint32_t number_;
  stats::HeapShard& shard_;
  std::uint32_t attached_ = 0;                      // epochs in which it may own slabs
  std::uint64_t owner_thread_ = 0;                  // 0: nobody's
  std::uint64_t lost_tid_ = 0;                      // of a thread whose end nobody is told of
  std::uint32_t kept_[stats::kEpochCount] = {};     // a bit a class
  std::uint32_t empties_[stats::kEpochCount] = {};  // a bit a class: its `empty` has slabs
  std::size_t reserved_pages_ = 0;
  std::size_t room_pages_ = 0;
  std::size_t empty_pages_ = 0;  // in `empty` lists
  ReferenceCounts references_;
  alignas(64) sync::Atomic<memory::Slab*> first_remote_{nullptr};
  alignas(64) memory::Slab* in_use_[kCells] = {};
  stats::HeapCellWords* words_[kCells];  // the shard's
  Lists lists_[stats::kEpochCount][kHeapClasses] = {};
};

// Takes the lowest free slot; `rest` are the others.
inline void Heap::take(memory::Slab* slab, stats::HeapCellWords& w, std::uint32_t class_index,
                       std::uint64_t rest, Object* out) {
  const std::uint32_t slot = base::lowest_bit(slab->free_bits);
  slab->free_bits = rest;
  const memory::SlotWord free = slab->word(slot);
  slab->set_word(slot, free.taken());
  const std::uint8_t live = slab->live;
  slab->live = static_cast<std::uint8_t>(live + 1);
  if (live == 0) {
    stats::sub(w.reclaimable_slabs, 1);
    stats::add(w.partial_slabs, 1);
  }
  stats::add(w.allocs, 1);
  out->address = slab->memory + std::size_t{slot} * memory::kSizeClasses[class_index].object_bytes;
  out->handle = memory::Handle::pack(slab->page, slot, free.bits());
}

inline void Heap::take(memory::Slab* slab, Object* out) {
  const std::uint64_t rest = slab->free_bits & (slab->free_bits - 1);
  take(slab, words(*slab), slab->class_index, rest, out);
  if (rest != 0) return;
  stats::sub(words(*slab).partial_slabs, 1);
  stats::add(words(*slab).full_slabs, 1);
  stats::add(class_words(*slab).list_move_partial_to_full, 1);
}

inline bool Heap::free(memory::Slab* slab, std::uint32_t slot, memory::SlotWord word) {
  const std::uint8_t live = slab->live;
  if (word.generation() == memory::kMaxGeneration) [[unlikely]]
    return false;
  if (live == 1 && !may_empty(*slab)) return false;
  slab->set_word(slot, memory::SlotWord(word.generation() + 1, memory::SlotState::kFree));
  const bool full = slab->free_bits == 0;
  slab->free_bits |= std::uint64_t{1} << slot;
  slab->live = static_cast<std::uint8_t>(live - 1);
  stats::add(words(*slab).frees, 1);
  if (live == 1 || full) [[unlikely]]
    turn_kind(slab, live, full);
  return true;
}

}  // namespace temporal_slab::heap
