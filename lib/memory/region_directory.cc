#include "memory/region_directory.h"

#include <algorithm>

namespace temporal_slab::memory {

RegionSlot internal::slots[kMaxRegions];
sync::Atomic<std::uint16_t>
    internal::by_address[std::size_t{1} << (internal::kAddressBits - internal::kRegionShift)];

namespace {

using internal::by_address;
using internal::kAddressBits;
using internal::kRegionShift;
using internal::slots;

constexpr std::uint64_t kUsedUp = ~std::uint64_t{0};  // no allocator's id

// Below this number slots are likely taken; only a hint.
sync::Atomic<std::uint32_t> first_free_hint{0};
sync::Atomic<std::uint64_t> last_allocator_id{0};

sync::Atomic<std::uint16_t>* address_entry(const void* address) {
  const auto bits = reinterpret_cast<std::uintptr_t>(address);
  if (bits >> kAddressBits != 0) return nullptr;
  return &by_address[bits >> kRegionShift];
}

// Relaxed: whoever follows an entry first compares the slot's owner with its own
// id, and only the owner goes on to the region.
void set_entries(const std::byte* memory, std::size_t bytes, std::uint16_t value) {
  for (std::size_t offset = 0; offset < bytes; offset += kRegionBytes)
    address_entry(memory + offset)->store(value, sync::kRelaxed);
}

}  // namespace

std::uint64_t new_allocator_id() { return last_allocator_id.fetch_add(1, sync::kRelaxed) + 1; }

std::uint32_t claim_region_slot(std::uint64_t owner) {
  const std::uint32_t start = first_free_hint.load(sync::kRelaxed);
  for (std::uint32_t i = 0; i < kMaxRegions; ++i) {
    const std::uint32_t number = (start + i) % kMaxRegions;
    std::uint64_t nobody = 0;
    // Acquire pairs with the release in release_region_slot: the claimer sees
    // the floor that the last owner left.
    if (slots[number].owner.load(sync::kRelaxed) == 0 &&
        slots[number].owner.compare_exchange_strong(nobody, owner, sync::kAcquire,
                                                    sync::kRelaxed)) {
      first_free_hint.store(number + 1 == kMaxRegions ? 0 : number + 1, sync::kRelaxed);
      return number;
    }
  }
  return kMaxRegions;
}

void publish_region(std::uint32_t number, Region* region, std::byte* memory, std::size_t bytes) {
  // Release pairs with find_region, which needs no lock: who finds it sees it complete.
  slots[number].region.store(region, sync::kRelease);
  set_entries(memory, bytes, static_cast<std::uint16_t>(number + 1));
}

void release_region_slot(std::uint32_t number, std::byte* memory, std::size_t bytes,
                         std::uint32_t floor) {
  if (memory != nullptr) set_entries(memory, bytes, 0);
  slots[number].region.store(nullptr, sync::kRelaxed);
  slots[number].floor.store(floor, sync::kRelaxed);
  if (floor > kMaxGeneration) {
    slots[number].owner.store(kUsedUp, sync::kRelease);
    return;
  }
  // Pairs with claim_region_slot; and with find_region, which through the claim that
  // it sees also sees that the region above is gone.
  slots[number].owner.store(0, sync::kRelease);
  const std::uint32_t hint = first_free_hint.load(sync::kRelaxed);
  first_free_hint.store(std::min(hint, number), sync::kRelaxed);
}

std::uint32_t region_slot_floor(std::uint32_t number) {
  return slots[number].floor.load(sync::kRelaxed);
}

}  // namespace temporal_slab::memory
