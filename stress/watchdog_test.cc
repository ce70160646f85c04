#include "stress/watchdog.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>

namespace temporal_slab::stress {
namespace {

Options impatient() {
  Options options;
  options.threads = 2;
  options.stall_seconds = 1;
  return options;
}

// The watchdog ends the process of this.
[[noreturn]] void stand_still() {
  World world(impatient(), *find_scenario("mixed"));
  world.worker(0).running = true;
  world.worker(0).where = "a step that never ends";
  world.worker(1).where = "its last step";
  const Watchdog watchdog(world);
  std::mutex mutex;
  std::unique_lock<std::mutex> lock(mutex);
  std::condition_variable never;
  for (;;) never.wait(lock);
}

TEST(StressWatchdogDeathTest, AThreadThatStandsStillEndsTheRunAndIsNamed) {
  EXPECT_EXIT(stand_still(), testing::ExitedWithCode(1),
              "FAILED: thread 0 has not moved for 1 s\n"
              "  thread 0 +in \"a step that never ends\", 0 steps done, still for [0-9]+ s\n"
              "  thread 1 +in \"its last step\", .* \\(ended\\)");
}

TEST(StressWatchdog, EndsQuietlyWithItsRun) {
  World world(impatient(), *find_scenario("mixed"));
  const Watchdog watchdog(world);
}

}  // namespace
}  // namespace temporal_slab::stress
