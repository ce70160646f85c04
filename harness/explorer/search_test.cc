// Searches say what they covered; schedules are strings that do it again; failures are made small.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>

#include "harness/explorer/corpus/bug.h"
#include "harness/explorer/random.h"
#include "temporal_slab_explorer/explorer.h"
#include "temporal_slab_explorer/strategy.h"

namespace temporal_slab::explorer {
namespace {

void three_counters() {
  atomic<int> x{0};
  const auto add = [&] { x.fetch_add(1), x.fetch_add(1); };
  parallel(add, add, add);
  check(x.load() == 6, "all counted");
}

TEST(Search, ExhaustiveCountsEachInterleavingOnce) {
  Options options;
  options.preemptions = kUnlimited;
  const Result result = explore(options, [] { three_counters(); });
  EXPECT_TRUE(result.complete);
  EXPECT_EQ(result.schedules, 90);  // 6! / (2! 2! 2!)
  EXPECT_EQ(result.covered.rfind("all 90 schedules, ", 0), 0U) << result.covered;
}

TEST(Search, APreemptionBoundOfNoneLeavesTheOrdersOfWholeThreads) {
  Options options;
  options.preemptions = 0;
  EXPECT_EQ(explore(options, [] { three_counters(); }).schedules, 6);
}

TEST(Search, AMutexLeavesTheOrdersOfItsHolders) {
  Options options;
  options.preemptions = kUnlimited;
  const Result result = explore(options, [] {
    mutex m;
    var<int> x{0};
    const auto add = [&] { m.lock(), x.set(x.get() + 1), m.unlock(); };
    parallel(add, add);
    check(x.get() == 2, "both counted");
  });
  EXPECT_TRUE(result.complete) << result.report;
}

TEST(Search, WithoutWeakMemoryEveryLoadReadsTheNewest) {
  Options options;
  options.preemptions = kUnlimited;
  options.weak_memory = false;
  const auto store_buffering = [] {
    atomic<int> x{0};
    atomic<int> y{0};
    int a = 0;
    int b = 0;
    const auto relaxed = std::memory_order_relaxed;
    parallel([&] { x.store(1, relaxed), a = y.load(relaxed); },
             [&] { y.store(1, relaxed), b = x.load(relaxed); });
    check(a + b > 0, "one sees the other");
  };
  EXPECT_TRUE(explore(options, store_buffering).passed());
  options.weak_memory = true;
  EXPECT_FALSE(explore(options, store_buffering).passed());
}

TEST(Search, PctTellsTheBoundOnWhatItMissedAndWhatItComesFrom) {
  Options options;
  options.search = Search::kPct;
  options.schedules = 2001;
  const Result result = explore(options, [] { three_counters(); });
  EXPECT_TRUE(result.passed());
  EXPECT_EQ(result.schedules, 2001);
  int threads = 0;
  int choices = 0;
  int counted = 0;
  double missed = 0;
  const std::size_t from = result.covered.find("a bug of depth 3");
  ASSERT_NE(from, std::string::npos) << result.covered;
  ASSERT_EQ(std::sscanf(result.covered.c_str() + from,
                        "a bug of depth 3 that needs no stale read is missed with p <= %lf = "
                        "(1 - 1/(%d threads * %d choices^2))^%d schedules without stale reads",
                        &missed, &threads, &choices, &counted),
            4)
      << result.covered;
  // The test itself waits; two starts and the six steps of three, but for the last thread's.
  EXPECT_EQ(threads, 3);
  EXPECT_GE(choices, 4);
  EXPECT_LE(choices, 7);
  EXPECT_GT(counted, 900);
  EXPECT_LE(counted, 1001);
  EXPECT_NEAR(missed, std::pow(1 - 1.0 / (threads * choices * choices), counted), missed / 100);
}

// What one thread does alone, before the others, makes nothing less likely.
TEST(Search, PctDrawsItsChangesWhereThreadsMeet) {
  Options options;
  options.search = Search::kPct;
  options.depth = 2;
  options.weak_memory = false;
  options.schedules = 200;
  const Result result = explore(options, [] {
    atomic<int> x{0};
    for (int i = 0; i < 5000; ++i) x.store(0, std::memory_order_relaxed);
    const auto add = [&] { x.store(x.load() + 1); };
    parallel(add, add);
    check(x.load() == 2, "both counted");
  });
  EXPECT_FALSE(result.passed()) << result.covered;
}

TEST(Search, RandomRunsGoOnAfterALimitOfTimeIsNotReached) {
  Options options;
  options.search = Search::kRandom;
  options.schedules = 500;
  options.seconds = 3600;
  EXPECT_EQ(explore(options, [] { three_counters(); }).schedules, 500);
}

TEST(Replay, AStringIsTheScheduleAndTheScheduleIsTheString) {
  const Schedule schedule = {{4, ChoiceKind::kPreempt, 1}, {5, ChoiceKind::kRead, 2}};
  const std::string text = to_replay(schedule);
  EXPECT_EQ(text, "x1:4p1.0r2");
  Schedule parsed;
  ASSERT_TRUE(from_replay(text, &parsed));
  EXPECT_EQ(to_replay(parsed), text);
  EXPECT_TRUE(from_replay("x1:", &parsed));
  EXPECT_TRUE(parsed.empty());
}

TEST(Replay, RefusesWhatIsNoSchedule) {
  Schedule parsed;
  for (const char* text : {"", "x2:4p1", "x1:p1", "x1:4q1", "x1:4p", "x1:4p1,0r2", "x1:-4p1"}) {
    EXPECT_FALSE(from_replay(text, &parsed)) << text;
  }
  EXPECT_EQ(replay(
                {}, [] {}, "nonsense")
                .verdict,
            Verdict::kFailedCheck);
}

TEST(Replay, TellsWhenTheTestOffersOtherChoices) {
  const Result result = replay(
      {}, [] { three_counters(); }, "x1:90p1");
  EXPECT_EQ(result.verdict, Verdict::kNondeterminism);
}

void lost_update() {
  atomic<int> x{0};
  const auto add = [&] { x.store(x.load() + 1); };
  parallel(add, add, add);
  check(x.load() == 3, "all counted");
}

// Failures of random searches, each replayed a hundred times: the same to the letter.
TEST(Replay, TenFailuresReplayIdenticallyAHundredTimes) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    Options options;
    options.search = seed % 2 == 0 ? Search::kRandom : Search::kPct;
    options.seed = seed;
    options.minimise = seed % 3 != 0;
    const Result first = explore(options, [] { lost_update(); });
    ASSERT_EQ(first.verdict, Verdict::kFailedCheck);
    ASSERT_LE(first.replay.size(), 200U);
    for (int i = 0; i < 100; ++i) {
      const Result again = replay(
          options, [] { lost_update(); }, first.replay);
      ASSERT_EQ(again.report, first.report);
    }
  }
}

