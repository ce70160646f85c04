// Memory for what a test allocates: blocks that the next run gets at the same addresses. A block
// that was given back keeps its contents until the run ends, unless reuse is asked for, so that an
// access through a stale pointer finds the dead object and is reported.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "temporal_slab_explorer/where.h"

namespace temporal_slab::explorer {

class MemoryPool {
 public:
  struct Block {
    std::byte* begin = nullptr;
    std::size_t bytes = 0;
    bool live = false;
    Where made;
    Where freed;
  };

  void reset(bool reuse);
  void* allocate(std::size_t bytes, std::size_t alignment, Where where);
  // The block that begins there, the last one if several did; null if none.
  Block* find(const void* begin);
  // The block around an address, and its number; null if none.
  const Block* around(std::uint64_t address, int* number) const;
  void release(Block& block, Where where);
  const Block* first_live() const;

 private:
  struct Chunk {
    std::unique_ptr<std::byte[]> memory;
    std::size_t bytes = 0;
  };

  std::vector<Chunk> chunks_;
  std::size_t chunk_ = 0;  // in use
  std::size_t used_ = 0;   // of it
  std::vector<Block> blocks_;
  bool reuse_ = false;
};

}  // namespace temporal_slab::explorer
