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
    release_region_slot(region->number, region->memory, region->memory_bytes,
                        floor_of_region(*region));
    base::mark_ordinary(region->memory, region->one_run ? region->memory_bytes
                                                        : std::size_t{region->fresh} * kPageBytes);
    release(region->memory, region->memory_bytes);
    release(reinterpret_cast<std::byte*>(region), sizeof(Region));
  }
}

Region* PageHeap::add_region(std::size_t bytes, bool one_run) {
  const std::uint32_t number = claim_region_slot(owner_);
  if (number == kMaxRegions) {
    errno = ENOMEM;
    return nullptr;
  }
  std::byte* memory = reserve(bytes, kRegionBytes);
  std::byte* block = memory == nullptr ? nullptr : reserve(sizeof(Region), kPageBytes);
  if (block == nullptr) {
    if (memory != nullptr) release(memory, bytes);
    release_region_slot(number, nullptr, 0, region_slot_floor(number));
    errno = ENOMEM;
    return nullptr;
  }
  // The block is zeroes already, and most of it stays untouched.
  Region* region = reinterpret_cast<Region*>(block);
  region->memory = memory;
  region->memory_bytes = bytes;
  region->one_run = one_run;
  region->number = number;
  region->base_floor = std::max(region_slot_floor(number), std::uint32_t{1});
  region->next = regions_;
  regions_ = region;
  publish_region(number, region, memory, bytes);
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
  const std::size_t index = region->one_run ? 0 : offset / kPageBytes;
  if (index >= region->fresh) return {false, nullptr, 0};
  Slab* slab = region->entries[index].slab();
  if (slab == nullptr) return {true, nullptr, 0};
  return {true, slab,
          static_cast<std::size_t>(static_cast<const std::byte*>(address) - slab->memory)};
}

PageNumber PageHeap::take_warm(std::uint32_t kind) {
  WarmStack& stack = warm_[kind];
  if (stack.runs == 0) return kNoPage;
  const PageNumber first = stack.top;
  stack.top = entry(first).next_warm();
  --stack.runs;
  warm_pages_ -= kRunKinds.kinds[kind].pages;
  return first;
}

// A region with a free run, and where.
Region* PageHeap::region_with(std::uint32_t pages, std::uint32_t alignment, std::uint32_t* index) {
  for (Region* region = regions_; region != nullptr; region = region->next) {
    if (region->one_run) continue;
    *index = region->free.take_run(pages, alignment);
    if (*index != kPagesPerRegion) return region;
    const auto first = static_cast<std::uint32_t>(base::align_up(region->fresh, alignment));
    if (first + pages > kPagesPerRegion) continue;
    // What alignment leaves out is as good as given back: nobody ever touched it.
    region->free.insert(region->fresh, first - region->fresh);
    region->fresh = first + pages;
    *index = first;
    return region;
  }
  Region* region = add_region(kRegionBytes, false);
  if (region == nullptr) return nullptr;
  region->fresh = pages;
  *index = 0;
  return region;
}

// The smallest vacant one that is large enough, or a new one.
Region* PageHeap::region_of_one_run(std::uint32_t pages) {
  const std::size_t bytes = std::size_t{pages} * kPageBytes;
  Region* best = nullptr;
  for (Region* region = regions_; region != nullptr; region = region->next)
    if (region->one_run && !region->free.empty() && region->memory_bytes >= bytes &&
        (best == nullptr || region->memory_bytes < best->memory_bytes))
      best = region;
  if (best != nullptr) {
    best->free.take_lowest();
    return best;
  }
  Region* region = add_region(base::align_up(bytes, kRegionBytes), true);
  if (region == nullptr) return nullptr;
  region->fresh = 1;
  return region;
}

