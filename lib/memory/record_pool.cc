#include "memory/record_pool.h"

#include <cassert>
#include <new>

#include "base/bits.h"

namespace temporal_slab::memory {

namespace {
constexpr std::size_t kCacheLineBytes = 64;
}  // namespace

void RecordPool::list(Block* block) {
  block->previous = nullptr;
  block->next = with_room_;
  if (with_room_ != nullptr) with_room_->previous = block;
  with_room_ = block;
  block->listed = true;
}

void RecordPool::unlist(Block* block) {
  (block->previous != nullptr ? block->previous->next : with_room_) = block->next;
  if (block->next != nullptr) block->next->previous = block->previous;
  block->listed = false;
}

void* RecordPool::take(MetaArena& arena, std::size_t bytes) {
  if (with_room_ == nullptr) {
    std::byte* memory = arena.take_block();
    if (memory == nullptr) return nullptr;
    const auto record_bytes = static_cast<std::uint32_t>(bytes);
    // Records of whole cache lines lie on such.
    const std::size_t alignment = bytes % kCacheLineBytes == 0 ? kCacheLineBytes : 8;
    const auto first = static_cast<std::uint32_t>(base::align_up(sizeof(Block), alignment));
    list(new (memory) Block{nullptr, nullptr, nullptr, 0, first, record_bytes, false});
  }
  Block* block = with_room_;
  assert(block->record_bytes == bytes);
  void* record = block->free;
  if (record != nullptr) {
    block->free = block->free->next;
  } else {
    record = reinterpret_cast<std::byte*>(block) + block->fresh_bytes;
    block->fresh_bytes += block->record_bytes;
  }
  ++block->used;
  if (!has_room(*block)) unlist(block);
  return record;
}

void RecordPool::put(MetaArena& arena, void* record) {
  const auto address = reinterpret_cast<std::uintptr_t>(record);
  Block* block = reinterpret_cast<Block*>(address & ~(kMetaBlockBytes - 1));
  block->free = new (record) FreeRecord{block->free};
  if (!block->listed) list(block);
  if (--block->used != 0) return;
  unlist(block);
  arena.put_block(reinterpret_cast<std::byte*>(block));
}

}  // namespace temporal_slab::memory
