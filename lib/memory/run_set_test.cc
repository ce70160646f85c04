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

TEST(RunSet, TakesTheLowestRunThatIsLongEnoughAndAligned) {
  RunSet<256> set;
  set.insert(2, 3);
  set.insert(61, 20);
  EXPECT_EQ(set.take_run(4, 1), 61u) << "2..4 is too short";
  EXPECT_EQ(set.take_run(8, 4), 68u);
  EXPECT_EQ(set.take_run(4, 8), 256u) << "none of 76..80 is left of 80 on";
  EXPECT_EQ(set.take_run(3, 1), 2u);
  EXPECT_EQ(set.count(), 8u);
}

TEST(RunSet, RunsAgreeWithASearchOverRandomUse) {
  std::mt19937 random(2);
  RunSet<192> set;
  std::set<std::uint32_t> expected;
  const auto search = [&](std::uint32_t count, std::uint32_t alignment) {
    for (std::uint32_t first = 0; first + count <= 192; first += alignment) {
      std::uint32_t i = 0;
      while (i < count && expected.contains(first + i)) ++i;
      if (i == count) return first;
    }
    return 192u;
  };
  for (int step = 0; step < 20'000; ++step) {
    const auto place = static_cast<std::uint32_t>(random() % 192);
    if (random() % 4 != 0) {
      if (!expected.insert(place).second) continue;
      set.insert(place);
      continue;
    }
    const auto count = static_cast<std::uint32_t>(1 + random() % 20);
    const std::uint32_t alignment = 1u << random() % 5;
    const std::uint32_t first = search(count, alignment);
    ASSERT_EQ(set.take_run(count, alignment), first) << count << " at " << alignment;
    for (std::uint32_t i = 0; first != 192 && i < count; ++i) expected.erase(first + i);
    ASSERT_EQ(set.count(), expected.size());
  }
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
