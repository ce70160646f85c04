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
  static constexpr std::uint32_t kEntries = 8;

  struct Entry {
    std::uint64_t allocator_id;  // 0: none
    Heap* heap;                  // nullptr: the thread has none there
  };

  Entry* find(std::uint64_t allocator_id) {
    for (Entry& entry : entries)
      if (entry.allocator_id == allocator_id) return &entry;
    return nullptr;
  }
  // In place of the one that was remembered first.
  Entry* remember(const Entry& entry) {
    Entry& place = entries[oldest];
    oldest = (oldest + 1) % kEntries;
    place = entry;
    return &place;
  }

  Entry last;  // where the thread has a heap
  Entry entries[kEntries];
  std::uint32_t oldest;
  bool hooked;  // the thread's end is heard of
  bool ended;   // it was, and will not be a second time: no more heaps
};

inline ThreadHeaps& this_threads_heaps() { return sync::this_threads<ThreadHeaps>(); }

// Has the calling thread's heaps given up when it ends. False: that cannot be had.
bool hook_thread_exit();

}  // namespace temporal_slab::heap
