// The allocators of this process, which fork() goes through: each is brought to
// rest before it, so that the child finds whole ones and gets its own figures
// (R-2.6-1). So does a thread that ends, and gives its heaps up.
//
// Threads. Any. Locks are taken in this order: the list's, each allocator's in the
// list's order, that of its modules, that of the segment files; elsewhere nobody
// takes one of them while it holds another.
#pragma once

namespace temporal_slab::heap {

class Allocator;

struct LivingLinks {
  Allocator* next = nullptr;
  Allocator* previous = nullptr;
};

// Has fork() call us; done when the program starts, and if it was refused then, before
// an allocator is begun: a child must not find a lock taken. 0 or ENOMEM.
int watch_forks();

void enlist_living(Allocator* allocator);
void delist_living(Allocator* allocator);

}  // namespace temporal_slab::heap
