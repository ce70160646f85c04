// What is done once, by whichever thread comes first; the others wait for it.
//
// Cost afterwards: one load and a branch. Constant-initialised, so it may be static.
#pragma once

#include <mutex>

#include "sync/atomic.h"

namespace temporal_slab::sync {

class Once {
 public:
  template <typename F>
  void run(F&& first) {
    if (done_.load(kAcquire)) return;
    const std::lock_guard lock(mutex_);
    if (done_.load(kRelaxed)) return;
    first();
    done_.store(true, kRelease);  // pairs with the acquire above: what `first` did is seen
  }

 private:
  Atomic<bool> done_{false};
  Mutex mutex_;
};

}  // namespace temporal_slab::sync
