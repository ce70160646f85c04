// Records of one size, which domains are kept in: from blocks that go with the pool.
//
// Threads. The allocator's mutex guards everything.
#pragma once

#include <cstddef>

namespace temporal_slab::memory {

class RecordPool {
 public:
  RecordPool() = default;
  ~RecordPool();
  RecordPool(const RecordPool&) = delete;
  RecordPool& operator=(const RecordPool&) = delete;

  // Takes a record of `bytes`, the same for every call on a pool. Contents are
  // undefined. nullptr with ENOMEM.
  void* take(std::size_t bytes);
  void put(void* record);

 private:
  struct Link {
    Link* next;
  };

  Link* blocks_ = nullptr;
  Link* free_ = nullptr;
  std::size_t fresh_bytes_ = 0;  // what is left of the first block
};

}  // namespace temporal_slab::memory
