// A region: 64 MiB of address space cut into pages, and the lower level of the
// page table, which says for each page which slab stands on it.
//
// An object that would take more than half of one has a region of its own, whose
// memory is as long as it needs. There page 0 stands for all pages.
//
// Threads. The owning allocator's mutex guards everything. Others only ask entries
// for slabs: acquire, so that they see the slab as it was set up.
//
// Invariants.
//  1. A page below `fresh` is in exactly one place: under a slab, in the warm
//     stack, in `free` (given back), in `pending` (to be given back), or retired.
//  2. A page's floor is above every generation that a handle of the page's former
//     slabs has had. (A handle names the first page of its slab.)
//  3. Every page of a slab's run names the slab.
#pragma once

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>

#include "memory/region_directory.h"
#include "memory/run_set.h"
#include "memory/slab.h"

namespace temporal_slab::memory {

// What is known of a page in one word: the slab on it (odd), or, when there is none,
// the class that it last served and the next page of the warm stack.
class PageEntry {
 public:
  Slab* slab() const {
    const std::uint64_t bits = bits_.load(sync::kAcquire);
    if ((bits & 1) == 0) return nullptr;
    auto* const slab = reinterpret_cast<Slab*>(bits - 1);
    assert(slab != nullptr);
    if (slab == nullptr) __builtin_unreachable();
    return slab;
  }
  std::uint32_t class_index() const { return static_cast<std::uint32_t>(bits() >> 1 & 31); }
  PageNumber next_warm() const { return static_cast<PageNumber>(bits() >> 6); }

  void set_slab(Slab* slab) {
    bits_.store(reinterpret_cast<std::uintptr_t>(slab) | 1, sync::kRelease);
  }
  void set_no_slab(std::uint32_t class_number) {
    bits_.store(std::uint64_t{class_number} << 1, sync::kRelaxed);
  }
  void set_next_warm(PageNumber page) {
    bits_.store((bits() & 62) | std::uint64_t{page} << 6, sync::kRelaxed);
  }

 private:
  std::uint64_t bits() const { return bits_.load(sync::kRelaxed); }

  sync::Atomic<std::uint64_t> bits_{0};
};
static_assert(sizeof(PageEntry) == 8 && alignof(Slab) > 1 && kClassCount <= 32);

// Runs of more pages get a region of their own.
inline constexpr std::uint32_t kMaxSharedRun = kPagesPerRegion / 2;

struct Region {
  std::byte* memory;
  std::size_t memory_bytes;  // a multiple of kRegionBytes
  bool one_run;              // a region of one object's own
  std::uint32_t number;
  std::uint32_t base_floor;  // of pages whose own floor is smaller
  Region* next;              // of the same allocator
  // From here on changes what frees, which read the above, do not look at.
  alignas(64) std::uint32_t fresh;  // pages from here on were never used
  std::uint32_t in_use;             // pages under slabs or warm
  std::uint32_t entries_touched;    // entries from here on are zeroes that nobody touched
  RunSet<kPagesPerRegion> free;
  RunSet<kPagesPerRegion> pending;
  std::uint32_t floors[kPagesPerRegion];  // outlive the slabs
  // Mean nothing while no page is in use: their memory is then given back.
  alignas(kPageBytes) PageEntry entries[kPagesPerRegion];

  PageNumber page_number(std::uint32_t index) const { return number * kPagesPerRegion + index; }
  std::byte* page_memory(std::uint32_t index) const {
    return memory + std::size_t{index} * kPageBytes;
  }
  // The generation that the slots of the page's next slab start from.
  std::uint32_t floor_of(std::uint32_t index) const { return std::max(floors[index], base_floor); }

  // For any thread: the slab at an address of the region.
  Slab* slab_at(const void* address) const {
    const auto offset = static_cast<std::size_t>(static_cast<const std::byte*>(address) - memory);
    return entries[one_run ? 0 : offset / kPageBytes].slab();
  }
};

}  // namespace temporal_slab::memory
