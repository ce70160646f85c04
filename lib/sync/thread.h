// What belongs to one thread.
//
//   this_threads<T>()   its T: zero at first, one a thread and type, no destructor
//   at_thread_exit(f)   has f called when the calling thread ends, once, whatever
//                       was asked for before is replaced. After the destructors of
//                       its thread_local objects; at the end of the process, when
//                       no thread ends, not at all
//   at_fork(b, p, c)    has b called before each fork() of the process, and after it
//                       p in the parent and c in the child
//   yield()             says that the caller spins until another thread moves
#pragma once

#include "sync/atomic.h"
