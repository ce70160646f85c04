// The private parts of an allocator, for the walk and for its test, which damages
// them. lib/ need not know of it: an explicit instantiation may name what is
// private, and hands it out through a friend.
#pragma once

#include <cstddef>
#include <cstdint>

#include "heap/allocator.h"

namespace temporal_slab::harness::invariants {

template <typename Tag, typename Tag::Type kMember>
struct Reveal {
  friend typename Tag::Type reveal(Tag) { return kMember; }
};

// Of `owner`, `kind member_` as `member(owner)`.
#define TEMPORAL_SLAB_REVEAL(owner, kind, member)          \
  struct Tag_##member {                                    \
    using Type = kind owner::*;                            \
    friend Type reveal(Tag_##member);                      \
  };                                                       \
  template struct Reveal<Tag_##member, &owner::member##_>; \
  inline kind& member(owner& of) { return of.*reveal(Tag_##member{}); }

using EraTable = std::uint64_t[heap::kMaxEpochs];
using ConstSize = const std::size_t;
using KeptStacks = heap::SlabStack[heap::kMostKeptPages + 1];
using EmptyStacks = heap::SlabStack[memory::kShapeCount];
using Bits = std::uint32_t[heap::kMaxEpochs];

TEMPORAL_SLAB_REVEAL(heap::Allocator, heap::SlabStore, store)
TEMPORAL_SLAB_REVEAL(heap::Allocator, sync::Mutex, mutex)
TEMPORAL_SLAB_REVEAL(heap::SlabStore, EraTable, era)
TEMPORAL_SLAB_REVEAL(heap::SlabStore, heap::SlabList, carried)
TEMPORAL_SLAB_REVEAL(heap::SlabStore, heap::SlabCache, cache)
TEMPORAL_SLAB_REVEAL(heap::SlabCache, memory::PageHeap, pages)
TEMPORAL_SLAB_REVEAL(heap::SlabCache, KeptStacks, kept)
TEMPORAL_SLAB_REVEAL(heap::SlabCache, std::size_t, retained_pages)
TEMPORAL_SLAB_REVEAL(heap::SlabCache, ConstSize, retain_pages)
TEMPORAL_SLAB_REVEAL(heap::Heap, EmptyStacks, empties)
TEMPORAL_SLAB_REVEAL(heap::Heap, std::size_t, in_use_pages)
TEMPORAL_SLAB_REVEAL(heap::Heap, Bits, used)
TEMPORAL_SLAB_REVEAL(memory::PageHeap, memory::Region*, regions)
TEMPORAL_SLAB_REVEAL(memory::PageHeap, std::size_t, mapped_pages)
TEMPORAL_SLAB_REVEAL(memory::PageHeap, std::size_t, pending_pages)
TEMPORAL_SLAB_REVEAL(memory::PageHeap, ConstSize, max_pages)

#undef TEMPORAL_SLAB_REVEAL

}  // namespace temporal_slab::harness::invariants
