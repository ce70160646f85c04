// Which heap the calling thread has in which allocator.
//
// Threads. One table a thread; nobody else touches it. It is a memory, no more: what
// is not in it is looked up under the allocator's mutex.
#pragma once

#include <cstdint>

#include "heap/heap.h"
#include "sync/thread.h"

namespace temporal_slab::heap {

struct ThreadHeaps {
  static constexpr bool kInEachCall = true;  // sync/thread.h
  static constexpr std::uint32_t kEntries = 4;

  struct Entry {
    std::uint64_t allocator_id;  // 0: none
    Heap* heap;                  // nullptr: the thread has none there
  };

  Entry& entry_of(std::uint64_t allocator_id) { return entries[allocator_id % kEntries]; }

  Entry last;  // where the thread has a heap
  Entry entries[kEntries];
  bool hooked;  // the thread's end is heard of
};

inline ThreadHeaps& this_threads_heaps() { return sync::this_threads<ThreadHeaps>(); }

// Has the calling thread's heaps given up when it ends. False: that cannot be had.
bool hook_thread_exit();

}  // namespace temporal_slab::heap
