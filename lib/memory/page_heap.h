// The pages of one allocator: fresh ones from its regions, those given back, and the way
// back to the operating system.
//
// Threads. The allocator's mutex guards everything.
//
// Invariants.
//  1. mapped_pages() counts the pages under slabs, standing or kept empty, and is never
//     above max_bytes.
//  2. A page is given back before it can be taken again: it waits in its region's
//     `pending` until flush has called madvise on it.
#pragma once

#include <cstddef>
#include <cstdint>

#include "memory/descriptors.h"
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

class PageHeap {
 public:
  PageHeap(std::uint32_t owner, std::size_t max_bytes);
  ~PageHeap();
  PageHeap(const PageHeap&) = delete;
  PageHeap& operator=(const PageHeap&) = delete;

  // Tells whether so many pages more stay within max_bytes.
  bool has_room(std::uint32_t pages) const {
    return mapped_pages_ <= max_pages_ && pages <= max_pages_ - mapped_pages_;
  }

  // Takes a run of pages that are not resident, and read as zeroes; nullptr with ENOMEM if
  // there is none to be had within max_bytes. `alignment` in pages; more than
  // kMaxSharedRun are aligned to a region.
  std::byte* take(std::uint32_t pages, std::uint32_t alignment);

  // The pages of a run say whose it is from here on.
  void name(const Slab* slab);

  // Gives a run back with the next flush; its pages name no slab from here on.
  void put(std::byte* run, std::uint32_t pages, std::uint32_t class_index);

  // The slab of a larger object keeps its first `pages` alone; the others are given back at
  // once.
  void cut(Slab* slab, std::uint32_t pages, GiveBackObserver& observer);

  // Gives back everything pending, with one call for each run of neighbours.
  void flush(GiveBackObserver& observer);

  bool has_pending() const { return pending_pages_ != 0; }
  std::size_t mapped_pages() const { return mapped_pages_; }

  // The allocator has, or had, a slab at this address.
  bool was_used(const void* address) const;
  // What the page there says; nullptr: no slab. A larger object's need not be kept apart from
  // its first page.
  Slab* slab_at(const void* address) const;

 private:
  Region& region_of(const void* page) const { return *find_region(owner_, page); }
  Region* add_region(std::size_t bytes, bool one_run);
  Region* region_with(std::uint32_t pages, std::uint32_t alignment, std::uint32_t* index);
  Region* region_of_one_run(std::uint32_t pages);
  void flush(Region& region, GiveBackObserver& observer);
  void flush_one_run(Region& region, GiveBackObserver& observer);

  const std::uint32_t owner_;
  const std::size_t max_pages_;
  Region* regions_ = nullptr;
  std::size_t mapped_pages_ = 0;
  std::size_t pending_pages_ = 0;
};

}  // namespace temporal_slab::memory
