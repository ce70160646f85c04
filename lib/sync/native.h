// sync/ as it runs: the standard library and the kernel.
#pragma once

#include <sched.h>

#include <atomic>
#include <cstdint>
#include <mutex>

#include "base/clock.h"

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define TEMPORAL_SLAB_CLANG_TSAN 1
#endif
#endif
#ifndef TEMPORAL_SLAB_CLANG_TSAN
#define TEMPORAL_SLAB_CLANG_TSAN 0
#endif

namespace temporal_slab::sync {

template <typename T>
using Atomic = std::atomic<T>;

using Mutex = std::mutex;

// word += by, of a word that the calling thread alone writes; others read it. One instruction
// where the compiler would make three of a load and a store.
inline void add_own(Atomic<std::uint64_t>& word, std::uint64_t by) {
#if defined(__x86_64__) && !defined(__SANITIZE_THREAD__) && !TEMPORAL_SLAB_CLANG_TSAN
  asm("addq %1, %0" : "+m"(word) : "er"(by) : "cc");
#else
  word.store(word.load(std::memory_order_relaxed) + by, std::memory_order_release);
#endif
}

// Sets each of `count` words, a multiple of 4 on a line of memory, to the next multiple of 4, and
// to `last` where there is none. True if there was none somewhere. The calling thread alone writes
// them; who reads one that was set sees what went before.
inline bool raise_own(Atomic<std::uint32_t>* words, std::uint32_t count, std::uint32_t last) {
#if !defined(__SANITIZE_THREAD__) && !TEMPORAL_SLAB_CLANG_TSAN
  using Four = std::uint32_t __attribute__((vector_size(16), may_alias));
  std::atomic_thread_fence(std::memory_order_release);
  auto* const fours = reinterpret_cast<Four*>(words);
  Four any{};
  for (std::uint32_t i = 0; i < count / 4; ++i) {
    const Four next = (fours[i] & ~3U) + 4U;
    const auto at_end = reinterpret_cast<Four>(next == 0U);
    fours[i] = next | (at_end & last);
    any |= at_end;
  }
  return (any[0] | any[1] | any[2] | any[3]) != 0;
#else
  bool any = false;
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint32_t next = (words[i].load(std::memory_order_relaxed) & ~3U) + 4;
    any = any || next == 0;
    words[i].store(next == 0 ? last : next, std::memory_order_release);
  }
  return any;
#endif
}

inline void compiler_barrier() { std::atomic_signal_fence(std::memory_order_seq_cst); }
// As std::atomic_thread_fence(seq_cst), which GCC refuses to compile for ThreadSanitizer.
inline void full_fence() { __sync_synchronize(); }

// False: this kernel has none, or does not let us.
bool register_membarrier();
// If the kernel refuses it now (a filter that the process put on itself later), the processors are
// interrupted (sync/interrupt.h); if that cannot be either, the process ends and says why.
void membarrier();

inline void yield() { sched_yield(); }

// Constant-initialised and trivially destroyed: usable until the thread is gone. Found without a
// call also in a shared library, and without the malloc that the C library would do for the others
// of a library that was loaded late; so the room is small: what of it is left over for libraries
// that are loaded late is a kilobyte or two, and not ours alone.
template <typename T>
T& this_threads() {
  [[gnu::tls_model("initial-exec")]] static thread_local constinit T object{};
  return object;
}

// 0; EAGAIN: there is no key, or none for which the C library has room in each thread.
int at_thread_exit(void (*hook)());
void begin_thread_exits();
void end_thread_exits();
bool thread_is_gone(std::uint64_t tid);

// 0 or ENOMEM.
int at_exit(void (*hook)());

// Called around each fork(): 0 or ENOMEM.
int at_fork(void (*before)(), void (*in_parent)(), void (*in_child)());

inline std::uint64_t monotonic_ns() { return base::monotonic_ns(); }
// A few milliseconds behind, and cheaper.
inline std::uint64_t coarse_monotonic_ns() { return base::clock_ns(CLOCK_MONOTONIC_COARSE); }
inline std::uint64_t realtime_ns() { return base::realtime_ns(); }

}  // namespace temporal_slab::sync
