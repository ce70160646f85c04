#include "memory/page_heap.h"

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <limits>

#include "base/memory_marks.h"
#include "memory/page_source.h"

namespace temporal_slab::memory {
namespace {

// Words that are worth a system call to give back when they mean nothing: with
// fewer, an allocator that goes back and forth between none and a few slabs would
// pay more for the call than it gets.
constexpr std::uint32_t kWordsWorthGivingBack = 8 * kPageBytes / sizeof(PageWord);

// Where address space is short.
constexpr std::size_t kSmallestRegionBytes = std::size_t{1} << 20;

// What a page without a slab says, and back.
Granule word_of_class(std::uint32_t class_index) { return class_index + 1; }
std::uint32_t class_of_word(const PageWord& word) {
  const Granule bits = word.load(sync::kRelaxed);
  assert(bits != 0 && bits <= kClassCount);
  return bits - 1;
}
static_assert(kClassCount < kChunkGranules);

void set_words(const Region& region, std::uint32_t index, std::uint32_t pages, Granule value) {
  // Release: who finds a slab's descriptor finds it set up.
  for (std::uint32_t i = 0; i < (region.one_run ? 1 : pages); ++i)
    region.word(index + i).store(value, sync::kRelease);
}

}  // namespace

PageHeap::PageHeap(std::uint32_t owner, std::size_t max_bytes)
    : owner_(owner),
      max_pages_(max_bytes == 0 ? std::numeric_limits<std::size_t>::max()
                                : max_bytes / kPageBytes) {}

PageHeap::~PageHeap() {
  while (regions_ != nullptr) {
    Region* region = regions_;
    regions_ = region->next;
    release_region(region->number, region->memory, region->memory_bytes);
    base::mark_ordinary(region->memory, region->one_run ? region->memory_bytes
                                                        : std::size_t{region->fresh} * kPageBytes);
    release(region->memory, region->memory_bytes);
    release(reinterpret_cast<std::byte*>(region), sizeof(Region));
  }
}

Region* PageHeap::add_region(std::size_t bytes, bool one_run) {
  const std::uint32_t number = claim_region(owner_);
  if (number == 0) {
    errno = ENOMEM;
    return nullptr;
  }
  std::byte* memory = reserve(bytes, kRegionBytes);
  std::byte* block = memory == nullptr ? nullptr : reserve(sizeof(Region), kPageBytes);
  if (block == nullptr) {
    if (memory != nullptr) release(memory, bytes);
    release_region(number, nullptr, 0);
    errno = ENOMEM;
    return nullptr;
  }
  // The block is zeroes already.
  auto* const region = reinterpret_cast<Region*>(block);
  region->memory = memory;
  region->memory_bytes = bytes;
  region->one_run = one_run;
  region->number = number;
  region->next = regions_;
  regions_ = region;
  publish_region(number, region, memory, bytes);
  return region;
}

bool PageHeap::was_used(const void* address) const {
  const Region* const region = find_region(owner_, address);
  if (region == nullptr) return false;
  const auto* const byte = static_cast<const std::byte*>(address);
  return byte < region->memory + region->memory_bytes && region->index_of(byte) < region->fresh;
}

Slab* PageHeap::slab_at(const void* address) const {
  const Region& region = region_of(address);
  const Granule granule =
      region.word(region.index_of(static_cast<const std::byte*>(address))).load(sync::kRelaxed);
  return granule < kChunkGranules ? nullptr : memory::slab_at(granule);
}

// A region with a free run, and where.
Region* PageHeap::region_with(std::uint32_t pages, std::uint32_t alignment, std::uint32_t* index) {
  for (Region* region = regions_; region != nullptr; region = region->next) {
    if (region->one_run) continue;
    *index = region->free.take_run(pages, alignment);
    if (*index != kPagesPerRegion) return region;
    const auto first = static_cast<std::uint32_t>(base::align_up(region->fresh, alignment));
    if (first + pages > region->pages()) continue;
    // What alignment leaves out is as good as given back: nobody ever touched it.
    region->free.insert(region->fresh, first - region->fresh);
    region->fresh = first + pages;
    *index = first;
    return region;
  }
  Region* region = nullptr;
  const std::size_t fewest = std::max(kSmallestRegionBytes, std::size_t{pages} * kPageBytes);
  for (std::size_t bytes = kRegionBytes; region == nullptr && bytes >= fewest; bytes /= 2)
    region = add_region(bytes, false);
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

std::byte* PageHeap::take(std::uint32_t pages, std::uint32_t alignment) {
  if (!has_room(pages)) {
    errno = ENOMEM;
    return nullptr;
  }
  std::uint32_t index = 0;
  const bool shared = pages <= kMaxSharedRun;
  Region* region = shared ? region_with(pages, alignment, &index) : region_of_one_run(pages);
  if (region == nullptr) return nullptr;
  region->words_touched = std::max(region->words_touched, index + (shared ? pages : 1));
  region->in_use += pages;
  mapped_pages_ += pages;
  return region->page_memory(index);
}

void PageHeap::name(const Slab* slab) {
  const Region& region = region_of(slab->begin());
  set_words(region, region.index_of(slab->begin()), slab->pages(), granule_of(slab));
}

void PageHeap::put(std::byte* run, std::uint32_t pages, std::uint32_t class_index) {
  Region& region = region_of(run);
  const std::uint32_t index = region.index_of(run);
  set_words(region, index, pages, word_of_class(class_index));
  region.pending.insert(index, region.one_run ? 1 : pages);
  if (!region.one_run) region.in_use -= pages;  // else it says how much is to be given back
  mapped_pages_ -= pages;
  pending_pages_ += pages;
}

void PageHeap::cut(Slab* slab, std::uint32_t pages, GiveBackObserver& observer) {
  Region& region = region_of(slab->begin());
  const std::uint32_t gone = slab->pages() - pages;
  slab->large_pages = pages;
  std::byte* const rest = slab->begin() + slab->bytes();
  if (!region.one_run) {
    put(rest, gone, slab->class_index());
    flush(region, observer);
    return;
  }
  const bool given = give_back(rest, std::size_t{gone} * kPageBytes);
  observer.on_call(slab->class_index(), !given);
  if (given) observer.on_pages(slab->class_index(), gone);
  region.in_use -= gone;
  mapped_pages_ -= gone;
}

void PageHeap::flush(GiveBackObserver& observer) {
  for (Region* region = regions_; region != nullptr && pending_pages_ != 0; region = region->next)
    if (!region->pending.empty())
      region->one_run ? flush_one_run(*region, observer) : flush(*region, observer);
}

void PageHeap::flush_one_run(Region& region, GiveBackObserver& observer) {
  const std::uint32_t pages = region.in_use;
  const std::uint32_t class_index = class_of_word(region.word(0));
  const bool given = give_back(region.memory, std::size_t{pages} * kPageBytes);
  observer.on_call(class_index, !given);
  if (given) observer.on_pages(class_index, pages);
  region.pending.take_lowest();
  region.in_use = 0;
  pending_pages_ -= pages;
  region.free.insert(0);
}

void PageHeap::flush(Region& region, GiveBackObserver& observer) {
  while (!region.pending.empty()) {
    const auto run = region.pending.take_lowest_run();
    const bool given =
        give_back(region.page_memory(run.first), std::size_t{run.count} * kPageBytes);
    observer.on_call(class_of_word(region.word(run.first)), !given);
    for (std::uint32_t i = run.first; i < run.first + run.count; ++i) {
      if (given) observer.on_pages(class_of_word(region.word(i)), 1);
      region.free.insert(i);
    }
    pending_pages_ -= run.count;
  }
  if (region.in_use == 0 && region.words_touched >= kWordsWorthGivingBack) {
    // Refused, they are as good as before, only resident.
    give_back(reinterpret_cast<std::byte*>(&region.word(0)),
              base::align_up(region.words_touched * sizeof(PageWord), kPageBytes));
    region.words_touched = 0;
  }
}

}  // namespace temporal_slab::memory
