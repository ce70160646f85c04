// The allocators of this process, which fork() goes through: each is brought to
// rest before it, so that the child finds whole ones and gets its own figures
// (R-2.6-1). So does a thread that ends, and gives its heaps up.
//
// A fork's other handlers may call in (R-2.6-8). Those that were registered after ours come
// before all is at rest, and after it is at work again. Those registered before ours (the
// library was loaded late) come in between, and the thread that forks has all the locks
// then: it takes none, its heap stays at rest, and what it does changes what the child is
// given. In the child its first call there ends the rest for all.
//
// The library's going. When it is unloaded, which is no exit, no thread is inside; what
// threads that live on have of it is given back (R-2.6-6).
//
// Threads. Any. Locks are taken in this order: the list's, each allocator's in the
// list's order, that of its modules, that of the segment files; elsewhere nobody
// takes one of them while it holds another.
#pragma once

#include "sync/thread.h"

namespace temporal_slab::heap {

class Allocator;

struct LivingLinks {
  Allocator* next = nullptr;
  Allocator* previous = nullptr;
};

// Has fork() call us; done when the program starts, and if it was refused then, before
// an allocator is begun: a child must not find a lock taken. 0 or ENOMEM.
int watch_forks();

// Whether the calling thread has all locks, because it forks. In the child it has no more
// when this returns.
bool forks_and_has_the_locks();
inline bool inside_fork() { return sync::forking() && forks_and_has_the_locks(); }

// The one that has the slab at an address, whatever lives there; nullptr: none has. The answer
// holds as long as the caller knows that allocator to live.
Allocator* allocator_of(const void* object);

void enlist_living(Allocator* allocator);
void delist_living(Allocator* allocator);

}  // namespace temporal_slab::heap
