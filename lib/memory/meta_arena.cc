#include "memory/meta_arena.h"

#include <cerrno>
#include <new>

#include "memory/page_source.h"

namespace temporal_slab::memory {

MetaArena::~MetaArena() {
  while (chunks_ != nullptr) {
    Chunk* chunk = chunks_;
    chunks_ = chunk->next;
    release(reinterpret_cast<std::byte*>(chunk), kChunkBytes);
  }
}

std::byte* MetaArena::take_block() {
  for (Chunk* chunk = chunks_; chunk != nullptr; chunk = chunk->next) {
    if (!chunk->resident.empty()) {
      --idle_resident_;
      return block_memory(chunk, chunk->resident.take_lowest());
    }
  }
  for (Chunk* chunk = chunks_; chunk != nullptr; chunk = chunk->next) {
    if (!chunk->free.empty()) return block_memory(chunk, chunk->free.take_lowest());
    if (chunk->fresh != kBlocksPerChunk) return block_memory(chunk, chunk->fresh++);
  }
  // Aligned to its size, so that a block's chunk is found by masking.
  std::byte* memory = reserve(kChunkBytes, kChunkBytes);
  if (memory == nullptr) {
    errno = ENOMEM;
    return nullptr;
  }
  // The chunk's own record lies in its first block.
  static_assert(sizeof(Chunk) <= kMetaBlockBytes);
  Chunk* chunk = new (memory) Chunk{chunks_, 1, {}, {}};
  chunks_ = chunk;
  return block_memory(chunk, chunk->fresh++);
}

void MetaArena::put_block(std::byte* block) {
  const auto address = reinterpret_cast<std::uintptr_t>(block);
  Chunk* chunk = reinterpret_cast<Chunk*>(address & ~(kChunkBytes - 1));
  chunk->resident.insert(static_cast<std::uint32_t>(address % kChunkBytes / kMetaBlockBytes));
  ++idle_resident_;
}

void MetaArena::trim() {
  if (idle_resident_ <= kIdleBlocks) return;
  for (Chunk* chunk = chunks_; chunk != nullptr; chunk = chunk->next) {
    while (!chunk->resident.empty()) {
      const auto run = chunk->resident.take_lowest_run();
      // Refused, the blocks are as good as before, only resident.
      give_back(block_memory(chunk, run.first), run.count * kMetaBlockBytes);
      for (std::uint32_t i = 0; i < run.count; ++i) chunk->free.insert(run.first + i);
    }
  }
  idle_resident_ = 0;
}

}  // namespace temporal_slab::memory
