// Ends the process when a thread stops getting on: a deadlock or a livelock is a
// failure with a message, not a time limit of whoever waits for the program.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "stress/world.h"

namespace temporal_slab::stress {

class Watchdog {
 public:
  explicit Watchdog(const World& world);
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

 private:
  void watch();

  const World& world_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace temporal_slab::stress
