// All slabs of one allocator: where objects are put and taken under the mutex, and what happens
// to the slabs of a whole epoch. A slab is in a heap (heap/heap.h), kept empty in the cache
// (heap/slab_cache.h), or of an incarnation that is gone and still has objects: carried.
//
// An empty slab leaves its epoch at once: for the stack of the thread's heap that emptied it,
// beyond retain_bytes too, or else for the cache. How much is kept empty of all is looked at when
// an epoch is left, and when a second has passed (R-2.2-6, R-2.2-7).
//
// Threads. The allocator's mutex guards everything; what it says of heaps, their
// sections do (heap/heaps.h).
//
// Invariants.
//  1. Every slab that stands is in a heap, or is carried, of an older era than its epoch's, and
//     in the list of those. Its owner then is nobody.
//  2. The segment's figures of a class in an epoch are what the epoch's own words and
//     all shards say together. A slab or an object is counted where it was met, so
//     that one word alone may be below zero.
//  3. Nothing is pending in the cache when a public member returns.
#pragma once

#include <cstddef>
#include <cstdint>

#include "heap/carried_eras.h"
#include "heap/heaps.h"
#include "heap/slab_cache.h"

namespace temporal_slab::heap {

class SlabStore {
 public:
  SlabStore(stats::Segment& segment, std::uint32_t allocator_number, std::size_t retain_bytes,
            std::size_t max_bytes);
  ~SlabStore();

  Heaps& heaps() { return heaps_; }

  // Puts an object of at most kMaxObjectBytes into an epoch's standing incarnation,
  // which is ACTIVE. ENOMEM. `zeroed`: its bytes are as the system gave them.
  Object allocate(std::size_t bytes, std::uint32_t epoch, bool* zeroed);

  Found find(std::uint64_t handle);
  Found find(const void* address);

  // Frees a slot that was found live. False: it is no longer what was found.
  bool free(const Found& found);

  // The slabs of a heap whose thread ends belong to nobody.
  void abandon(Heap& heap);

  // In the child of a fork, with all heaps stopped.
  void after_fork_in_child();

  // Before an epoch closes, or is opened, with all heaps stopped: none accepts objects there any
  // more, and no thread's has slabs.
  void take_from_heaps(std::uint32_t epoch);

  // A larger object needs no more than `bytes`: whole pages past that go back.
  void shrink(memory::Slab* slab, std::size_t bytes);

  // True while the slab belongs to the incarnation that stands.
  bool stands(const memory::Slab& slab) const { return slab.era == era_[slab.epoch()]; }

  // Sends the empty slabs of an epoch that is no longer ACTIVE away (R-2.2-6).
  // Returns how many bytes went back to the operating system.
  std::uint64_t drain();

  // Frees everything in an epoch's standing incarnation (R-2.2-9).
  struct Discarded {
    std::uint64_t objects;
    std::uint64_t given_back_bytes;
  };
  Discarded discard(std::uint32_t epoch);

  // The call that began then is about to return: its time is that of all closes since the last one.
  void add_close_time(std::uint64_t begun_ns);

  // An object was put into the epoch's standing incarnation, by whichever heap: it had a slab
  // there. All heaps are stopped.
  bool was_used(std::uint32_t epoch);

  // Of an epoch that no thread's heap has slabs in.
  std::uint64_t live_objects(std::uint32_t epoch);

  // A new incarnation is about to be opened, with all heaps stopped: what stands becomes
  // carried. Call before the ring opens it, with what is returned, and `opened` after.
  stats::CarriedFigures retire_incarnation(std::uint32_t epoch);
  void opened(std::uint32_t epoch, std::uint64_t era);

  // What is kept empty goes back.
  void trim();
  // If a second has passed since this was last done, half of what was not needed goes.
  void age(std::uint64_t now_ns);

 private:
  memory::Slab* find_slab(Heap& heap, std::uint32_t class_index, std::uint32_t epoch);
  memory::Slab* slab_when_short(std::uint32_t class_index, std::uint32_t epoch);
  Object allocate_larger(std::size_t bytes, std::uint32_t epoch, bool* zeroed);
  bool free_of_other(const Found& found);
  void free_carried(memory::Slab* slab, std::uint32_t slot);
  void collect_all();
  void take_empties(Heap& heap, std::size_t most_pages);
  void put_emptied();
  void put_away(memory::Slab* slab);
  std::size_t keep_within(std::size_t pages);
  std::size_t kept_pages();
  void end(memory::Slab* slab);
  void count_close();
  std::uint64_t live_objects(std::uint32_t epoch, std::uint32_t class_index);
  void count_slow_path(const Heap& heap, std::uint32_t class_index, std::uint32_t epoch);
  std::uint32_t epoch_count() const {
    return static_cast<std::uint32_t>(stats::get(segment_.header.epoch_count));
  }
  stats::CellWords& words(std::uint32_t epoch, std::uint32_t class_index) {
    return stats::standing_cell(segment_, epoch, class_index);
  }
  stats::Word& count(std::uint32_t class_index, stats::ClassCounter which) {
    return stats::counter(segment_, class_index, which);
  }
  stats::Word& large_bytes(const memory::Slab& slab);
  stats::CarriedFigures carried_figures(std::uint32_t epoch) const {
    return {carried_eras_[epoch].count(), carried_eras_[epoch].oldest_opened_ns()};
  }

  stats::Segment& segment_;
  SlabCache cache_;
  Heaps heaps_;
  SlabList carried_;
  CarriedEras carried_eras_[stats::kMaxEpochs];
  std::uint64_t era_[stats::kMaxEpochs] = {};
  const std::uint64_t created_ns_;  // when what was never opened began (R-2.2-1)
  std::uint64_t aged_ns_ = 0;
  std::size_t spare_pages_ = 0;  // that might have been kept besides when an epoch was last left
  ClosedSlabs met_;              // by a close that is under way
  std::uint32_t closed_classes_ = 0;  // a bit a class: a close met slabs, its time is still to come
};

}  // namespace temporal_slab::heap
