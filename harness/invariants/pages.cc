// Pages: the page table, what is mapped and what is resident.
#include <sys/mman.h>

#include "harness/invariants/inside.h"
#include "harness/invariants/invariants.h"

namespace temporal_slab::harness::invariants {

using memory::kPageBytes;
using memory::Region;
using stats::ClassCounter;

namespace {

auto name_of(const Region& region, std::uint32_t index) {
  return [&region, index] {
    return "page " + std::to_string(index) + " of region " + std::to_string(region.number);
  };
}

// What the page table says of a page that a slab has, standing or kept empty.
void walk_slab_page(Walk& walk, const Region& region, std::uint32_t index,
                    const memory::Slab* slab) {
  const auto name = name_of(region, index);
  if (!walk.slabs.contains(slab))
    return walk.tell(name, ": the page table names a slab that is nowhere");
  const std::byte* const page = region.page_memory(index);
  if (page < slab->begin() || page >= slab->begin() + slab->bytes())
    walk.tell(name, ": the page table names the slab of another page");
}

// Region's invariant: a page that was used is in exactly one place. Returns how many are a slab's.
std::uint64_t walk_page(Walk& walk, const Region& region, std::uint32_t index, bool resident) {
  const bool given_back = region.free.contains(index);
  // Words mean nothing, and may be zeroes, while no page of the region is in use.
  const memory::Granule granule = region.in_use == 0 ? 0 : region.word(index).load(sync::kRelaxed);
  const memory::Slab* const slab =
      granule < memory::kChunkGranules ? nullptr : memory::slab_at(granule);
  const auto name = name_of(region, index);
  const int places = (slab != nullptr) + given_back;
  if (places != 1) walk.tell(name, " is in ", places, " places");
  if (region.pending.contains(index)) walk.tell(name, " still waits to be given back");
  if (given_back && resident) walk.tell(name, " was given back and is resident");
  if (slab == nullptr) return 0;
  walk_slab_page(walk, region, index, slab);
  return region.one_run ? slab->pages() : 1;
}

std::uint64_t walk_region(Walk& walk, Region& region) {
  std::vector<unsigned char> resident(region.memory_bytes / kPageBytes);
  if (::mincore(region.memory, region.memory_bytes, resident.data()) != 0) {
    walk.tell("mincore refused a region");
    return 0;
  }
  bool all_given_back = true;
  for (std::uint32_t i = 0; i < memory::kClassCount; ++i)
    if (walk.figure(i, ClassCounter::k_madvise_failures) != 0) all_given_back = false;
  std::uint64_t met = 0;
  for (std::uint32_t i = 0; i < region.fresh; ++i)
    met += walk_page(walk, region, i, all_given_back && (resident[i] & 1) != 0);
  // A region of one run's own is given back and taken by page 0, for all.
  const std::size_t untouched = region.one_run ? region.in_use : region.fresh;
  for (std::size_t i = untouched; i < resident.size(); ++i) {
    if (all_given_back && (resident[i] & 1) != 0) {
      const auto name = name_of(region, region.one_run ? 0 : static_cast<std::uint32_t>(i));
      walk.tell(name, region.one_run ? ": a page past its run is resident"
                                     : " was never used and is resident");
      break;
    }
  }
  walk.equal(region.in_use, met, "region ", region.number, ": pages in use");
  return met;
}

}  // namespace

void walk_pages(Walk& walk) {
  memory::PageHeap& heap = invariants::pages(cache(store(walk.allocator)));
  std::uint64_t met = 0;
  for (Region* region = regions(heap); region != nullptr; region = region->next)
    met += walk_region(walk, *region);
  walk.equal(met, walk.slab_pages + walk.empty_pages, "pages under slabs");
  walk.equal(mapped_pages(heap), met, "mapped pages");
  walk.equal(pending_pages(heap), 0, "pages waiting to be given back");
  if (mapped_pages(heap) > max_pages(heap)) walk.tell("more is mapped than max_bytes allows");
}

std::uintptr_t slab_begin(SlabAllocator* allocator, const void* object) {
  memory::PageHeap& heap =
      invariants::pages(cache(store(*reinterpret_cast<heap::Allocator*>(allocator))));
  if (!heap.was_used(object)) return 0;
  const memory::Slab* const slab = heap.slab_at(object);
  return slab == nullptr ? 0 : reinterpret_cast<std::uintptr_t>(slab->begin());
}

std::vector<std::string> walk(SlabAllocator* allocator) {
  Walk walk{*reinterpret_cast<heap::Allocator*>(allocator)};
  walk_slabs(walk);
  walk_pages(walk);
  return walk.offences;
}

}  // namespace temporal_slab::harness::invariants
