// The one door through which lib/ gets its atomics and locks, so that the same
// sources can be built against other ones. At run time it costs nothing.
#pragma once

#include <atomic>
#include <mutex>

namespace temporal_slab::sync {

template <typename T>
using Atomic = std::atomic<T>;

using Mutex = std::mutex;

inline constexpr auto kRelaxed = std::memory_order_relaxed;
inline constexpr auto kAcquire = std::memory_order_acquire;
inline constexpr auto kRelease = std::memory_order_release;

}  // namespace temporal_slab::sync
