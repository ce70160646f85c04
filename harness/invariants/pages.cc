// Pages: the page table, the warm reserve, what is mapped and what is resident.
#include <sys/mman.h>

#include <set>

#include "harness/invariants/inside.h"
#include "harness/invariants/invariants.h"

namespace temporal_slab::harness::invariants {

using memory::kPageBytes;
using memory::PageNumber;
using memory::Region;
using stats::ClassCounter;

namespace {

struct Pages {
  std::set<PageNumber> warm;
  std::uint64_t under_slabs = 0;
  std::uint64_t warm_met = 0;
};

std::string name_of(const Region& region, std::uint32_t index) {
  return "page " + std::to_string(region.page_number(index));
}

// The stack's pages, as far as its count says that it goes.
std::set<PageNumber> warm_stack(Walk& walk, memory::PageHeap& heap) {
  std::set<PageNumber> warm;
  PageNumber page = warm_top(heap);
  for (std::size_t i = 0; i < warm_pages(heap); ++i) {
    const Region* region = memory::find_region(walk.allocator.id(), page / memory::kPagesPerRegion);
    if (region == nullptr || page % memory::kPagesPerRegion >= region->fresh ||
        !warm.insert(page).second) {
      walk.tell("the warm stack does not end where its count says");
      break;
    }
    page = region->entries[page % memory::kPagesPerRegion].next_warm();
  }
  return warm;
}

// Region's invariant 1: a page that was used is in exactly one place.
void walk_page(Walk& walk, const Region& region, std::uint32_t index, bool resident, Pages& pages) {
  const bool warm = pages.warm.contains(region.page_number(index));
  const bool given_back = region.free.contains(index);
  const bool retired = region.floor_of(index) > memory::kMaxGeneration;
  // Entries mean nothing, and may be zeroes, while no page of the region is in use.
  const memory::Slab* slab = region.in_use == 0 ? nullptr : region.entries[index].slab();
  const std::string name = name_of(region, index);
  const int places = (slab != nullptr) + warm + given_back + (retired && slab == nullptr);
  if (places != 1) walk.tell(name + " is in " + std::to_string(places) + " places");
  if (region.pending.contains(index)) walk.tell(name + " still waits to be given back");
  if (slab != nullptr) {
    ++pages.under_slabs;
    const auto met = walk.slabs.find(slab);
    if (met == walk.slabs.end())
      walk.tell(name + ": the page table names a slab that stands in no list");
    else if (met->second != region.page_number(index))
      walk.tell(name + ": the page table names the slab of another page");
    else if (slab->memory != region.page_memory(index))
      walk.tell(name + ": its slab's slots begin elsewhere");
  }
  if (warm) ++pages.warm_met;
  if (given_back && resident) walk.tell(name + " was given back and is resident");
}

void walk_region(Walk& walk, Region& region, Pages& pages) {
  const std::uint64_t met_before = pages.under_slabs + pages.warm_met;
  std::vector<unsigned char> resident(memory::kPagesPerRegion);
  if (::mincore(region.memory, memory::kRegionBytes, resident.data()) != 0)
    return walk.tell("mincore refused a region");
  bool all_given_back = true;
  for (std::uint32_t i = 0; i < memory::kClassCount; ++i)
    if (walk.figure(i, ClassCounter::k_madvise_failures) != 0) all_given_back = false;
  for (std::uint32_t i = 0; i < region.fresh; ++i)
    walk_page(walk, region, i, all_given_back && (resident[i] & 1) != 0, pages);
  for (std::uint32_t i = region.fresh; i < memory::kPagesPerRegion; ++i) {
    if ((resident[i] & 1) != 0) {
      walk.tell(name_of(region, i) + " was never used and is resident");
      break;
    }
  }
  walk.equal("region " + std::to_string(region.number) + ": pages in use", region.in_use,
             pages.under_slabs + pages.warm_met - met_before);
}

}  // namespace

void walk_pages(Walk& walk) {
  heap::SlabStore& slab_store = store(walk.allocator);
  memory::PageHeap& heap = invariants::pages(slab_store);
  Pages found;
  found.warm = warm_stack(walk, heap);
  for (Region* region = regions(heap); region != nullptr; region = region->next)
    walk_region(walk, *region, found);
  walk.equal("pages under slabs", found.under_slabs, walk.slabs.size());
  walk.equal("warm pages", warm_pages(heap), found.warm.size());
  walk.equal("mapped pages", mapped_pages(heap), found.under_slabs + found.warm.size());
  walk.equal("pages waiting to be given back", pending_pages(heap), 0);
  if (found.warm.size() + walk.empty_slabs > retain_pages(slab_store))
    walk.tell("more empty slabs are kept than retain_bytes allows");
  if (mapped_pages(heap) > max_pages(heap)) walk.tell("more is mapped than max_bytes allows");

  std::uint64_t warm_of_class[memory::kClassCount] = {};
  for (const PageNumber page : found.warm) ++warm_of_class[heap.last_class_of(page)];
  for (std::uint32_t i = 0; i < memory::kClassCount; ++i)
    walk.equal("class " + std::to_string(i) + ": cache_size",
               walk.figure(i, ClassCounter::k_cache_size), warm_of_class[i]);
}

std::vector<std::string> walk(SlabAllocator* allocator) {
  Walk walk{*reinterpret_cast<heap::Allocator*>(allocator), {}, {}, 0, {}, {}};
  walk_slabs(walk);
  walk_pages(walk);
  return walk.offences;
}

}  // namespace temporal_slab::harness::invariants
