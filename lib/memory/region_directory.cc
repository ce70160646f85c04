#include "memory/region_directory.h"

#include <sys/resource.h>

#include <algorithm>
#include <cerrno>

#include "memory/page_source.h"

namespace temporal_slab::memory {

sync::Atomic<std::uint16_t>
    internal::by_address[std::size_t{1} << (internal::kAddressBits - internal::kRegionShift)];
PageWord* internal::page_tables = nullptr;
sync::Atomic<Region*> internal::regions[kMaxRegions];
sync::Atomic<std::uint32_t> internal::owners[kMaxRegions];

namespace {

using internal::by_address;
using internal::owners;
using internal::regions;

constexpr std::size_t kTableBytes = kPagesPerRegion * sizeof(PageWord);
// Of the address space where there is a limit.
constexpr std::size_t kShare = 16;
constexpr std::uint32_t kFewestRegions = 16;

std::uint32_t table_count = 0;
// Below this number regions are likely taken; only a hint.
sync::Atomic<std::uint32_t> first_free_hint{1};

std::byte* table_memory(std::uint32_t number) {
  return reinterpret_cast<std::byte*>(page_table(number));
}

// Relaxed: what a table names says itself whose it is.
void set_addresses(const std::byte* memory, std::size_t bytes, std::uint16_t value) {
  const auto bits = reinterpret_cast<std::uintptr_t>(memory);
  for (std::size_t offset = 0; offset < bytes; offset += kRegionBytes)
    by_address[(bits + offset) >> internal::kRegionShift].store(value, sync::kRelaxed);
}

}  // namespace

bool reserve_page_tables() {
  if (internal::page_tables != nullptr) return true;
  std::uint32_t count = kMaxRegions;
  rlimit limit{};
  if (getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
    count = static_cast<std::uint32_t>(std::clamp<std::size_t>(
        static_cast<std::size_t>(limit.rlim_cur) / kShare / kTableBytes, kFewestRegions, count));
  for (; count >= kFewestRegions; count /= 2) {
    std::byte* const memory = reserve_inaccessible(count * kTableBytes);
    if (memory == nullptr) continue;
    if (!make_accessible(memory, kTableBytes)) {
      release(memory, count * kTableBytes);
      continue;
    }
    internal::page_tables = reinterpret_cast<PageWord*>(memory);
    table_count = count;
    return true;
  }
  errno = ENOMEM;
  return false;
}

void release_page_tables() {
  if (internal::page_tables == nullptr) return;
  release(reinterpret_cast<std::byte*>(internal::page_tables), table_count * kTableBytes);
  internal::page_tables = nullptr;
}

std::uint32_t claim_region(std::uint32_t owner) {
  for (std::uint32_t i = first_free_hint.load(sync::kRelaxed); i < table_count; ++i) {
    std::uint32_t nobody = 0;
    if (owners[i].load(sync::kRelaxed) != 0 ||
        !owners[i].compare_exchange_strong(nobody, owner, sync::kAcquire, sync::kRelaxed))
      continue;
    if (!make_accessible(table_memory(i), kTableBytes)) {
      owners[i].store(0, sync::kRelease);
      return 0;
    }
    first_free_hint.store(i + 1, sync::kRelaxed);
    return i;
  }
  return 0;
}

void publish_region(std::uint32_t number, Region* region, std::byte* memory, std::size_t bytes) {
  regions[number].store(region, sync::kRelease);
  set_addresses(memory, bytes, static_cast<std::uint16_t>(number));
}

void release_region(std::uint32_t number, std::byte* memory, std::size_t bytes) {
  if (memory != nullptr) set_addresses(memory, bytes, 0);
  if (!give_back(table_memory(number), kTableBytes))
    for (std::uint32_t i = 0; i < kPagesPerRegion; ++i)
      page_table(number)[i].store(0, sync::kRelaxed);
  regions[number].store(nullptr, sync::kRelaxed);
  // Pairs with claim_region; and with find_region, which through the claim that it sees
  // also sees that the region above is gone.
  owners[number].store(0, sync::kRelease);
  const std::uint32_t hint = first_free_hint.load(sync::kRelaxed);
  first_free_hint.store(std::min(hint, number), sync::kRelaxed);
}

}  // namespace temporal_slab::memory
