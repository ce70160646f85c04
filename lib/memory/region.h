// A region: at most 64 MiB of address space cut into pages.
//
// An object that would take more than half of one has a region of its own, whose
// memory is as long as it needs. There page 0 stands for all pages.
//
// Threads. The owning allocator's mutex guards everything.
//
// Invariant. A page below `fresh` is in exactly one place: under a slab, standing or kept
// empty, in `free` (given back), or in `pending` (to be given back).
#pragma once

#include <cstddef>
#include <cstdint>

#include "memory/region_directory.h"
#include "memory/run_set.h"
#include "memory/size_class.h"

namespace temporal_slab::memory {

static_assert(kPagesPerRegion * std::size_t{kPageBytes} == kRegionBytes);

// Runs of more pages get a region of their own.
inline constexpr std::uint32_t kMaxSharedRun = kPagesPerRegion / 2;

struct Region {
  std::byte* memory;
  std::size_t memory_bytes;  // up to kRegionBytes, or a multiple of them
  bool one_run;              // a region of one object's own
  std::uint32_t number;
  Region* next;                 // of the same allocator
  std::uint32_t fresh;          // pages from here on were never used
  std::uint32_t in_use;         // pages under slabs, standing or kept
  std::uint32_t words_touched;  // of the table: those from here on nobody touched
  RunSet<kPagesPerRegion> free;
  RunSet<kPagesPerRegion> pending;

  std::uint32_t pages() const { return static_cast<std::uint32_t>(memory_bytes / kPageBytes); }
  std::uint32_t index_of(const std::byte* page) const {
    return one_run
               ? 0
               : static_cast<std::uint32_t>(static_cast<std::size_t>(page - memory) / kPageBytes);
  }
  std::byte* page_memory(std::uint32_t index) const {
    return memory + std::size_t{index} * kPageBytes;
  }
  PageWord& word(std::uint32_t index) const { return page_table(number)[index]; }
};

}  // namespace temporal_slab::memory
