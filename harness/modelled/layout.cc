// Says where the parts of the library's structures lie that its fast paths touch. Built with the
// library's own sync/ and once more with the explorer's: layout_test.sh compares what they say.
#include <cstddef>
#include <cstdio>

#include "epoch/scope_stack.h"
#include "heap/allocator.h"
#include "heap/thread_heaps.h"
#include "memory/descriptors.h"
#include "memory/region.h"

namespace temporal_slab {
namespace {

using epoch::ScopeStack;
using heap::Allocator;
using heap::Cell;
using heap::Heap;
using heap::Heaps;
using heap::SlabCache;
using heap::SlabStore;
using heap::ThreadHeaps;
using memory::Region;
using memory::Slab;
using stats::HeapShard;
using stats::Segment;

#define STRUCTURES(X) \
  X(Allocator)        \
  X(SlabStore)        \
  X(SlabCache)        \
  X(Heaps)            \
  X(Heap)             \
  X(Cell)             \
  X(Slab)             \
  X(Region)           \
  X(ThreadHeaps)      \
  X(ScopeStack)       \
  X(Segment)          \
  X(HeapShard)

#define MEMBERS(X)       \
  X(Allocator, id_)      \
  X(Allocator, current_) \
  X(Allocator, mutex_)   \
  X(Allocator, store_)   \
  X(SlabStore, heaps_)   \
  X(SlabStore, cache_)   \
  X(Heaps, bias_)        \
  X(Heaps, word_)        \
  X(Heaps, count_)       \
  X(Heaps, holder_)      \
  X(Heaps, heaps_)       \
  X(Heap, inside_)       \
  X(Heap, number_)       \
  X(Heap, used_)         \
  X(Heap, first_remote_) \
  X(Heap, cells_)        \
  X(Cell, words)         \
  X(Cell, partial)       \
  X(Slab, memory)        \
  X(Slab, busy)          \
  X(Slab, remote)        \
  X(Slab, era)           \
  X(Slab, owner)         \
  X(Slab, cell_number)   \
  X(Region, memory)      \
  X(Region, fresh)       \
  X(ThreadHeaps, last)   \
  X(Segment, counters)   \
  X(Segment, epochs)     \
  X(Segment, heaps)      \
  X(HeapShard, classes)  \
  X(HeapShard, cells)

template <typename Owner, typename Member>
std::size_t offset_of(Member Owner::*member) {
  alignas(Owner) static std::byte room[sizeof(Owner)];
  const auto* const object = reinterpret_cast<const Owner*>(room);
  return static_cast<std::size_t>(reinterpret_cast<const std::byte*>(&(object->*member)) - room);
}

// An explicit instantiation may name what is private.
template <typename Tag, auto kMember>
struct Reveal {
  friend std::size_t offset(Tag) { return offset_of(kMember); }
};
#define REVEAL(owner, member)                    \
  struct owner##_##member {                      \
    friend std::size_t offset(owner##_##member); \
  };                                             \
  template struct Reveal<owner##_##member, &owner::member>;
MEMBERS(REVEAL)

}  // namespace
}  // namespace temporal_slab

int main() {
  using namespace temporal_slab;
#define SAY_STRUCTURE(owner) \
  std::printf("%s: %zu bytes, aligned to %zu\n", #owner, sizeof(owner), alignof(owner));
  STRUCTURES(SAY_STRUCTURE)
#define SAY_MEMBER(owner, member) \
  std::printf("%s::%s at %zu\n", #owner, #member, offset(owner##_##member{}));
  MEMBERS(SAY_MEMBER)
}
