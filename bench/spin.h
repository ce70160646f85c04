// Waiting for another thread of a team that is about to be there.
#pragma once

#include <thread>

namespace temporal_slab::bench {

inline void pause_a_moment() {
#if defined(__x86_64__)
  asm volatile("pause");
#elif defined(__aarch64__)
  asm volatile("isb");
#endif
}

// Spinning gets on within nanoseconds; yielding now and then gets on where there are
// fewer processors than threads.
template <class Condition>
void spin_until(Condition holds) {
  for (unsigned spins = 1; !holds(); ++spins) {
    pause_a_moment();
    if (spins % 1024 == 0) std::this_thread::yield();
  }
}

}  // namespace temporal_slab::bench
