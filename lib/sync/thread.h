// What belongs to one thread.
//
//   this_threads<T>()   its T: zero at first, one a thread and type, no destructor. The
//                       room for all of them together is small (R-2.6-7)
//   at_thread_exit(f)   has f called when the calling thread ends, once, whatever
//                       was asked for before is replaced. After the destructors of
//                       its thread_local objects; at the end of the process, when
//                       no thread ends, not at all. Uses no malloc: where the C
//                       library would, it is refused, and thread_is_gone() is asked
//   begin_thread_exits()  done when the library is loaded, as early as can be
//   end_thread_exits()  no thread's end is told of any more; as the library goes
//   thread_is_gone(t)   whether the thread that the kernel numbers t has ended. False
//                       too while another has that number
//   at_fork(b, p, c)    has b called before each fork() of the process, and after it
//                       p in the parent and c in the child; no more once the library is
//                       unloaded
//   forking()           of the calling thread: from what is done before a fork to what is
//                       done after it
//   at_exit(f)          has f called when the process exits, before the destructors of
//                       libraries; or when the library is unloaded, after its own
//   yield()             says that the caller spins until another thread moves
#pragma once

#include "sync/atomic.h"

namespace temporal_slab::sync {

inline bool& forking() {
  struct Fork {
    bool under_way;
  };
  return this_threads<Fork>().under_way;
}

}  // namespace temporal_slab::sync
