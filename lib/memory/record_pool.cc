#include "memory/record_pool.h"

#include <cerrno>
#include <new>

#include "memory/page_source.h"
#include "memory/size_class.h"

namespace temporal_slab::memory {

namespace {
constexpr std::size_t kBlockBytes = 4 * kPageBytes;
}  // namespace

RecordPool::~RecordPool() {
  while (blocks_ != nullptr) {
    Link* const block = blocks_;
    blocks_ = block->next;
    release(reinterpret_cast<std::byte*>(block), kBlockBytes);
  }
}

void* RecordPool::take(std::size_t bytes) {
  if (free_ != nullptr) {
    Link* const record = free_;
    free_ = record->next;
    return record;
  }
  if (fresh_bytes_ < bytes) {
    std::byte* const memory = reserve(kBlockBytes, kPageBytes);
    if (memory == nullptr) {
      errno = ENOMEM;
      return nullptr;
    }
    blocks_ = new (memory) Link{blocks_};
    fresh_bytes_ = kBlockBytes - sizeof(Link);
  }
  fresh_bytes_ -= bytes;
  return reinterpret_cast<std::byte*>(blocks_) + sizeof(Link) + fresh_bytes_;
}

void RecordPool::put(void* record) { free_ = new (record) Link{free_}; }

}  // namespace temporal_slab::memory
