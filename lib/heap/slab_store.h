// All slabs of one allocator, by class and epoch: where objects are put and taken,
// how slabs are set up, drain and leave. A slab is in a cell of the store, or of the
// heap of a thread (heap/heap.h); what a heap cannot do itself is done here.
//
// An empty slab leaves its epoch at once, for the warm reserve while that and the
// empty slabs still attached are within retain_bytes, else for the operating
// system. The slab that an ACTIVE epoch allocates from may stay attached within
// the same bound; any class and epoch that finds the reserve empty takes it
// (R-2.2-7). What is kept empty takes the place of what is of another size only when
// it has to: when max_bytes leaves no room else.
//
// Threads. The allocator's mutex guards everything; what it says of heaps, their
// sections do (heap/heaps.h).
//
// Invariants.
//  1. Every slab without owner is in the list of its kind in the cell of its class
//     and epoch.
//  2. The segment's figures of a class in an epoch are what the epoch's own words and
//     all shards say together. A slab or an object is counted where it was met, so
//     that one word alone may be below zero.
//  3. The pages of warm slabs, of attached empty ones and those that heaps have or may
//     keep empty are <= retain_bytes.
//  4. Nothing is pending in the page heap when a public member returns.
//  5. A descriptor is used again only when every section that may have found its slab
//     is over: until then it waits in `limbo_`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include "heap/cell.h"
#include "heap/heaps.h"
#include "memory/page_heap.h"
#include "stats/segment_write.h"

namespace temporal_slab::heap {

inline constexpr std::uint32_t kEpochCount = stats::kEpochCount;

class SlabStore final : private memory::GiveBackObserver {
 public:
  SlabStore(stats::Segment& segment, std::uint64_t allocator_id, std::size_t retain_bytes,
            std::size_t max_bytes);
  ~SlabStore();

  Heaps& heaps() { return heaps_; }

  // Puts an object of at most kMaxObjectBytes into an epoch's standing incarnation,
  // which is ACTIVE; by the thread whose heap the holder's is. ENOMEM.
  Object allocate(std::size_t bytes, std::uint32_t epoch);

  Found find(std::uint64_t handle);
  Found find(const void* address);

  // Frees a slot that was found live. A slab that becomes empty stays only if
  // `may_stay`, which is for ACTIVE epochs. False: it is no longer what was found.
  bool free(const Found& found, bool may_stay);

  // The slabs of a heap whose thread ends belong to nobody.
  void abandon(Heap& heap);

  // In the child of a fork, with all heaps stopped.
  void after_fork_in_child();

  // Before an epoch closes, or is opened: no heap has slabs in it any more.
  void take_from_heaps(std::uint32_t epoch);

  // A larger object needs no more than `bytes`: whole pages past that go back.
  void shrink(memory::Slab* slab, std::size_t bytes);

  // True while the slab belongs to the incarnation that stands.
  bool stands(const memory::Slab& slab) const { return slab.era == era_[slab.epoch]; }

  // Sends the empty slabs of an epoch that is no longer ACTIVE away (R-2.2-6).
  // Returns how many bytes went back to the operating system.
  std::uint64_t drain(std::uint32_t epoch);

  // Frees everything in an epoch's standing incarnation (R-2.2-9).
  struct Discarded {
    std::uint64_t objects;
    std::uint64_t given_back_bytes;
  };
  Discarded discard(std::uint32_t epoch);

  // The call that began then is about to return: its time is that of all closes since the last one.
  void add_close_time(std::uint64_t begun_ns);

  std::uint64_t live_objects(std::uint32_t epoch);

  // A new incarnation is about to be opened: what stands becomes carried. Call
  // before the ring opens it, and `opened` after.
  void retire_incarnation(std::uint32_t epoch);
  void opened(std::uint32_t epoch, std::uint64_t era) { era_[epoch] = era; }

  memory::MetaArena& meta() { return meta_; }

