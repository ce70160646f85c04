// One thread's part of the shadow. Only its own thread touches it, except where a
// member says otherwise, and except for one that is alone (gate.h).
#pragma once

#include <temporal_slab/epoch_domain.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <vector>

#include "stress/object.h"
#include "stress/random.h"
#include "stress/tally.h"

namespace temporal_slab::stress {

// The last few values of some kind, for misuse later on.
template <typename T, std::size_t N>
class Recent {
 public:
  void add(const T& value) { values_[count_++ % N] = value; }
  bool empty() const { return count_ == 0; }
  const T& pick(Random& random) const {
    return values_[random.below(count_ < N ? count_ : std::uint64_t{N})];
  }

 private:
  std::array<T, N> values_{};
  std::uint64_t count_ = 0;
};

// A handle that its owner and whoever comes by free at the same time.
struct Duel {
  enum Outcome : int { kPending, kFreed, kRefused };
  std::atomic<SlabHandle> handle{0};  // 0: none, or a rival took it
  std::atomic<int> outcome{kPending};
};

// What was last seen of one epoch, which later looks must not contradict.
struct SeenEpoch {
  std::uint64_t era = 0;
  std::uint64_t open_since_ns = 0;
  bool closing = false;
};

// References taken with inc: on which incarnation is known if it cannot change.
struct RawRefs {
  std::uint64_t count = 0;
  std::uint64_t era = 0;
  bool active = false;  // as the first was taken
};

struct alignas(64) Worker {
  Worker(unsigned index_in, std::uint64_t seed) : index(index_in), random(seed) {}

  const unsigned index;
  Random random;
  Tally tally;

  std::vector<Object> objects;
  std::size_t wanted_objects = 0;
  std::uint64_t next_serial = 0;
  Recent<SlabHandle, 256> freed;         // freed by this worker
  Recent<SlabHandle, 64> foreign;        // of allocators that are gone
  std::vector<SlabEpochRef> references;  // acquired, not released
  Recent<SlabEpochRef, 16> released;     // released once already
  std::array<RawRefs, SLAB_EPOCH_COUNT> raw_refs = {};
  std::vector<epoch_domain_t*> entered;  // innermost last
  std::array<SeenEpoch, SLAB_EPOCH_COUNT> seen = {};

  Duel duel;  // rivals take from it

  // For the watchdog and for failure reports: any thread may read these.
  std::atomic<std::uint64_t> progress{0};
  std::atomic<const char*> where{"not started"};
  std::atomic<bool> running{false};
};

}  // namespace temporal_slab::stress
