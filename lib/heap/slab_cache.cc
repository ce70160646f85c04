#include "heap/slab_cache.h"

#include <algorithm>
#include <cassert>
#include <cerrno>

#include "base/memory_marks.h"

namespace temporal_slab::heap {

using memory::kPageBytes;
using memory::Slab;
using stats::add;
using stats::ClassCounter;
using stats::sub;

namespace {

// What any class may ask of a run of so many pages.
std::uint32_t alignment_of(std::uint32_t pages) {
  for (const memory::RunKind& kind : memory::kRunKinds.kinds)
    if (kind.pages == pages) return kind.alignment_pages;
  return 1;
}

}  // namespace

SlabCache::SlabCache(stats::Segment& segment, std::uint32_t allocator_number,
                     std::size_t retain_bytes, std::size_t max_bytes)
    : segment_(segment),
      identity_(memory::identity_of(allocator_number)),
      retain_pages_(retain_bytes / kPageBytes),
      descriptors_(allocator_number),
      pages_(allocator_number, max_bytes) {}

// A descriptor whose slots are all used up is left where it is, for good (R-2.1-4).
Slab* SlabCache::set_up(Slab* descriptor, std::byte* run, std::uint32_t class_index,
                        std::uint32_t pages, std::uint32_t epoch, std::uint64_t era) {
  while (!descriptor->set_up(identity_, run, pages, class_index, epoch, era)) {
    descriptor = descriptors_.take(class_index);
    if (descriptor == nullptr) return nullptr;
  }
  pages_.name(descriptor);
  base::mark_no_access(run, descriptor->bytes());
  add(count(class_index, ClassCounter::k_new_slab_count), 1);
  return descriptor;
}

Slab* SlabCache::set_up(Slab* empty, std::uint32_t class_index, std::uint32_t epoch,
                        std::uint64_t era) {
  Slab* descriptor = empty;
  std::byte* const run = empty->begin();
  const std::uint32_t pages = empty->pages();
  const std::uint32_t last_class = empty->class_index();
  if (memory::granules_for(memory::slots_of(class_index)) !=
      memory::granules_for(memory::slots_of(last_class))) {
    descriptor = descriptors_.take(class_index);
    if (descriptor == nullptr) {
      give_back(empty);
      return nullptr;
    }
    descriptors_.put(empty);
  }
  Slab* const slab = set_up(descriptor, run, class_index, pages, epoch, era);
  if (slab == nullptr) pages_.put(run, pages, last_class);
  return slab;
}

Slab* SlabCache::take_kept(std::uint32_t pages) {
  if (pages > kMostKeptPages) return nullptr;
  Slab* const slab = kept_[pages].pop();
  if (slab == nullptr) return nullptr;
  retained_pages_ -= pages;
  sub(count(slab->class_index(), ClassCounter::k_cache_size), 1);
  return slab;
}

Slab* SlabCache::take(std::uint32_t class_index, std::uint32_t pages, std::uint32_t epoch,
                      std::uint64_t era, bool* zeroed) {
  *zeroed = false;
  if (Slab* const kept = take_kept(pages); kept != nullptr)
    return set_up(kept, class_index, epoch, era);
  add(count(class_index, ClassCounter::k_slow_path_cache_miss), 1);
  // What is kept makes room only when it has to: when max_bytes leaves none else (R-2.1-10).
  for (std::uint32_t i = 1; i <= kMostKeptPages && !pages_.has_room(pages); ++i)
    while (Slab* const slab = pages_.has_room(pages) ? nullptr : take_kept(i)) give_back(slab);
  flush();
  Slab* const descriptor = descriptors_.take(class_index);
  if (descriptor == nullptr) return nullptr;
  std::byte* const run = pages_.take(pages, alignment_of(pages));
  if (run == nullptr) {
    descriptors_.put(descriptor);
    return nullptr;
  }
  Slab* const slab = set_up(descriptor, run, class_index, pages, epoch, era);
  if (slab == nullptr) pages_.put(run, pages, class_index);
  *zeroed = true;
  return slab;
}

void SlabCache::give_back(Slab* slab) {
  pages_.put(slab->begin(), slab->pages(), slab->class_index());
  descriptors_.put(slab);
}

void SlabCache::put(Slab* slab, std::size_t& spare) {
  assert(!slab->stands());
  const std::uint32_t class_index = slab->class_index();
  if (slab->is_large() || slab->pages() > spare) {
    add(count(class_index, ClassCounter::k_empty_slab_overflowed), 1);
    give_back(slab);
    return;
  }
  spare -= slab->pages();
  add(count(class_index, ClassCounter::k_empty_slab_recycled), 1);
  keep(slab);
}

void SlabCache::keep(Slab* slab) {
  add(count(slab->class_index(), ClassCounter::k_cache_size), 1);
  kept_[slab->pages()].push(slab);
  retained_pages_ += slab->pages();
}

void SlabCache::shrink_to(std::size_t pages) {
  for (std::uint32_t i = kMostKeptPages; i != 0 && retained_pages_ > pages; --i)
    while (Slab* const slab = retained_pages_ > pages ? take_kept(i) : nullptr) give_back(slab);
}

void SlabCache::flush() {
  if (pages_.has_pending()) pages_.flush(*this);
  descriptors_.trim();
}

void SlabCache::on_call(std::uint32_t class_index, bool failed) {
  add(count(class_index, failed ? ClassCounter::k_madvise_failures : ClassCounter::k_madvise_calls),
      1);
}

void SlabCache::on_pages(std::uint32_t class_index, std::uint32_t pages) {
  const std::uint64_t bytes = std::uint64_t{pages} * kPageBytes;
  add(count(class_index, ClassCounter::k_madvise_bytes), bytes);
  given_back_bytes_ += bytes;
}

}  // namespace temporal_slab::heap
