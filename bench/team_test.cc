#include "bench/team.h"

#include <gtest/gtest.h>

namespace temporal_slab::bench {
namespace {

TEST(BenchTeam, EachThreadDoesEachRoundOnce) {
  Team team(3);
  // Plain words: ThreadSanitizer says if a round and the next one overlap.
  int rounds_of[3] = {};
  for (int round = 1; round <= 50; ++round) {
    EXPECT_GT(team.run_ns([&](unsigned thread) { ++rounds_of[thread]; }), 0);
    for (const int rounds : rounds_of) ASSERT_EQ(rounds, round);
  }
}

TEST(BenchTeam, OfOneIsTheCaller) {
  Team team(1);
  const auto caller = std::this_thread::get_id();
  std::thread::id worker;
  team.run_ns([&](unsigned) { worker = std::this_thread::get_id(); });
  EXPECT_EQ(worker, caller);
}

TEST(BenchTeam, ThatNeverWorksEnds) { Team team(2); }

}  // namespace
}  // namespace temporal_slab::bench
