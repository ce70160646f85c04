// Walks an allocator that no thread is inside, looks at everything that it holds
// and compares each record with each other one of the same thing:
//
//   slabs    each in exactly one place: in use, in a list of its heap's cell, carried, or kept
//            empty; busy bits against slot words and what cells have to give
//   heaps    each slab the owner's that has it, of an ACTIVE epoch; what is kept empty
//   figures  the segment's counts of slabs and objects against those slabs, and
//            the classes' counters against their sums
//   pages    each page of a region in exactly one place; the page table against
//            the slabs; what is kept against retain_bytes and max_bytes
//   memory   pages that were given back, or never used, are not resident (mincore)
#pragma once

#include <temporal_slab/slab_alloc.h>

#include <array>
#include <map>
#include <set>
#include <string>
#include <type_traits>
#include <vector>

#include "heap/allocator.h"

namespace temporal_slab::harness::invariants {

// One line for each thing that is wrong, at most kMostOffences.
std::vector<std::string> walk(SlabAllocator* allocator);

inline constexpr std::size_t kMostOffences = 20;

// Where the slab begins that a live object lies in; 0 if the page table names none.
std::uintptr_t slab_begin(SlabAllocator* allocator, const void* object);

// Slots that other threads than the slab's owner freed and that wait to be collected:
// until then they count as taken in what the figures say of slabs.
struct Waiting {
  std::uintptr_t slab_begin;
  std::uint32_t epoch;
  std::uint64_t era;
  std::uint32_t class_index;
  std::uint64_t slots;  // a bit each
};
std::vector<Waiting> waiting_slots(SlabAllocator* allocator);

// What was found of one class in one epoch.
struct Counted {
  std::uint64_t partial = 0;  // in use ones included
  std::uint64_t full = 0;
  std::uint64_t in_use = 0;
  std::uint64_t carried_partial = 0;
  std::uint64_t carried_full = 0;
  std::uint64_t live = 0;
  std::uint64_t carried = 0;
  std::uint64_t large_bytes = 0;
  std::uint64_t carried_large_bytes = 0;
};

// Slabs that heaps allocate from: they count as partial whatever they hold, or as reclaimable
// when nothing of their class lives in their incarnation (R-3-7).
struct InUse {
  std::uintptr_t slab_begin;
  std::uint32_t epoch;
  std::uint64_t era;
  std::uint32_t class_index;
};
std::vector<InUse> slabs_in_use(SlabAllocator* allocator);

// What the parts of a walk share.
struct Walk {
  heap::Allocator& allocator;
  std::vector<std::string> offences = {};
  std::map<const memory::Slab*, bool> slabs = {};  // met; whether it stands
  // Of the places that the ring has. Walks are made on stacks that have no room for them.
  std::vector<std::array<Counted, memory::kClassCount>> counted{allocator.epoch_count()};
  std::vector<std::set<std::uint64_t>> carried_eras{allocator.epoch_count()};
  std::uint64_t slab_pages = 0;  // of all that stand
  std::uint64_t empty_pages = 0;
  std::uint64_t empty_of_class[memory::kClassCount] = {};
  std::uint64_t slabs_of_class[memory::kClassCount] = {};

  // lib/ reads and writes its segment by the same functions.
  stats::Segment& segment() const { return const_cast<stats::Segment&>(allocator.segment()); }
  std::uint64_t figure(std::uint32_t class_index, stats::ClassCounter which) const;

  // Words come as texts, numbers, or functions that give one: they are joined for an offence only.
  template <typename... Words>
  void tell(const Words&... words) {
    if (offences.size() >= kMostOffences) return;
    offences.emplace_back();
    (add(offences.back(), words), ...);
  }
  template <typename... Words>
  void equal(std::uint64_t is, std::uint64_t must, const Words&... name) {
    if (is != must) tell(name..., " is ", is, ", must be ", must);
  }

 private:
  template <typename Word>
  static void add(std::string& text, const Word& word) {
    if constexpr (std::is_invocable_v<Word>)
      text += word();
    else if constexpr (std::is_integral_v<Word>)
      text += std::to_string(word);
    else
      text += word;
  }
};

// For messages.
inline auto name_of(const memory::Slab& slab) {
  return [&slab] { return "slab " + std::to_string(memory::granule_of(&slab)); };
}

void walk_slabs(Walk& walk);
void walk_pages(Walk& walk);

}  // namespace temporal_slab::harness::invariants
