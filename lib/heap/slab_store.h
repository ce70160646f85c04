// All slabs of one allocator, by class and epoch: where objects are put and taken,
// how slabs are set up, drain and leave.
//
// An empty slab leaves its epoch at once, for the warm reserve while that and the
// empty slabs still attached are within retain_bytes, else for the operating
// system. The slab that an ACTIVE epoch allocates from may stay attached within
// the same bound; any class and epoch that finds the reserve empty takes it
// (R-2.2-7). What is kept empty takes the place of what is of another size only when
// it has to: when max_bytes leaves no room else.
//
// Threads. The allocator's mutex guards everything.
//
// Invariants.
//  1. Every slab is in the list of its kind in the cell of its class and epoch,
//     and the segment counts it there (cell.h).
//  2. The pages of warm and of attached empty slabs are <= retain_bytes.
//  3. Nothing is pending in the page heap when a public member returns.
#pragma once

#include <cstddef>
#include <cstdint>

#include "heap/cell.h"
#include "memory/page_heap.h"
#include "stats/segment_write.h"

namespace temporal_slab::heap {

inline constexpr std::uint32_t kEpochCount = stats::kEpochCount;

struct Object {
  void* address;  // nullptr: errno says why
  std::uint64_t handle;
};

// A slot that a handle or a pointer names, or why there is none.
struct Found {
  memory::Slab* slab;  // nullptr: see error
  std::uint32_t slot;
  int error;  // ESTALE: it was freed before; EINVAL: it never was this allocator's
};

class SlabStore final : private memory::GiveBackObserver {
 public:
  SlabStore(stats::Segment& segment, std::uint64_t allocator_id, std::size_t retain_bytes,
            std::size_t max_bytes);
  ~SlabStore();

  // Puts an object of at most kMaxObjectBytes into an epoch's standing incarnation,
  // which is ACTIVE. ENOMEM.
  Object allocate(std::size_t bytes, std::uint32_t epoch);

  Found find(std::uint64_t handle);
  Found find(const void* address);

  // Frees a live slot. A slab that becomes empty stays only if `may_stay`, which
  // is for ACTIVE epochs.
  void free(memory::Slab* slab, std::uint32_t slot, bool may_stay);

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
  void make_room(std::uint32_t pages);
  void send_away(memory::Slab* slab, SlabKind kind);
  std::uint64_t send_all_away(std::uint32_t class_index, std::uint32_t epoch, SlabKind kind);
  std::uint64_t close_slabs(std::uint32_t epoch, bool with_live_objects);
  void flush();
  // Whether so many empty pages more may be kept.
  bool may_retain(std::uint32_t pages) const {
    return attached_empty_pages_ + pages_.warm_pages() + pages <= retain_pages_;
  }
  stats::Word& large_bytes(const memory::Slab& slab);
  void on_call(std::uint32_t class_index, bool failed) override;
  void on_pages(std::uint32_t class_index, std::uint32_t pages) override;

  Cell& cell(const memory::Slab& slab) { return cells_[slab.epoch][slab.class_index]; }
  stats::CellWords& words(std::uint32_t epoch, std::uint32_t class_index) {
    return stats::standing_record(segment_, epoch).cells[class_index];
  }
  stats::Word& count(std::uint32_t class_index, stats::ClassCounter which) {
    return stats::counter(segment_, class_index, which);
  }

  stats::Segment& segment_;
  const std::size_t retain_pages_;
  memory::MetaArena meta_;
  memory::PageHeap pages_;
  Cell cells_[kEpochCount][memory::kClassCount];
  std::uint64_t era_[kEpochCount] = {};
  std::size_t attached_empty_pages_ = 0;
  std::uint64_t given_back_bytes_ = 0;
};

}  // namespace temporal_slab::heap
