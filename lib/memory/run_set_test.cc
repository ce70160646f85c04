#include "memory/run_set.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace temporal_slab::memory {
namespace {

TEST(RunSet, TakesTheLowestPlace) {
  RunSet<256> set;
  for (const std::uint32_t place : {200u, 3u, 64u, 255u}) set.insert(place);
  EXPECT_EQ(set.take_lowest(), 3u);
  EXPECT_EQ(set.take_lowest(), 64u);
  set.insert(0);
  EXPECT_EQ(set.take_lowest(), 0u);
  EXPECT_EQ(set.take_lowest(), 200u);
  EXPECT_EQ(set.take_lowest(), 255u);
  EXPECT_TRUE(set.empty());
}

TEST(RunSet, ARunCrossesWordsAndStopsAtTheFirstGap) {
  RunSet<256> set;
  for (std::uint32_t place = 60; place < 140; ++place) set.insert(place);
  set.insert(141);
  const auto run = set.take_lowest_run();
  EXPECT_EQ(run.first, 60u);
  EXPECT_EQ(run.count, 80u);
  EXPECT_EQ(set.count(), 1u);
  EXPECT_TRUE(set.contains(141));
}

TEST(RunSet, ARunEndsWithTheLastPlace) {
  RunSet<64> set;
  for (std::uint32_t place = 0; place < 64; ++place) set.insert(place);
  const auto run = set.take_lowest_run();
  EXPECT_EQ(run.first, 0u);
  EXPECT_EQ(run.count, 64u);
  EXPECT_TRUE(set.empty());
}

TEST(RunSet, AgreesWithASetOverRandomUse) {
  std::mt19937 random(1);
  RunSet<192> set;
  std::set<std::uint32_t> expected;
  for (int step = 0; step < 20'000; ++step) {
    const auto place = static_cast<std::uint32_t>(random() % 192);
    if (random() % 2 == 0 && !expected.contains(place)) {
      set.insert(place);
      expected.insert(place);
    } else if (!expected.empty()) {
      EXPECT_EQ(set.take_lowest(), *expected.begin());
      expected.erase(expected.begin());
    }
    ASSERT_EQ(set.count(), expected.size());
    ASSERT_EQ(set.contains(place), expected.contains(place));
  }
}

}  // namespace
}  // namespace temporal_slab::memory
