// The two clocks. Both read the vDSO: no system call, no lock, safe anywhere.
#pragma once

#include <time.h>

#include <cstdint>

namespace temporal_slab::base {

inline std::uint64_t clock_ns(clockid_t clock) {
  timespec now = {};
  clock_gettime(clock, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 +
         static_cast<std::uint64_t>(now.tv_nsec);
}

// CLOCK_MONOTONIC: what ages are measured by. The same for all processes.
inline std::uint64_t monotonic_ns() { return clock_ns(CLOCK_MONOTONIC); }

// CLOCK_REALTIME: what snapshots are stamped with. It can be set back.
inline std::uint64_t realtime_ns() { return clock_ns(CLOCK_REALTIME); }

}  // namespace temporal_slab::base
