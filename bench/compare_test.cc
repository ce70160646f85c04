#include "bench/compare.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>

namespace temporal_slab::bench {
namespace {

TEST(BenchQuantile, LiesBetweenItsNeighbours) {
  EXPECT_DOUBLE_EQ(quantile({3, 1, 2}, 0.5), 2);
  EXPECT_DOUBLE_EQ(quantile({4, 1, 2, 3}, 0.5), 2.5);
  EXPECT_DOUBLE_EQ(quantile({5, 4, 3, 2, 1}, 0.25), 2);
  EXPECT_DOUBLE_EQ(quantile({7}, 0.75), 7);
  EXPECT_TRUE(std::isnan(quantile({}, 0.5)));
}

TEST(BenchGeometricMean, OfAHalfAndADoubleIsOne) { EXPECT_DOUBLE_EQ(geometric_mean({0.5, 2}), 1); }

TEST(BenchCompare, TakesOursAndPeerInTurn) {
  std::string order;
  compare([&] { return order += 'o', 1.0; }, [&] { return order += 'p', 1.0; }, 3);
  EXPECT_EQ(order, "opopop");
}

TEST(BenchCompare, ARatioIsOfNeighboursSoThatADriftCancels) {
  double ours_ns = 1;
  double peer_ns = 2;
  const Comparison result =
      compare([&] { return ours_ns *= 10; }, [&] { return peer_ns *= 10; }, 5);
  EXPECT_DOUBLE_EQ(result.ours, 1000);
  EXPECT_DOUBLE_EQ(result.peer, 2000);
  EXPECT_DOUBLE_EQ(result.ratio, 0.5);
  EXPECT_DOUBLE_EQ(result.ratio_low, 0.5);
  EXPECT_DOUBLE_EQ(result.ratio_high, 0.5);
}

TEST(BenchCompare, BeyondIsTheWholeLessAPartThatIsTimedEachTime) {
  double part_ns = 1;
  double whole_ns = 10;
  const Repetition repetition = beyond([&] { return part_ns *= 2; }, [&] { return whole_ns *= 2; });
  EXPECT_DOUBLE_EQ(repetition(), 20 - 2);
  EXPECT_DOUBLE_EQ(repetition(), 40 - 4);
}

// Rounds up to batches of 8.
class Batches final : public Workload {
 public:
  std::uint64_t run(unsigned thread, std::uint64_t operations) override {
    const std::uint64_t batches = (operations + 7) / 8;
    for (std::uint64_t i = 0; i < batches * 8; ++i)
      steps_[thread].fetch_add(1, std::memory_order_relaxed);
    return batches * 8;
  }
  std::uint64_t steps(unsigned thread) const { return steps_[thread].load(); }

 private:
  std::atomic<std::uint64_t> steps_[kMostThreads] = {};
};

TEST(BenchRepetition, IsOfTheSameSizeOnAllThreadsAndEveryTime) {
  Batches batches;
  Team team(2);
  const Repetition repetition =
      repetition_of(batches, team, {.repetitions = 1, .repetition_ms = 0.01});
  const std::uint64_t before = batches.steps(0);
  EXPECT_EQ(batches.steps(1), before);
  EXPECT_GT(repetition(), 0);
  const std::uint64_t size = batches.steps(0) - before;
  EXPECT_GT(size, 0u);
  EXPECT_GT(repetition(), 0);
  EXPECT_EQ(batches.steps(0), before + 2 * size);
  EXPECT_EQ(batches.steps(1), before + 2 * size);
}

}  // namespace
}  // namespace temporal_slab::bench
