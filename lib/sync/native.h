// sync/ as it runs: the standard library and the kernel.
#pragma once

#include <sched.h>

#include <atomic>
#include <cstdint>
#include <mutex>

#include "base/clock.h"

namespace temporal_slab::sync {

template <typename T>
using Atomic = std::atomic<T>;

using Mutex = std::mutex;

inline void compiler_barrier() { std::atomic_signal_fence(std::memory_order_seq_cst); }
// As std::atomic_thread_fence(seq_cst), which GCC refuses to compile for ThreadSanitizer.
inline void full_fence() { __sync_synchronize(); }

// False: this kernel has none, or does not let us.
bool register_membarrier();
// If the kernel refuses it now (a filter that the process put on itself later), the processors are
// interrupted (sync/interrupt.h); if that cannot be either, the process ends and says why.
void membarrier();

inline void yield() { sched_yield(); }

// Constant-initialised and trivially destroyed: usable until the thread is gone. A T
// that says `kInEachCall` is found without a call also in a shared library; the room
// for those is small.
template <typename T>
requires requires { T::kInEachCall; }
T& this_threads() {
  [[gnu::tls_model("initial-exec")]] static thread_local constinit T object{};
  return object;
}
template <typename T>
T& this_threads() {
  static thread_local constinit T object{};
  return object;
}

// 0, EAGAIN or ENOMEM.
int at_thread_exit(void (*hook)());

// Called around each fork(): 0 or ENOMEM.
int at_fork(void (*before)(), void (*in_parent)(), void (*in_child)());

inline std::uint64_t monotonic_ns() { return base::monotonic_ns(); }
inline std::uint64_t realtime_ns() { return base::realtime_ns(); }

}  // namespace temporal_slab::sync
