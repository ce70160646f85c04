// A heap: slabs that one thread has in one allocator, so that it allocates and frees there with
// plain loads and stores. Heap 0 is whose the allocator's mutex is: what has no thread's heap is
// there, and all that is of epochs that are CLOSING.
//
// Threads. The owner works here in a section (heap/heaps.h), or while it holds the
// allocator's mutex; another thread while all heaps are stopped. `first_remote_` is
// pushed on by any thread in a section.
//
// Invariants.
//  1. A slab that stands and whose owner is this heap is the one in use of its cell, or in its
//     cell's list: `full` exactly if `owner` says so.
//  2. A cell has a slab in use only while its epoch accepts objects here (`accepts`), and a
//     thread's heap has slabs in an epoch only then.
//  3. A slab without busy slots is the one in use, or does not stand and is in a stack of empties.
//  4. An empty slab may be given to another cell when no thread can be about to set a bit of its
//     former cell's in `remote`: since it was emptied all heaps were stopped, or no other thread
//     had one (`Heaps::turn`, `Heaps::alone`).
#pragma once

#include <cstddef>
#include <cstdint>

#include "heap/cell.h"
#include "heap/reference_counts.h"
#include "memory/slab.h"
#include "stats/segment_write.h"
#include "sync/atomic.h"

namespace temporal_slab::heap {

inline constexpr std::uint32_t kMaxEpochs = stats::kMaxEpochs;
inline constexpr std::uint64_t kNoEra = ~std::uint64_t{0};
static_assert(memory::kClassCount == stats::kMaxHeapClasses && memory::kClassCount <= 32);

// What a close met of each class.
struct ClosedSlabs {
  std::uint32_t classes = 0;  // a bit each: there were slabs
  std::uint32_t scanned[memory::kClassCount] = {};
  std::uint32_t ended[memory::kClassCount] = {};

  void add(std::uint32_t class_index, bool has_ended) {
    classes |= std::uint32_t{1} << class_index;
    ++scanned[class_index];
    ended[class_index] += has_ended ? 1 : 0;
  }
};

// What a heap knows of the others.
struct HeapsWord {
  sync::Atomic<std::uint64_t> state{0};  // why sections are not plain: heaps.h
  sync::Atomic<std::uint32_t> turn{0};   // how often all were stopped
  sync::Atomic<std::uint32_t> alone{1};  // no more than one thread has a heap
};

class Heap {
 public:
  Heap(std::uint32_t number, stats::HeapShard& shard, const HeapsWord& others,
       std::uint64_t identity)
      : number_(static_cast<std::uint8_t>(number)),
        shard_(shard),
        others_(others),
        identity_(identity),
        references_(shard) {
    for (std::uint64_t& era : eras_) era = kNoEra;
  }

  sync::Atomic<std::uint8_t>& inside() { return inside_; }
  // Release pairs with the stopper's look: it sees the work.
  void leave_section() { inside_.store(0, sync::kRelease); }
  std::uint32_t number() const { return number_; }
  ReferenceCounts& references() { return references_; }

  // ---- objects ----
  // The usual case of allocate(): the cell has something to give.
  bool allocate_plainly(std::uint32_t cell_number, Object* out) {
    Cell& cell = cells_[cell_number];
    const std::uint64_t bits = cell.free_bits;
    if (bits == 0) [[unlikely]]
      return false;
    cell.take(bits, out);
    return true;
  }
  // Puts an object into an epoch. False, and nothing done: the heap has no room there.
  bool allocate(std::uint32_t epoch, std::uint32_t class_index, Object* out) {
    const std::uint32_t number = memory::cell_of(epoch, class_index);
    return (cells_[number].free_bits != 0 || refill(epoch, class_index)) &&
           allocate_plainly(number, out);
  }

  // The usual case of free(): the slab is the heap's, is not full, and does not become empty.
  bool free_plainly(memory::Slab* slab, std::uint32_t slot, std::uint32_t live_word) {
    if (slab->owner.load(sync::kRelaxed) != number_) [[unlikely]]
      return false;
    const std::uint64_t busy = slab->busy & ~(std::uint64_t{1} << slot);
    // The next generation, and free: 0 after the last one.
    const std::uint32_t free_word = live_word + kFromLiveToFree;
    if (busy == 0 || free_word == 0) [[unlikely]]
      return false;
    slab->atomic_word(slot).store(free_word, sync::kRelaxed);
    slab->busy = busy;
    stats::add_own(counted(slab->cell()).frees);
    return true;
  }
  // Frees a live slot of an own slab.
  void free(memory::Slab* slab, std::uint32_t slot) {
    stats::add_own(counted(slab->cell()).frees);
    put_slot(slab, slot);
  }

  // By any thread but the owner, in a section or with the mutex: frees the live slot
  // for the owner to collect.
  //   kFreed          the caller counts it, in this cell
  //   kCountedBefore  it was counted already (slab.h, invariant 3)
  //   kLost           the word is not what it was: nothing was done
  enum class RemoteFree : std::uint8_t { kFreed, kCountedBefore, kLost };
  RemoteFree free_remotely(memory::Slab* slab, std::uint32_t slot, memory::SlotWord word,
                           std::uint64_t* retries);
  // A free of another heap's object, by this heap's thread.
  void count_remote_free(std::uint32_t cell_number, std::uint64_t retries);

