// The process-wide page table's upper level: which region of pages lies at an
// address, which one has a number, and which allocator owns it. It lets any
// number of allocators refuse each other's handles and pointers (R-2.1-5)
// without a lock that they share.
//
// Threads. Any. A region's slot is claimed by one compare-and-swap of its owner.
// Invariants.
//  1. A slot's `region` is read only by the allocator that owns it: `owner` is the
//     one word that others look at. Both are acquire, and what they pair with is in
//     the .cc.
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

// On a line of its own: each free reads its region's.
struct alignas(64) RegionSlot {
  sync::Atomic<std::uint64_t> owner{0};  // an allocator's id; 0: nobody's
  sync::Atomic<Region*> region{nullptr};
  sync::Atomic<std::uint32_t> floor{0};
};

// A number that no other allocator of this process has or had.
std::uint64_t new_allocator_id();

// Claims a slot for an owner. kMaxRegions: all are taken.
std::uint32_t claim_region_slot(std::uint64_t owner);

// Lets the region and its addresses be found, from here until it is released: it is
// complete. `bytes` is a multiple of kRegionBytes.
void publish_region(std::uint32_t number, Region* region, std::byte* memory, std::size_t bytes);

// Takes the region out; its pages' next tenants start at `floor`. When the
// floor is used up the slot is never claimed again. `memory` as it was published;
// nullptr if it was not.
void release_region_slot(std::uint32_t number, std::byte* memory, std::size_t bytes,
                         std::uint32_t floor);

std::uint32_t region_slot_floor(std::uint32_t number);

namespace internal {

inline constexpr std::uint32_t kAddressBits = 48;
inline constexpr std::uint32_t kRegionShift = 26;
static_assert(std::size_t{1} << kRegionShift == kRegionBytes);

// Both lie in zeroed pages that stay untouched until a region needs them.
extern RegionSlot slots[kMaxRegions];
// The region's number + 1; 0: none.
extern sync::Atomic<std::uint16_t> by_address[std::size_t{1} << (kAddressBits - kRegionShift)];

}  // namespace internal

// The owner's region with this number, or at this address; nullptr if the owner
// has none there. Any thread may ask.
inline Region* find_region(std::uint64_t owner, std::uint32_t number) {
  if (number >= kMaxRegions) return nullptr;
  const RegionSlot& slot = internal::slots[number];
  return slot.owner.load(sync::kAcquire) == owner ? slot.region.load(sync::kAcquire) : nullptr;
}
inline Region* find_region(std::uint64_t owner, const void* address) {
  const auto bits = reinterpret_cast<std::uintptr_t>(address);
  if (bits >> internal::kAddressBits != 0) return nullptr;
  const std::uint32_t number_plus_one =
      internal::by_address[bits >> internal::kRegionShift].load(sync::kRelaxed);
  return number_plus_one == 0 ? nullptr : find_region(owner, number_plus_one - 1);
}

}  // namespace temporal_slab::memory
