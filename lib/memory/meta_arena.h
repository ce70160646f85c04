// Where descriptors live: blocks of 16 KiB, apart from the objects (R-2.1-8), cut
// from chunks of address space, and given back when they are empty.
//
// Threads. The allocator's mutex guards everything.
#pragma once

#include <cstddef>
#include <cstdint>

#include "memory/run_set.h"

namespace temporal_slab::memory {

inline constexpr std::size_t kMetaBlockBytes = std::size_t{16} << 10;

class MetaArena {
 public:
  MetaArena() = default;
  ~MetaArena();
  MetaArena(const MetaArena&) = delete;
  MetaArena& operator=(const MetaArena&) = delete;

  // A block aligned to its size; its contents are whatever was left there.
  // nullptr with ENOMEM.
  std::byte* take_block();

  // Takes a block back. Few stay resident; trim gives the others back.
  void put_block(std::byte* block);
  void trim();

  // Blocks that stay resident though nobody uses them.
  static constexpr std::uint32_t kIdleBlocks = 4;

 private:
  static constexpr std::uint32_t kBlocksPerChunk = 256;
  static constexpr std::size_t kChunkBytes = kBlocksPerChunk * kMetaBlockBytes;

  struct Chunk {
    Chunk* next;
    std::uint32_t fresh;               // blocks from here on were never used
    RunSet<kBlocksPerChunk> resident;  // idle, not given back yet
    RunSet<kBlocksPerChunk> free;      // idle, given back
  };

  static std::byte* block_memory(Chunk* chunk, std::uint32_t index) {
    return reinterpret_cast<std::byte*>(chunk) + index * kMetaBlockBytes;
  }

  Chunk* chunks_ = nullptr;
  std::uint32_t idle_resident_ = 0;
};

}  // namespace temporal_slab::memory
