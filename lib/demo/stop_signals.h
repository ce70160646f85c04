// SIGTERM and SIGINT, asked for instead of handled: they stay pending, so no code
// runs at a bad moment and every end is an orderly one.
#pragma once

#include <chrono>
#include <csignal>
#include <ctime>

namespace temporal_slab::demo {

class StopSignals {
 public:
  // Holds both back from this thread and the ones it starts; do it first.
  StopSignals();

  // The one that was sent to the process, 0 if none was. From any thread.
  int pending() const;

  // Waits for one; false if none came in that time.
  bool wait(std::chrono::milliseconds time) const;

 private:
  sigset_t signals_;
};

}  // namespace temporal_slab::demo