PageNumber PageHeap::take_cold(std::uint32_t pages, std::uint32_t alignment) {
  if (!has_room(pages)) {
    errno = ENOMEM;
    return kNoPage;
  }
  std::uint32_t index = 0;
  const bool shared = pages <= kMaxSharedRun;
  Region* region = shared ? region_with(pages, alignment, &index) : region_of_one_run(pages);
  if (region == nullptr) return kNoPage;
  region->entries_touched = std::max(region->entries_touched, index + (shared ? pages : 1));
  region->in_use += pages;
  mapped_pages_ += pages;
  return region->page_number(index);
}

void PageHeap::slab_arrived(Slab* slab) {
  Region& region = region_of(slab->page);
  const std::uint32_t entries = region.one_run ? 1 : slab->pages();
  for (std::uint32_t i = 0; i < entries; ++i)
    region.entries[index_of(slab->page) + i].set_slab(slab);
}

void PageHeap::cut(Slab* slab, std::uint32_t pages, GiveBackObserver& observer) {
  Region& region = region_of(slab->page);
  const std::uint32_t gone = slab->pages() - pages;
  slab->large_pages = pages;
  if (!region.one_run) {
    for (std::uint32_t i = 0; i < gone; ++i)
      region.entries[index_of(slab->page) + pages + i].set_no_slab(slab->class_index);
    put_pending(slab->page + pages, gone);
    flush(region, observer);
    return;
  }
  const bool given = give_back(slab->memory + slab->bytes(), std::size_t{gone} * kPageBytes);
  observer.on_call(slab->class_index, !given);
  if (given) observer.on_pages(slab->class_index, gone);
  region.in_use -= gone;
  mapped_pages_ -= gone;
}

void PageHeap::slab_left(const Slab& slab, std::uint32_t floor) {
  Region& region = region_of(slab.page);
  const std::uint32_t entries = region.one_run ? 1 : slab.pages();
  for (std::uint32_t i = 0; i < entries; ++i)
    region.entries[index_of(slab.page) + i].set_no_slab(slab.class_index);
  region.floors[index_of(slab.page)] = floor;
}

void PageHeap::put_warm(PageNumber first, std::uint32_t kind) {
  assert(floor_of(first) <= kMaxGeneration);
  // The end of the stack is known by its count, so any number may stand there.
  WarmStack& stack = warm_[kind];
  entry(first).set_next_warm(stack.top);
  stack.top = first;
  ++stack.runs;
  warm_pages_ += kRunKinds.kinds[kind].pages;
}

void PageHeap::put_pending(PageNumber first, std::uint32_t pages) {
  Region& region = region_of(first);
  region.pending.insert(index_of(first), region.one_run ? 1 : pages);
  if (!region.one_run) region.in_use -= pages;  // else it says how much is to be given back
  mapped_pages_ -= pages;
  pending_pages_ += pages;
}

void PageHeap::flush(GiveBackObserver& observer) {
  for (Region* region = regions_; region != nullptr && pending_pages_ != 0; region = region->next)
    if (!region->pending.empty())
      region->one_run ? flush_one_run(*region, observer) : flush(*region, observer);
}

void PageHeap::flush_one_run(Region& region, GiveBackObserver& observer) {
  const std::uint32_t pages = region.in_use;
  const std::uint32_t class_index = region.entries[0].class_index();
  const bool given = give_back(region.memory, std::size_t{pages} * kPageBytes);
  observer.on_call(class_index, !given);
  if (given) observer.on_pages(class_index, pages);
  region.pending.take_lowest();
  region.in_use = 0;
  pending_pages_ -= pages;
  if (region.floor_of(0) <= kMaxGeneration) region.free.insert(0);
}

void PageHeap::flush(Region& region, GiveBackObserver& observer) {
  while (!region.pending.empty()) {
    const auto run = region.pending.take_lowest_run();
    const bool given =
        give_back(region.page_memory(run.first), std::size_t{run.count} * kPageBytes);
    observer.on_call(region.entries[run.first].class_index(), !given);
    for (std::uint32_t i = run.first; i < run.first + run.count; ++i) {
      if (given) observer.on_pages(region.entries[i].class_index(), 1);
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