// The same strings, wherever and however this was compiled.
TEST(Replay, StringsMeanTheSameInEveryBuild) {
  const Result failed = explore([] { lost_update(); });
  EXPECT_EQ(failed.replay, "x1:5r1");
  Options options;
  options.search = Search::kRandom;
  options.minimise = false;
  EXPECT_EQ(explore(options, [] { lost_update(); }).replay, "x1:0s1.0p2.0p2.0p1");
}

TEST(Minimise, LeavesNoMorePreemptionsAndStaleReadsThanNeeded) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Options options;
    options.search = Search::kRandom;
    options.seed = seed;
    const Result result = explore(options, [] { lost_update(); });
    ASSERT_EQ(result.verdict, Verdict::kFailedCheck);
    EXPECT_EQ(result.preemptions, 0);
    EXPECT_EQ(result.stale_reads, 1);
  }
}

TEST(Minimise, ReducesPreemptionsWhereMemoryIsStrong) {
  Options options;
  options.search = Search::kRandom;
  options.weak_memory = false;
  const Result result = explore(options, [] { lost_update(); });
  ASSERT_EQ(result.verdict, Verdict::kFailedCheck);
  EXPECT_EQ(result.preemptions, 1);
  EXPECT_EQ(result.stale_reads, 0);
}

TEST(Report, ShowsThreadsStepsLinesAndWhereValuesCameFrom) {
  const Result result = explore([] { lost_update(); });
  for (const char* part : {"failed check: all counted at search_test.cc:", "T1", "T2", "T3",
                           "load(seq_cst) = 1 (stale, row 3)", "store(1, seq_cst)", "(row ",
                           "preemptions: 0, stale reads: 1", "replay: \"x1:"}) {
    EXPECT_NE(result.report.find(part), std::string::npos) << part << "\n" << result.report;
  }
}

}  // namespace
}  // namespace temporal_slab::explorer
