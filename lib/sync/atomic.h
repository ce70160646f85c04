// The one door through which lib/ gets its atomics, locks and fences. At run time
// they are the standard ones; with TEMPORAL_SLAB_MODEL the same sources are built
// against the schedule explorer. What belongs to a thread is in sync/thread.h, the
// clocks in sync/clock.h, what is done once in sync/once.h.
//
//   Atomic<T>          std::atomic<T>
//   Mutex              std::mutex
//   compiler_barrier() keeps the compiler from reordering; nothing at run time
//   full_fence()       a fence of sequential consistency
//   membarrier()       as if every thread of the process made a full fence. Needs
//                      register_membarrier() to have said true
#pragma once

#include <atomic>

#if TEMPORAL_SLAB_MODEL
#include "harness/modelled/primitives.h"
#else
#include "sync/native.h"
#endif

namespace temporal_slab::sync {

inline constexpr auto kRelaxed = std::memory_order_relaxed;
inline constexpr auto kAcquire = std::memory_order_acquire;
inline constexpr auto kRelease = std::memory_order_release;
inline constexpr auto kAcqRel = std::memory_order_acq_rel;
inline constexpr auto kSeqCst = std::memory_order_seq_cst;

}  // namespace temporal_slab::sync
