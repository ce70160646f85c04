// The process-wide page table's upper level: which region of pages lies at an
// address, which one has a number, and which allocator owns it. It lets any
// number of allocators refuse each other's handles and pointers (R-2.1-5)
// without a lock that they share.
//
// Threads. Any. A region's slot is claimed by one compare-and-swap of its owner.
// Invariants.
//  1. A slot's `region` and `base` are read only by the allocator that owns it,
//     under that allocator's mutex: `owner` is the one word that others look at.
//  2. The tables have a fixed size, so nobody sees them grow.
//  3. A slot's `floor` survives its owners: pages of the next region under the
//     same number start from generations that no handle has had.
#pragma once

#include <cstddef>
#include <cstdint>

#include "memory/handle.h"
#include "sync/atomic.h"

namespace temporal_slab::memory {

struct Region;

inline constexpr std::size_t kRegionBytes = std::size_t{64} << 20;
inline constexpr std::uint32_t kPagesPerRegion = kRegionBytes / 4096;
inline constexpr std::uint32_t kMaxRegions = (1u << kPageNumberBits) / kPagesPerRegion;

struct RegionSlot {
  sync::Atomic<std::uint64_t> owner{0};  // an allocator's id; 0: nobody's
  sync::Atomic<Region*> region{nullptr};
  sync::Atomic<std::uint32_t> floor{0};
};

// A number that no other allocator of this process has or had.
std::uint64_t new_allocator_id();

// Claims a slot for an owner. kMaxRegions: all are taken.
std::uint32_t claim_region_slot(std::uint64_t owner);

// Lets addresses of the region be found, from here until it is released. `bytes`
// is a multiple of kRegionBytes.
void publish_region(std::uint32_t number, Region* region, std::byte* memory, std::size_t bytes);

// Takes the region out; its pages' next tenants start at `floor`. When the
// floor is used up the slot is never claimed again. `memory` as it was published;
// nullptr if it was not.
void release_region_slot(std::uint32_t number, std::byte* memory, std::size_t bytes,
                         std::uint32_t floor);

std::uint32_t region_slot_floor(std::uint32_t number);

// The owner's region with this number, or at this address; nullptr if the owner
// has none there.
Region* find_region(std::uint64_t owner, std::uint32_t number);
Region* find_region(std::uint64_t owner, const void* address);

}  // namespace temporal_slab::memory
