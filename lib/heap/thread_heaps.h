// Which heap the calling thread has in which allocator, and what else is a thread's own.
//
// Threads. One of each a thread; nobody else touches them but when the thread is gone,
// or the library. It is a memory, no more: what is not in it is looked up under the
// allocator's mutex.
#pragma once

#include <cstdint>

#include "epoch/scope_stack.h"
#include "sync/thread.h"

namespace temporal_slab::heap {

class Heap;
struct ThreadRecord;

// In the room that each thread has for a few words (R-2.6-7).
struct ThreadHeaps {
  struct Entry {
    std::uint64_t allocator_id;  // 0: none
    Heap* heap;                  // nullptr: the thread has none there
  };

  inline Entry* find(std::uint64_t allocator_id);
  // In place of the one that was remembered first. Without a record only one with a heap is.
  inline void remember(const Entry& entry);

  Entry last;            // where the thread has a heap
  ThreadRecord* record;  // nullptr: it needed none yet
  bool hooked;           // the thread's end is heard of
  bool lost;             // it is not, and has to be asked for
  bool ended;            // it was heard of, and will not be a second time: no more heaps
};

// Pages of its own: from where a thread enters a domain, or uses a second allocator, to its end.
struct ThreadRecord {
  static constexpr std::uint32_t kEntries = 8;

  ThreadRecord* next;
  ThreadRecord* previous;
  std::uint64_t lost_tid;  // of a thread whose end is not heard of; 0: it is
  ThreadHeaps::Entry entries[kEntries];
  std::uint32_t oldest;
  epoch::ScopeStack scopes;
};

inline ThreadHeaps::Entry* ThreadHeaps::find(std::uint64_t allocator_id) {
  if (last.allocator_id == allocator_id) return &last;
  if (record == nullptr) return nullptr;
  for (Entry& entry : record->entries)
    if (entry.allocator_id == allocator_id) return &entry;
  return nullptr;
}

inline void ThreadHeaps::remember(const Entry& entry) {
  if (entry.heap != nullptr && !sync::forking()) last = entry;
  if (record == nullptr) return;
  for (Entry& known : record->entries)
    if (known.allocator_id == entry.allocator_id) {
      known = entry;
      return;
    }
  record->entries[record->oldest] = entry;
  record->oldest = (record->oldest + 1) % ThreadRecord::kEntries;
}

inline ThreadHeaps& this_threads_heaps() { return sync::this_threads<ThreadHeaps>(); }

// Has the calling thread's heaps given up when it ends. Afterwards it is hooked, or lost, or
// has ended.
void hook_thread_exit();

// The calling thread's record; nullptr: there is no memory.
ThreadRecord* this_threads_record();

// The domains that the calling thread is in; nullptr: it was in none yet.
inline epoch::ScopeStack* this_threads_scopes() {
  ThreadRecord* const record = this_threads_heaps().record;
  return record == nullptr ? nullptr : &record->scopes;
}

}  // namespace temporal_slab::heap
