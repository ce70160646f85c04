#include "stress/gate.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace temporal_slab::stress {
namespace {

TEST(StressGate, WhoeverClosesItIsAlone) {
  constexpr unsigned kWorkers = 4;
  Gate gate(kWorkers);
  std::atomic<bool> stop{false};
  // Plain words: ThreadSanitizer says if anybody is not alone.
  std::vector<std::uint64_t> steps(kWorkers);
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < kWorkers; ++i) {
    threads.emplace_back([&, i] {
      while (!stop.load(std::memory_order_relaxed)) {
        const Gate::Inside inside(gate, i);
        ++steps[i];
      }
    });
  }
  for (int round = 0; round < 200; ++round) {
    const Gate::Closed alone(gate);
    const std::vector<std::uint64_t> before = steps;
    std::this_thread::yield();
    ASSERT_EQ(steps, before);
  }
  stop.store(true, std::memory_order_relaxed);
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace temporal_slab::stress
