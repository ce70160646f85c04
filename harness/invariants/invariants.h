// Walks an allocator that no thread is inside, looks at everything that it holds
// and compares each record with each other one of the same thing:
//
//   slabs    each in exactly one list, of its kind; free bits against slot words,
//            live counts against both
//   figures  the segment's counts of slabs and objects against those slabs, and
//            the classes' counters against their sums
//   pages    each page of a region in exactly one place; the page table against
//            the slabs; the warm stack; what is kept against retain_bytes and
//            max_bytes
//   memory   pages that were given back, or never used, are not resident (mincore)
#pragma once

#include <temporal_slab/slab_alloc.h>

#include <map>
#include <string>
#include <vector>

#include "heap/allocator.h"

namespace temporal_slab::harness::invariants {

// One line for each thing that is wrong, at most kMostOffences.
std::vector<std::string> walk(SlabAllocator* allocator);

inline constexpr std::size_t kMostOffences = 20;

// Where the slab begins that a live object lies in; 0 if the page table names none.
std::uintptr_t slab_begin(SlabAllocator* allocator, const void* object);

// What the parts of a walk share.
struct Walk {
  heap::Allocator& allocator;
  std::vector<std::string> offences;
  std::map<const memory::Slab*, memory::PageNumber> slabs;  // met in lists
  std::uint64_t empty_pages = 0;                            // of slabs without live objects
  std::uint64_t slab_pages = 0;                             // of all slabs met
  std::uint64_t live_of_class[memory::kClassCount] = {};
  std::uint64_t slabs_of_class[memory::kClassCount] = {};

  // lib/ reads and writes its segment by the same functions.
  stats::Segment& segment() const { return const_cast<stats::Segment&>(allocator.segment()); }
  std::uint64_t figure(std::uint32_t class_index, stats::ClassCounter which) const {
    return stats::get(stats::counter(segment(), class_index, which));
  }

  void tell(std::string what) {
    if (offences.size() < kMostOffences) offences.push_back(std::move(what));
  }
  void equal(const std::string& name, std::uint64_t is, std::uint64_t must) {
    if (is != must) tell(name + " is " + std::to_string(is) + ", must be " + std::to_string(must));
  }
};

void walk_slabs(Walk& walk);
void walk_pages(Walk& walk);

}  // namespace temporal_slab::harness::invariants
