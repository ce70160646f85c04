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
  std::set<PageNumber> warm;                              // every page of every warm run
  std::uint64_t warm_of_class[memory::kClassCount] = {};  // runs
  std::uint64_t under_slabs = 0;
  std::uint64_t warm_met = 0;
};

auto name_of(const Region& region, std::uint32_t index) {
  return [&region, index] { return "page " + std::to_string(region.page_number(index)); };
}

// One kind's stack, as far as its count says that it goes.
void walk_warm_stack(Walk& walk, memory::PageHeap& heap, std::uint32_t kind, Pages& pages) {
  const std::uint32_t run_pages = memory::kRunKinds.kinds[kind].pages;
  const memory::WarmStack& stack = warm(heap)[kind];
  PageNumber first = stack.top;
  for (std::size_t i = 0; i < stack.runs; ++i) {
    const Region* region =
        memory::find_region(walk.allocator.id(), first / memory::kPagesPerRegion);
    const std::uint32_t index = first % memory::kPagesPerRegion;
    const bool inside =
        region != nullptr && index < region->fresh && run_pages <= region->fresh - index;
    if (!inside || !pages.warm.insert(first).second)
      return walk.tell("a warm stack does not end where its count says");
    for (std::uint32_t page = 1; page < run_pages; ++page)
      if (!pages.warm.insert(first + page).second) walk.tell("two warm runs share a page");
    const std::uint32_t class_index = region->entries[index].class_index();
    if (class_index >= memory::kLargeClass || memory::run_kind_of(class_index) != kind)
      walk.tell(name_of(*region, index), " is warm for another size than it last had");
    else
      ++pages.warm_of_class[class_index];
    first = region->entries[index].next_warm();
  }
}

// What the page table says of a page that a slab stands on.
void walk_slab_page(Walk& walk, const Region& region, std::uint32_t index,
                    const memory::Slab* slab) {
  const auto name = name_of(region, index);
  const auto met = walk.slabs.find(slab);
  if (met == walk.slabs.end())
    return walk.tell(name, ": the page table names a slab that stands in no list");
  const PageNumber first = met->second;
  if (first > region.page_number(index) || region.page_number(index) - first >= slab->pages())
    walk.tell(name, ": the page table names the slab of another page");
  else if (slab->memory != region.page_memory(first % memory::kPagesPerRegion))
    walk.tell(name, ": its slab's slots begin elsewhere");
}

// Region's invariant 1: a page that was used is in exactly one place.
void walk_page(Walk& walk, const Region& region, std::uint32_t index, bool resident, Pages& pages) {
  const bool warm = pages.warm.contains(region.page_number(index));
  const bool given_back = region.free.contains(index);
  const bool retired = region.floor_of(index) > memory::kMaxGeneration;
  // Entries mean nothing, and may be zeroes, while no page of the region is in use.
  const memory::Slab* slab = region.in_use == 0 ? nullptr : region.entries[index].slab();
  const auto name = name_of(region, index);
  const int places = (slab != nullptr) + warm + given_back + (retired && slab == nullptr);
  if (places != 1) walk.tell(name, " is in ", places, " places");
  if (region.pending.contains(index)) walk.tell(name, " still waits to be given back");
  if (slab != nullptr) {
    pages.under_slabs += region.one_run ? slab->pages() : 1;
    walk_slab_page(walk, region, index, slab);
  }
  if (warm) ++pages.warm_met;
  if (given_back && resident) walk.tell(name, " was given back and is resident");
}

void walk_region(Walk& walk, Region& region, Pages& pages) {
  const std::uint64_t met_before = pages.under_slabs + pages.warm_met;
  std::vector<unsigned char> resident(region.memory_bytes / kPageBytes);
  if (::mincore(region.memory, region.memory_bytes, resident.data()) != 0)
    return walk.tell("mincore refused a region");
  bool all_given_back = true;
  for (std::uint32_t i = 0; i < memory::kClassCount; ++i)
    if (walk.figure(i, ClassCounter::k_madvise_failures) != 0) all_given_back = false;
  for (std::uint32_t i = 0; i < region.fresh; ++i)
    walk_page(walk, region, i, all_given_back && (resident[i] & 1) != 0, pages);
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
  walk.equal(region.in_use, pages.under_slabs + pages.warm_met - met_before, "region ",
             region.number, ": pages in use");
}

}  // namespace

void walk_pages(Walk& walk) {
  heap::SlabStore& slab_store = store(walk.allocator);
  memory::PageHeap& heap = invariants::pages(slab_store);
  Pages found;
  for (std::uint32_t kind = 0; kind < memory::kRunKindCount; ++kind)
    walk_warm_stack(walk, heap, kind, found);
  for (Region* region = regions(heap); region != nullptr; region = region->next)
    walk_region(walk, *region, found);
  walk.equal(found.under_slabs, walk.slab_pages, "pages under slabs");
  walk.equal(warm_pages(heap), found.warm.size(), "warm pages");
  walk.equal(mapped_pages(heap), found.under_slabs + found.warm.size(), "mapped pages");
  walk.equal(pending_pages(heap), 0, "pages waiting to be given back");
  if (found.warm.size() + walk.empty_pages + kept_pages(slab_store) > retain_pages(slab_store))
    walk.tell("more empty slabs are kept than retain_bytes allows");
  if (mapped_pages(heap) > max_pages(heap)) walk.tell("more is mapped than max_bytes allows");
  for (std::uint32_t i = 0; i < memory::kClassCount; ++i)
    walk.equal(walk.figure(i, ClassCounter::k_cache_size), found.warm_of_class[i], "class ", i,
               ": cache_size");
}

std::uintptr_t slab_begin(SlabAllocator* allocator, const void* object) {
  memory::PageHeap& heap = invariants::pages(store(*reinterpret_cast<heap::Allocator*>(allocator)));
  const memory::Slab* slab = heap.place_of(object).slab;
  return slab == nullptr ? 0 : reinterpret_cast<std::uintptr_t>(slab->memory);
}

std::vector<std::string> walk(SlabAllocator* allocator) {
  Walk walk{*reinterpret_cast<heap::Allocator*>(allocator), {}, {}, 0, {}, 0, {}, {}};
  walk_slabs(walk);
  walk_pages(walk);
  return walk.offences;
}

}  // namespace temporal_slab::harness::invariants
