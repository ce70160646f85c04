// Threads that start a piece of work together, so that it can be timed as a whole.
//
// Each has a processor of its own as far as there are enough: left alone, the
// kernel likes to wake a thread next to the one that woke it, and then two threads
// that should meet take turns.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <thread>
#include <vector>

namespace temporal_slab::bench {

class Team {
 public:
  using Work = std::function<void(unsigned thread)>;

  // The calling thread is thread 0 of the team. It is bound to the first processor
  // that it may use, for ever.
  explicit Team(unsigned threads);
  ~Team();
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;

  unsigned threads() const { return threads_; }

  // Does the work on every thread at once. Returns the time from the first start
  // to the last end, in ns.
  double run_ns(const Work& work);

 private:
  using Clock = std::chrono::steady_clock;
  struct Times {
    Clock::time_point start;
    Clock::time_point end;
  };

  void help(unsigned thread);
  void take_part(unsigned thread);

  const unsigned threads_;
  const Work* work_ = nullptr;
  // Counts the rounds. Release and acquire: a helper that sees the round sees its
  // work, or that it is to end.
  std::atomic<unsigned> round_{0};
  std::atomic<unsigned> ready_{0};
  std::atomic<unsigned> done_{0};
  std::atomic<bool> ending_{false};
  std::vector<Times> times_;
  std::vector<std::thread> helpers_;
};

}  // namespace temporal_slab::bench
