// The pages of one allocator: fresh ones from its regions, a warm reserve of
// empty ones kept resident, and the way back to the operating system.
//
// Threads. The allocator's mutex guards everything.
//
// Invariants.
//  1. mapped_pages() counts the pages under slabs and the warm ones, and is never
//     above max_bytes.
//  2. A page is given back before it can be taken again: it waits in its region's
//     `pending` until flush has called madvise on it.
#pragma once

#include <cstddef>
#include <cstdint>

#include "memory/region.h"

namespace temporal_slab::memory {

// Hears what giving back cost, per class of the pages.
class GiveBackObserver {
 public:
  virtual void on_call(std::uint32_t class_index, bool failed) = 0;
  virtual void on_pages(std::uint32_t class_index, std::uint32_t pages) = 0;

 protected:
  ~GiveBackObserver() = default;
};

// Warm runs of one kind, last in, first out.
struct WarmStack {
  PageNumber top = kNoPage;
  std::size_t runs = 0;
};

class PageHeap {
 public:
  PageHeap(std::uint64_t owner, std::size_t max_bytes);
  ~PageHeap();
  PageHeap(const PageHeap&) = delete;
  PageHeap& operator=(const PageHeap&) = delete;

  // Takes a run of a kind out of the warm reserve: its first page; kNoPage if there
  // is none.
  PageNumber take_warm(std::uint32_t kind);

  // Tells whether so many pages more stay within max_bytes.
  bool has_room(std::uint32_t pages) const {
    return mapped_pages_ <= max_pages_ && pages <= max_pages_ - mapped_pages_;
  }

  // Takes a run of pages that are not resident; kNoPage with ENOMEM if there is
  // none to be had within max_bytes. `alignment` in pages; more than kMaxSharedRun
  // are aligned to a region.
  PageNumber take_cold(std::uint32_t pages, std::uint32_t alignment);

  // A slab now stands on a run that was taken.
  void slab_arrived(Slab* slab);

  // The slab keeps its first `pages` alone; the others are given back at once.
  void cut(Slab* slab, std::uint32_t pages, GiveBackObserver& observer);

  // The slab is gone; the slots of the next one on its first page start from
  // `floor`. Then the run goes to one of two places:
  void slab_left(const Slab& slab, std::uint32_t floor);
  // the warm reserve, resident as it is, which a page whose generations are used
  // up may not;
  void put_warm(PageNumber first, std::uint32_t kind);
  // or back to the operating system, with the next flush. A page whose generations
  // are used up is not taken again.
  void put_pending(PageNumber first, std::uint32_t pages);

  // Gives back everything pending, with one call for each run of neighbours.
  void flush(GiveBackObserver& observer);

  bool has_pending() const { return pending_pages_ != 0; }
  bool has_warm(std::uint32_t kind) const { return warm_[kind].runs != 0; }
  std::size_t warm_pages() const { return warm_pages_; }
  std::size_t mapped_pages() const { return mapped_pages_; }

  // What stands at a page number that a handle names.
  struct Lookup {
    bool used;                 // false: this allocator never had a slab there
    Slab* slab;                // nullptr: there is none now
    std::uint32_t floor;       // smaller generations were handed out before
    std::uint32_t base_floor;  // smaller ones by another allocator
  };
  Lookup look_up(PageNumber page) const;

  // Where an address lies.
  struct Place {
    bool used;
    Slab* slab;
    std::size_t offset_bytes;  // into the slab
  };
  Place place_of(const void* address) const;

  // These take pages that this allocator uses.
  std::byte* page_memory(PageNumber page) { return region_of(page).page_memory(index_of(page)); }
  std::uint32_t floor_of(PageNumber page) { return region_of(page).floor_of(index_of(page)); }
  // The class that a page without a slab last served.
  std::uint32_t last_class_of(PageNumber page) { return entry(page).class_index(); }

 private:
  static std::uint32_t index_of(PageNumber page) { return page % kPagesPerRegion; }
  Region& region_of(PageNumber page);
  PageEntry& entry(PageNumber page) { return region_of(page).entries[index_of(page)]; }
  Region* add_region(std::size_t bytes, bool one_run);
  Region* region_with(std::uint32_t pages, std::uint32_t alignment, std::uint32_t* index);
  Region* region_of_one_run(std::uint32_t pages);
  void flush(Region& region, GiveBackObserver& observer);
  void flush_one_run(Region& region, GiveBackObserver& observer);

  const std::uint64_t owner_;
  const std::size_t max_pages_;
  Region* regions_ = nullptr;
  WarmStack warm_[kRunKindCount];
  std::size_t warm_pages_ = 0;
  std::size_t mapped_pages_ = 0;
  std::size_t pending_pages_ = 0;
};

}  // namespace temporal_slab::memory
