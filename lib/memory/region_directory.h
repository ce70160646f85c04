// The process-wide table of pages: which descriptor the slab has that stands at an address.
// So any number of allocators refuse each other's pointers (R-2.1-5) without a lock that
// they share: what the table names says itself whose it is (descriptors.h).
//
//   address >> 26 -> number of the region (0: none) -> its table -> granule
//
// Threads. Any. A number is claimed by one compare-and-swap of its owner.
// Invariants.
//  1. All tables may be read from the start, and stay: that of number 0 is empty.
//  2. A page's word is the granule of a standing slab's descriptor, or below kChunkGranules,
//     where no descriptor is: then it is 0, or the class that the page last served + 1.
//  3. `region` is its owner's: others look at tables alone.
#pragma once

#include <cstddef>
#include <cstdint>

#include "memory/handle.h"
#include "sync/atomic.h"

namespace temporal_slab::memory {

struct Region;

inline constexpr std::size_t kRegionBytes = std::size_t{64} << 20;
inline constexpr std::uint32_t kPagesPerRegion = kRegionBytes / 4096;
inline constexpr std::uint32_t kMaxRegions = 16384;

using PageWord = sync::Atomic<Granule>;

// Once in a process. False with ENOMEM.
bool reserve_page_tables();
// For good.
void release_page_tables();

// Claims a number for an owner, with an empty table; 0: there is none to be had.
std::uint32_t claim_region(std::uint32_t owner);

// Lets the region's pages be found, from here until it is released. `bytes` is rounded up to
// kRegionBytes.
void publish_region(std::uint32_t number, Region* region, std::byte* memory, std::size_t bytes);

// `memory` as it was published; nullptr if it was not.
void release_region(std::uint32_t number, std::byte* memory, std::size_t bytes);

namespace internal {

inline constexpr std::uint32_t kAddressBits = 48;
inline constexpr std::uint32_t kRegionShift = 26;
static_assert(std::size_t{1} << kRegionShift == kRegionBytes);

// The region's number; 0: none. Lies in zeroed pages that stay untouched until a region
// needs them.
extern sync::Atomic<std::uint16_t> by_address[std::size_t{1} << (kAddressBits - kRegionShift)];
extern PageWord* page_tables;
extern sync::Atomic<Region*> regions[kMaxRegions];
extern sync::Atomic<std::uint32_t> owners[kMaxRegions];

}  // namespace internal

inline PageWord* page_table(std::uint32_t region_number) {
  return internal::page_tables + std::size_t{region_number} * kPagesPerRegion;
}

inline std::uint32_t region_number_of(const void* address) {
  const auto bits = reinterpret_cast<std::uintptr_t>(address);
  if (bits >> internal::kAddressBits != 0) [[unlikely]]
    return 0;
  return internal::by_address[bits >> internal::kRegionShift].load(sync::kRelaxed);
}

// What the page at an address says; any thread may ask.
inline Granule granule_at(const void* address) {
  const auto bits = reinterpret_cast<std::uintptr_t>(address);
  return page_table(region_number_of(address))[bits / 4096 % kPagesPerRegion].load(sync::kAcquire);
}

// The owner's region at this address; nullptr if it has none there.
inline Region* find_region(std::uint32_t owner, const void* address) {
  const std::uint32_t number = region_number_of(address);
  return internal::owners[number].load(sync::kAcquire) == owner
             ? internal::regions[number].load(sync::kAcquire)
             : nullptr;
}

}  // namespace temporal_slab::memory
