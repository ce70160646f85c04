// Which mapped files the addresses in a segment lie in, so that a reader in another
// process, or after this one died, can name them.
//
// Only modules that hold a site are kept; they are asked of the loader when the
// first site of each is seen, so one that was loaded later is found as well. A
// module that is loaded where an unloaded one of the map was is not told from that.
//
// Threads. Any thread may call anything at any time. A thread that meets the lock
// of another goes on without: the next call from there notes the module. So there
// is no order of locks to keep with the loader's own.
#pragma once

#include <array>
#include <cstdint>

#include "stats/segment_layout.h"
#include "sync/atomic.h"

namespace temporal_slab::stats {

// The return addresses of calls from one module.
struct Sites {
  std::uint64_t first = 0;
  std::uint64_t count = 0;

  bool holds(std::uint64_t site) const { return site - first < count; }
};

class SegmentMemory;

class ModuleMap {
 public:
  // Null memory: all of the segment has some.
  explicit ModuleMap(Segment& segment, SegmentMemory* memory = nullptr)
      : segment_(segment), memory_(memory) {}

  // Sees to it that the module of a call's return address is in the segment. A few
  // loads if it is; with JIT code, that no module holds, one more. Gives the other
  // sites that need not be noted any more; none if that cannot be said.
  Sites note(std::uint64_t site) {
    Sites known;
    if (!knows(site - 1, &known)) look_up(site - 1);
    return known;
  }

  // Around a fork.
  void pause() { mutex_.lock(); }
  void resume() { mutex_.unlock(); }

 private:
  bool knows(std::uint64_t address, Sites* others) const;
  void look_up(std::uint64_t address);

  Segment& segment_;
  SegmentMemory* const memory_;
  sync::Mutex mutex_;  // one writer of the segment's module records
  // Pages that no module holds, each at its place, so that they are not asked for
  // again and again. Relaxed: a lost one costs a question.
  std::array<sync::Atomic<std::uint64_t>, 64> unknown_pages_{};
};

}  // namespace temporal_slab::stats
