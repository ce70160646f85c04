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
  virtual void on_page(std::uint32_t class_index) = 0;

 protected:
  ~GiveBackObserver() = default;
};

class PageHeap {
 public:
  PageHeap(std::uint64_t owner, std::size_t max_bytes);
  ~PageHeap();
  PageHeap(const PageHeap&) = delete;
  PageHeap& operator=(const PageHeap&) = delete;

  // Takes a page out of the warm reserve; kNoPage if there is none.
  PageNumber take_warm();

  // Takes a page that is not resident; kNoPage with ENOMEM if there is none to
  // be had within max_bytes.
  PageNumber take_cold();

  // A slab now stands on a page that was taken.
  void slab_arrived(PageNumber page, Slab* slab);

  // The slab is gone; the slots of the page's next one start from `floor`. Then
  // the page goes to one of two places:
  void slab_left(PageNumber page, std::uint32_t class_index, std::uint32_t floor);
  // the warm reserve, resident as it is, which a page whose generations are used
  // up may not;
  void put_warm(PageNumber page);
  // or back to the operating system, with the next flush. A page whose generations
  // are used up is not taken again.
  void put_pending(PageNumber page);

  // Gives back everything pending, with one call for each run of neighbours.
  void flush(GiveBackObserver& observer);

  bool has_pending() const { return pending_pages_ != 0; }
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
    std::uint32_t offset_bytes;
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
  Region* add_region();
  void flush(Region& region, GiveBackObserver& observer);

  const std::uint64_t owner_;
  const std::size_t max_pages_;
  Region* regions_ = nullptr;
  PageNumber warm_top_ = kNoPage;
  std::size_t warm_pages_ = 0;
  std::size_t mapped_pages_ = 0;
  std::size_t pending_pages_ = 0;
};

}  // namespace temporal_slab::memory
