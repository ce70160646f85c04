// A cell: where a heap allocates objects of one class in one epoch. One line of memory.
//
// The cell gives out slots of one slab, the slab in use, which are `free_bits`; what is freed
// there meanwhile goes to the slab and comes to the cell when it has nothing left. A cell without
// bits is one that has nothing to give, for whatever reason.
#pragma once

#include <cstdint>

#include "heap/object.h"
#include "heap/slab_list.h"
#include "stats/segment_write.h"

namespace temporal_slab::heap {

struct alignas(64) Cell {
  std::uint64_t free_bits = 0;  // slots of the slab in use that are the cell's; busy there
  // Of the slab in use:
  memory::AtomicSlotWord* words = nullptr;
  std::byte* memory = nullptr;
  std::uint64_t handle_base = 0;  // a handle of generation 0 and slot 0
  memory::Slab* slab = nullptr;   // nullptr: none is in use
  stats::HeapCellWords* counted = nullptr;
  std::uint32_t object_bytes = 0;
  // The other slabs:
  SlabList partial;  // with a slot that may be free
  SlabList full;

  // The cell has bits.
  void take(std::uint64_t bits, Object* out) {
    const std::uint32_t slot = base::lowest_bit(bits);
    free_bits = bits & (bits - 1);
    memory::AtomicSlotWord& word = words[slot];
    const std::uint32_t free_word = word.load(sync::kRelaxed);
    word.store(memory::SlotWord::of_bits(free_word).taken().bits(), sync::kRelaxed);
    stats::add_own(counted->allocs);
    out->address = memory + std::size_t{slot} * object_bytes;
    out->handle = std::uint64_t{free_word} << 32 | handle_base | slot;
  }

  // The slab is in use from here on: it has room, and is in no list.
  void use(memory::Slab* used) {
    free_bits = used->room();
    used->busy |= free_bits;
    words = &used->atomic_word(0);
    memory = used->begin();
    handle_base = memory::Handle{memory::granule_of(used), 0, 0}.pack();
    slab = used;
    object_bytes = used->size_class().object_bytes;
    stats::put(counted->in_use_slabs, 1);
  }
  // None is: the slab has back what the cell had to give.
  memory::Slab* leave() {
    memory::Slab* const left = slab;
    if (left == nullptr) return nullptr;
    left->busy &= ~free_bits;
    free_bits = 0;
    slab = nullptr;
    stats::put(counted->in_use_slabs, 0);
    return left;
  }
};
static_assert(sizeof(Cell) == 64);
static_assert(memory::Handle::pack(0, 0, 1) == std::uint64_t{1} << 32);

}  // namespace temporal_slab::heap
