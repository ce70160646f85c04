#include "bench/hand_over.h"

#include <gtest/gtest.h>

#include "bench/team.h"

namespace temporal_slab::bench {
namespace {

// Plain words in the buffers: ThreadSanitizer says if one is filled while it is read.
TEST(BenchHandOver, GivesEachThreadWhatTheOtherFilledOnceAndInOrder) {
  constexpr unsigned kBatch = 3;
  constexpr std::uint64_t kBatches = 2000;
  HandOver<std::uint64_t> hand_over(kBatch);
  Team team(2);
  std::uint64_t given[2] = {};
  std::uint64_t wrong[2] = {};
  for (std::uint64_t round = 1; round <= 3; ++round) {
    std::uint64_t got[2] = {given[1], given[0]};
    team.run_ns([&](unsigned thread) {
      for (std::uint64_t i = 0; i < kBatches; ++i) {
        for (std::uint64_t& item : hand_over.to_fill(thread)) item = 2 * given[thread]++ + thread;
        for (const std::uint64_t item : hand_over.exchange(thread))
          if (item != 2 * got[thread]++ + (1 - thread)) ++wrong[thread];
      }
    });
    for (unsigned thread = 0; thread < 2; ++thread) {
      EXPECT_EQ(wrong[thread], 0u) << "thread " << thread << " round " << round;
      EXPECT_EQ(got[thread], round * kBatches * kBatch);
    }
  }
}

}  // namespace
}  // namespace temporal_slab::bench
