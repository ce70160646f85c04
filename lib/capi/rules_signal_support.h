// What looks at an allocator from a signal handler, whichever call that has interrupted, and what
// the calling thread tells it meanwhile.
#pragma once

#include <temporal_slab/slab_alloc.h>
#include <time.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <random>

#include "capi/rules_support.h"

namespace temporal_slab::rules {

inline constexpr unsigned kLookers = 3;
inline constexpr unsigned kMostHeld = 3;
// References that all threads together can have: with a domain and an inc each.
inline constexpr std::uint64_t kMostRefs = kLookers * (kMostHeld + 2);

// References that a thread surely has on an epoch's incarnation: its handler may interrupt it
// anywhere, so they count from after they were taken until before they are dropped.
struct Held {
  std::atomic<std::uint64_t> count{0};
  std::atomic<std::uint64_t> era{0};
};

// A thread and its handler.
struct Looker {
  SlabAllocator* allocator = nullptr;
  unsigned index = 0;
  int fd = -1;  // for JSON

  std::array<Held, kEpochs> held;
  std::atomic<const char*> call{"none"};
  // In a call that does not use malloc, so the handler may.
  std::atomic<bool> inside{false};

  // The handler's.
  timer_t timer = {};
  std::minstd_rand delays;
  std::array<std::uint64_t, kEpochs> last_era{};
  std::array<std::uint64_t, SLAB_CLASS_COUNT> last_allocs{};
  std::atomic<const char*> look{"none"};
  std::atomic<std::uint64_t> looks{0};
  std::atomic<std::uint64_t> looks_inside{0};
  std::array<char, 256> fault{};  // the first one
};

// Signals that come to the calling thread, one by one, until it stops them. Their handler was set.
void set_look_handler();
bool start_looks(Looker& me);
void stop_looks(Looker& me);

}  // namespace temporal_slab::rules
