#include "temporal_slab_explorer/memory_pool.h"

#include <algorithm>

namespace temporal_slab::explorer {
namespace {

constexpr std::size_t kChunkBytes = std::size_t{256} << 10;

}  // namespace

void MemoryPool::reset(bool reuse) {
  blocks_.clear();
  chunk_ = used_ = 0;
  reuse_ = reuse;
}

void* MemoryPool::allocate(std::size_t bytes, std::size_t alignment, Where where) {
  if (reuse_) {
    // The block that was freed last: what most allocators do.
    Block* best = nullptr;
    for (Block& block : blocks_) {
      if (!block.live && block.bytes == bytes) best = &block;
    }
    if (best != nullptr) {
      const Block again{best->begin, bytes, true, where, {}};
      blocks_.erase(blocks_.begin() + (best - blocks_.data()));
      blocks_.push_back(again);
      return again.begin;
    }
  }
  for (;; ++chunk_, used_ = 0) {
    if (chunk_ == chunks_.size()) {
      const std::size_t size = std::max(kChunkBytes, bytes + alignment);
      chunks_.push_back({std::make_unique<std::byte[]>(size), size});
    }
    Chunk& chunk = chunks_[chunk_];
    const auto base = reinterpret_cast<std::uintptr_t>(chunk.memory.get());
    const std::size_t start = (((base + used_) + alignment - 1) & ~(alignment - 1)) - base;
    if (start + bytes <= chunk.bytes) {
      // One byte between blocks, so that the end of one is not the begin of the next.
      used_ = start + bytes + 1;
      blocks_.push_back({chunk.memory.get() + start, bytes, true, where, {}});
      return blocks_.back().begin;
    }
  }
}

MemoryPool::Block* MemoryPool::find(const void* begin) {
  for (std::size_t i = blocks_.size(); i-- > 0;) {
    if (blocks_[i].begin == begin) return &blocks_[i];
  }
  return nullptr;
}

const MemoryPool::Block* MemoryPool::around(std::uint64_t address, int* number) const {
  for (std::size_t i = blocks_.size(); i-- > 0;) {
    const auto begin = reinterpret_cast<std::uintptr_t>(blocks_[i].begin);
    if (address >= begin && address < begin + blocks_[i].bytes) {
      *number = static_cast<int>(i) + 1;
      return &blocks_[i];
    }
  }
  return nullptr;
}

void MemoryPool::release(Block& block, Where where) {
  block.live = false;
  block.freed = where;
  if (reuse_) {
    // To the end, so that the last free one of the list is the one freed last.
    const Block freed = block;
    blocks_.erase(blocks_.begin() + (&block - blocks_.data()));
    blocks_.push_back(freed);
  }
}

const MemoryPool::Block* MemoryPool::first_live() const {
  const auto live =
      std::find_if(blocks_.begin(), blocks_.end(), [](const Block& block) { return block.live; });
  return live == blocks_.end() ? nullptr : &*live;
}

}  // namespace temporal_slab::explorer
