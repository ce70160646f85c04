// A vector clock: one number a thread.
//
// Three readings of the same eight numbers are in use:
//   - what happens before: at[t] is the last event of thread t that is known;
//   - what precedes in the order of seq_cst: at[t] is the last seq_cst event of t that does;
//   - a set of events ("first of each thread", kNever where there is none), for `meets`.
#pragma once

#include <array>
#include <cstdint>
#include <limits>

namespace temporal_slab::explorer {

inline constexpr int kMaxThreads = 8;
inline constexpr std::int32_t kNever = std::numeric_limits<std::int32_t>::max();

struct Clock {
  std::array<std::int32_t, kMaxThreads> at{};

  static constexpr Clock none() {
    Clock clock;
    clock.at.fill(kNever);
    return clock;
  }

  std::int32_t& operator[](int thread) { return at[static_cast<unsigned>(thread)]; }
  std::int32_t operator[](int thread) const { return at[static_cast<unsigned>(thread)]; }

  void join(const Clock& other) {
    for (unsigned t = 0; t < kMaxThreads; ++t) at[t] = at[t] < other.at[t] ? other.at[t] : at[t];
  }

  void meet(const Clock& other) {
    for (unsigned t = 0; t < kMaxThreads; ++t) at[t] = at[t] < other.at[t] ? at[t] : other.at[t];
  }

  // True if some event of the set `firsts` is known to this clock.
  bool meets(const Clock& firsts) const {
    int found = 0;
    for (unsigned t = 0; t < kMaxThreads; ++t) found |= firsts.at[t] <= at[t];
    return found != 0;
  }

  bool covers(const Clock& other) const {
    int missing = 0;
    for (unsigned t = 0; t < kMaxThreads; ++t) missing |= other.at[t] > at[t];
    return missing == 0;
  }
};

}  // namespace temporal_slab::explorer
