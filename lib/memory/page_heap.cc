#include "memory/page_heap.h"

#include <cassert>
#include <cerrno>
#include <limits>

#include "base/memory_marks.h"
#include "memory/page_source.h"

namespace temporal_slab::memory {
namespace {

// Entries that are worth a system call to give back when they mean nothing: with
// fewer, an allocator that goes back and forth between none and a few slabs would
// pay more for the call than it gets.
constexpr std::uint32_t kEntriesWorthGivingBack = 4 * kPageBytes / sizeof(PageEntry);

// Above every generation that a handle into the region has had.
std::uint32_t floor_of_region(const Region& region) {
  std::uint32_t floor = region.base_floor;
  for (std::uint32_t i = 0; i < region.fresh; ++i) {
    const Slab* slab = region.entries[i].slab();
    floor = std::max(floor, slab != nullptr ? slab->next_floor() : region.floors[i]);
  }
  return floor;
}

}  // namespace

PageHeap::PageHeap(std::uint64_t owner, std::size_t max_bytes)
    : owner_(owner),
      max_pages_(max_bytes == 0 ? std::numeric_limits<std::size_t>::max()
                                : max_bytes / kPageBytes) {}

PageHeap::~PageHeap() {
  while (regions_ != nullptr) {
    Region* region = regions_;
    regions_ = region->next;
    release_region_slot(region->number, region->memory, floor_of_region(*region));
    base::mark_ordinary(region->memory, std::size_t{region->fresh} * kPageBytes);
    release(region->memory, kRegionBytes);
    release(reinterpret_cast<std::byte*>(region), sizeof(Region));
  }
}

Region* PageHeap::add_region() {
  const std::uint32_t number = claim_region_slot(owner_);
  if (number == kMaxRegions) {
    errno = ENOMEM;
    return nullptr;
  }
  std::byte* memory = reserve(kRegionBytes, kRegionBytes);
  std::byte* block = memory == nullptr ? nullptr : reserve(sizeof(Region), kPageBytes);
  if (block == nullptr) {
    if (memory != nullptr) release(memory, kRegionBytes);
    release_region_slot(number, nullptr, region_slot_floor(number));
    errno = ENOMEM;
    return nullptr;
  }
  // The block is zeroes already, and most of it stays untouched.
  Region* region = reinterpret_cast<Region*>(block);
  region->memory = memory;
  region->number = number;
  region->base_floor = std::max(region_slot_floor(number), std::uint32_t{1});
  region->next = regions_;
  regions_ = region;
  publish_region(number, region, memory);
  return region;
}

Region& PageHeap::region_of(PageNumber page) {
  Region* region = find_region(owner_, page / kPagesPerRegion);
  assert(region != nullptr);
  return *region;
}

PageHeap::Lookup PageHeap::look_up(PageNumber page) const {
  const Region* region = find_region(owner_, page / kPagesPerRegion);
  const std::uint32_t index = index_of(page);
  if (region == nullptr || index >= region->fresh) return {false, nullptr, 0, 0};
  return {true, region->entries[index].slab(), region->floor_of(index), region->base_floor};
}

PageHeap::Place PageHeap::place_of(const void* address) const {
  const Region* region = find_region(owner_, address);
  if (region == nullptr) return {false, nullptr, 0};
  const auto offset =
      static_cast<std::size_t>(static_cast<const std::byte*>(address) - region->memory);
  const auto index = static_cast<std::uint32_t>(offset / kPageBytes);
  if (index >= region->fresh) return {false, nullptr, 0};
  return {true, region->entries[index].slab(), static_cast<std::uint32_t>(offset % kPageBytes)};
}

PageNumber PageHeap::take_warm() {
  if (warm_pages_ == 0) return kNoPage;
  const PageNumber page = warm_top_;
  warm_top_ = entry(page).next_warm();
  --warm_pages_;
  return page;
}

PageNumber PageHeap::take_cold() {
  if (mapped_pages_ >= max_pages_) {
    errno = ENOMEM;
    return kNoPage;
  }
  Region* region = regions_;
  while (region != nullptr && region->free.empty() && region->fresh == kPagesPerRegion)
    region = region->next;
  if (region == nullptr && (region = add_region()) == nullptr) return kNoPage;
  const std::uint32_t index = region->free.empty() ? region->fresh++ : region->free.take_lowest();
  region->entries_touched = std::max(region->entries_touched, index + 1);
  ++region->in_use;
  ++mapped_pages_;
  return region->page_number(index);
}

void PageHeap::slab_arrived(PageNumber page, Slab* slab) { entry(page).set_slab(slab); }

void PageHeap::slab_left(PageNumber page, std::uint32_t class_index, std::uint32_t floor) {
  Region& region = region_of(page);
  region.entries[index_of(page)].set_no_slab(class_index);
  region.floors[index_of(page)] = floor;
}

void PageHeap::put_warm(PageNumber page) {
  assert(floor_of(page) <= kMaxGeneration);
  // The end of the stack is known by its count, so any number may stand there.
  entry(page).set_next_warm(warm_top_);
  warm_top_ = page;
  ++warm_pages_;
}

void PageHeap::put_pending(PageNumber page) {
  Region& region = region_of(page);
  region.pending.insert(index_of(page));
  --region.in_use;
  --mapped_pages_;
  ++pending_pages_;
}

void PageHeap::flush(GiveBackObserver& observer) {
  for (Region* region = regions_; region != nullptr && pending_pages_ != 0; region = region->next)
    if (!region->pending.empty()) flush(*region, observer);
}

void PageHeap::flush(Region& region, GiveBackObserver& observer) {
  while (!region.pending.empty()) {
    const auto run = region.pending.take_lowest_run();
    const bool given =
        give_back(region.page_memory(run.first), std::size_t{run.count} * kPageBytes);
    observer.on_call(region.entries[run.first].class_index(), !given);
    for (std::uint32_t i = run.first; i < run.first + run.count; ++i) {
      if (given) observer.on_page(region.entries[i].class_index());
      if (region.floor_of(i) <= kMaxGeneration) region.free.insert(i);
    }
    pending_pages_ -= run.count;
  }
  if (region.in_use == 0 && region.entries_touched >= kEntriesWorthGivingBack) {
    // Refused, they are as good as before, only resident.
    give_back(reinterpret_cast<std::byte*>(region.entries),
              base::align_up(region.entries_touched * sizeof(PageEntry), kPageBytes));
    region.entries_touched = 0;
  }
}

}  // namespace temporal_slab::memory