  // Takes in what other threads freed.
  void collect();
  bool has_to_collect() const { return first_remote_.load(sync::kRelaxed) != nullptr; }

  // ---- slabs: with the mutex, for the owner or while all are stopped ----
  // The epoch's standing incarnation is ACTIVE, and the heap may allocate in it.
  void accept(std::uint32_t epoch, std::uint64_t era) { eras_[epoch] = era; }
  bool accepts(std::uint32_t epoch) const { return eras_[epoch] != kNoEra; }
  bool accepts(std::uint32_t epoch, std::uint64_t era) const {
    return eras_[epoch] == era && era != kNoEra;
  }
  bool has_slab_in_use(std::uint32_t epoch, std::uint32_t class_index) const {
    return cells_[memory::cell_of(epoch, class_index)].slab != nullptr;
  }

  // A slab without owner, with room or full, is the heap's.
  void adopt(memory::Slab* slab);
  // All of the heap's slabs of an epoch become another heap's, but for empty ones; it accepts
  // no more objects there.
  void hand_over(std::uint32_t epoch, Heap& to, ClosedSlabs* met);
  // The epoch accepts no more objects; the slabs stay.
  void close(std::uint32_t epoch, ClosedSlabs* met);
  // A slab with room of a cell, for somebody who is short: it is nobody's until it is adopted.
  memory::Slab* give_up_partial(std::uint32_t epoch, std::uint32_t class_index);
  // What is in use and empty is so no more.
  void leave_empty_slabs();

  // A slab that stands ends, whatever lives in it, and is in no list any more.
  void end(memory::Slab* slab);
  // One that does not stand becomes one of the heap's empties, nobody looks at it.
  void put_empty(memory::Slab* slab);
  memory::Slab* pop_empty(std::uint32_t shape);
  // One of the shape of a class if there is one, else of as many pages.
  memory::Slab* pop_empty_for(std::uint32_t class_index);
  // By any thread with the mutex: while the owner works, of a moment ago.
  std::size_t empty_pages() const { return empty_pages_.load(sync::kRelaxed); }
  std::size_t in_use_pages() const { return in_use_pages_; }
  // The fewest empty pages since this was last asked for.
  std::size_t idle_pages();

  stats::HeapCellWords& counted(std::uint32_t cell_number) {
    return (&shard_.cells[0][0])[cell_number];
  }
  stats::HeapClassWords& class_words(std::uint32_t class_index) {
    return shard_.classes[class_index];
  }
  std::uint32_t used_classes(std::uint32_t epoch) const { return used_[epoch]; }
  void forget_used_classes(std::uint32_t epoch) { used_[epoch] = 0; }
  Cell& cell(std::uint32_t epoch, std::uint32_t class_index) {
    return cells_[memory::cell_of(epoch, class_index)];
  }

 private:
  friend class Heaps;

  static constexpr std::uint32_t kFromLiveToFree =
      memory::SlotWord(1, memory::SlotState::kFree).bits() -
      memory::SlotWord(0, memory::SlotState::kLive).bits();
  static constexpr std::uint32_t kCells = kMaxEpochs * memory::kClassCount;
  // Refills from empties between two looks at what the others may need.
  static constexpr std::uint32_t kRefillsWithoutMutex = 1024;

  bool refill(std::uint32_t epoch, std::uint32_t class_index);
  memory::Slab* next_partial(Cell& cell);
  memory::Slab* own_empty(std::uint32_t cell_number);
  void put_slot(memory::Slab* slab, std::uint32_t slot);
  void emptied(memory::Slab* slab);
  void put_full(Cell& cell, memory::Slab* slab);
  void put_empty(memory::Slab* slab, std::uint32_t turn);
  void use(Cell& cell, memory::Slab* slab);
  bool leave(Cell& cell);
  void add_empty_pages(std::size_t pages) {
    empty_pages_.store(empty_pages() + pages, sync::kRelaxed);
  }
  std::uint32_t shape_of(const memory::Slab& slab) const {
    return slab.is_large() || number_ == 0 ? 0 : memory::shape_of(slab.class_index());
  }

  // What each call of the thread writes.
  alignas(64) sync::Atomic<std::uint8_t> inside_{0};
  const std::uint8_t number_;
  stats::HeapShard& shard_;
  const HeapsWord& others_;
  const std::uint64_t identity_;
  std::uint64_t owner_thread_ = 0;  // 0: nobody's
  std::uint64_t lost_tid_ = 0;      // of a thread whose end nobody is told of
  sync::Atomic<std::size_t> empty_pages_{0};
  std::size_t fewest_empty_pages_ = 0;
  std::size_t in_use_pages_ = 0;
  std::uint32_t refills_ = 0;
  SlabStack empties_[memory::kShapeCount];  // of heap 0 the first one alone
  std::uint32_t used_[kMaxEpochs] = {};     // a bit a class that has had slabs
  std::uint64_t eras_[kMaxEpochs];          // of epochs that accept objects here
  ReferenceCounts references_;
  alignas(64) sync::Atomic<memory::Slab*> first_remote_{nullptr};
  // Not touched until an epoch is used: there is one for each class of 256 epochs, and what no ring
  // has takes no memory. So a heap is made in memory that is all zeroes, which is what a cell is at
  // first.
  union {
    Cell cells_[kCells];
  };
};

}  // namespace temporal_slab::heap
