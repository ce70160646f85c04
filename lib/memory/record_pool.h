// Records of one size from blocks of a MetaArena: slab descriptors of one class
// and epoch, or domains. A block whose last record is put back leaves the pool,
// so descriptors go with their epoch as the slabs do.
//
// Threads. The allocator's mutex guards everything.
//
// Invariants.
//  1. A block is in the pool's list exactly while it has room.
//  2. `used` counts the records taken from a block; at 0 it goes to the arena.
#pragma once

#include <cstddef>
#include <cstdint>

#include "memory/meta_arena.h"

namespace temporal_slab::memory {

class RecordPool {
 public:
  // Takes a record of `bytes`, the same for every call on a pool. Contents are
  // undefined. nullptr with ENOMEM.
  void* take(MetaArena& arena, std::size_t bytes);

  void put(MetaArena& arena, void* record);

 private:
  struct FreeRecord {
    FreeRecord* next;
  };

  struct Block {
    Block* next;
    Block* previous;
    FreeRecord* free;
    std::uint32_t used;
    std::uint32_t fresh_bytes;  // offset of the first record never used
    std::uint32_t record_bytes;
    bool listed;
  };

  static bool has_room(const Block& block) {
    return block.free != nullptr || block.fresh_bytes + block.record_bytes <= kMetaBlockBytes;
  }
  void list(Block* block);
  void unlist(Block* block);

  Block* with_room_ = nullptr;
};

}  // namespace temporal_slab::memory