 private:
  memory::Slab* slab_with_room(std::uint32_t class_index, std::uint32_t epoch);
  memory::Slab* new_slab(std::uint32_t class_index, std::uint32_t epoch, std::uint32_t pages);
  memory::PageNumber take_run(std::uint32_t class_index, std::uint32_t pages);
  void steal_empty_slab(std::uint32_t kind);
  void steal_from_heaps(std::uint32_t kind);
  void make_room(std::uint32_t pages);
  Object allocate_in(Heap& heap, std::uint32_t class_index, std::uint32_t epoch);
  memory::Slab* slab_when_short(std::uint32_t class_index, std::uint32_t epoch);
  memory::Slab* take_with_room(std::uint32_t class_index, std::uint32_t epoch);
  void empty_heaps();
  memory::Slab* slab_for(Heap& heap, std::uint32_t class_index, std::uint32_t epoch);
  bool free_of_other(const Found& found);
  void free_own(Heap& heap, memory::Slab* slab, std::uint32_t slot);
  void put_slot(Heap& heap, memory::Slab* slab, std::uint32_t slot);
  bool may_keep(Heap& heap, const memory::Slab& slab);
  void reserve(Heap& heap, std::size_t pages);
  bool find_room(Heap& heap, std::uint32_t pages);
  void give_up_room(Heap& heap, std::size_t pages);
  void keep_no_more(Heap& heap, std::uint32_t epoch, std::uint32_t class_index);
  void warm_older_half(Heap& heap, std::uint32_t epoch);
  void collect(Heap& heap);
  void collect_all();
  void take_from(Heap& heap, std::uint32_t epoch);
  void take_in(memory::Slab* slab, SlabKind kind);
  void send_away_kept(Heap& heap);
  void send_away_empties(Heap& heap, std::uint32_t epoch);
  void send_away_owned(Heap& heap, memory::Slab* slab, SlabKind kind);
  void end_owned(Heap& heap, memory::Slab* slab, SlabKind kind);
  void send_away(memory::Slab* slab, SlabKind kind);
  void part_with(memory::Slab* slab);
  void let_go(memory::Slab* descriptor);
  void empty_limbo();
  std::uint64_t live_objects(std::uint32_t epoch, std::uint32_t class_index);
  std::uint64_t send_all_away(std::uint32_t class_index, std::uint32_t epoch, SlabKind kind);
  std::uint64_t close_slabs(std::uint32_t epoch, bool with_live_objects);
  void flush();
  // Whether so many empty pages more may be kept.
  bool may_retain(std::size_t pages) const {
    return attached_empty_pages_ + kept_pages_ + pages_.warm_pages() + pages <= retain_pages_;
  }
  stats::Word& large_bytes(const memory::Slab& slab);
  void on_call(std::uint32_t class_index, bool failed) override;
  void on_pages(std::uint32_t class_index, std::uint32_t pages) override;

  Cell& cell(const memory::Slab& slab) { return cells_[slab.epoch][slab.class_index]; }
  stats::CellWords& words(std::uint32_t epoch, std::uint32_t class_index) {
    return stats::standing_cell(segment_, epoch, class_index);
  }
  stats::Word& count(std::uint32_t class_index, stats::ClassCounter which) {
    return stats::counter(segment_, class_index, which);
  }

  stats::Segment& segment_;
  const std::size_t retain_pages_;
  memory::MetaArena meta_;
  memory::PageHeap pages_;
  Heaps heaps_;
  Cell cells_[kEpochCount][memory::kClassCount];
  std::uint64_t era_[kEpochCount] = {};
  std::size_t attached_empty_pages_ = 0;
  std::size_t kept_pages_ = 0;  // that heaps have or may keep empty
  // Pages taken from the system since what others keep empty was last asked for.
  std::size_t cold_pages_since_ = std::numeric_limits<std::size_t>::max() / 2;
  memory::Slab* limbo_ = nullptr;
  std::uint32_t limbo_size_ = 0;
  std::uint64_t given_back_bytes_ = 0;
  std::uint32_t closed_classes_ = 0;  // a bit a class: a close met slabs, its time is still to come
};

}  // namespace temporal_slab::heap
