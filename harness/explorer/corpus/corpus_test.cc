// Each known bug is found from a cold start; its repaired form passes in full within the bound.
#include <gtest/gtest.h>

#include <chrono>
#include <set>
#include <string>

#include "harness/explorer/corpus/bug.h"

namespace temporal_slab::explorer::corpus {
namespace {

std::vector<Bug> all_bugs() {
  std::vector<Bug> bugs;
  for (const auto* some : {&locks(), &protocols(), &published(), &structures()}) {
    bugs.insert(bugs.end(), some->begin(), some->end());
  }
  return bugs;
}

Options options_of(const Bug& bug) {
  Options options;
  options.preemptions = bug.preemptions;
  return options;
}

class KnownBug : public ::testing::TestWithParam<Bug> {};

TEST_P(KnownBug, IsFoundWithinTenSeconds) {
  const Bug& bug = GetParam();
  const auto begin = std::chrono::steady_clock::now();
  const Result result = explore(options_of(bug), [&] { bug.scenario(false); });
  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - begin;
  EXPECT_FALSE(result.passed()) << result.covered;
  EXPECT_NE(result.verdict, Verdict::kNondeterminism) << result.report;
  EXPECT_LT(spent.count(), 10);
  EXPECT_LE(result.replay.size(), 200U);
  const Result again = replay(
      options_of(bug), [&] { bug.scenario(false); }, result.replay);
  EXPECT_EQ(again.report, result.report);
}

TEST_P(KnownBug, IsFoundByPctToo) {
  const Bug& bug = GetParam();
  Options options = options_of(bug);
  options.search = Search::kPct;
  options.schedules = 100'000;
  EXPECT_FALSE(explore(options, [&] { bug.scenario(false); }).passed());
}

TEST_P(KnownBug, IsGoneFromTheRepairedForm) {
  const Bug& bug = GetParam();
  const Result result = explore(options_of(bug), [&] { bug.scenario(true); });
  EXPECT_TRUE(result.passed()) << result.report;
  EXPECT_TRUE(result.complete) << result.covered;
  RecordProperty("schedules", std::to_string(result.schedules));
}

TEST(KnownBugs, OfOthersAreTen) { EXPECT_EQ(published().size(), 10U); }

TEST(KnownBugs, AreManyWithNamesOfTheirOwn) {
  std::set<std::string> names;
  for (const Bug& bug : all_bugs()) names.insert(bug.name);
  EXPECT_EQ(names.size(), all_bugs().size());
  EXPECT_GE(names.size(), 12U);
}

// Those that are mistakes of order between whole steps need no weak memory.
TEST(KnownBugs, OfInterleavingAreFoundInStrongMemoryToo) {
  for (const Bug& bug : all_bugs()) {
    const std::string name = bug.name;
    if (name != "treiber_aba" && name != "mpsc_lost_wakeup" && name != "refcount_dec_then_check" &&
        name != "hazard_pointer_no_recheck" && name != "michael_scott_tail_lag") {
      continue;
    }
    Options options = options_of(bug);
    options.weak_memory = false;
    const Result result = explore(options, [&] { bug.scenario(false); });
    EXPECT_FALSE(result.passed()) << name;
    EXPECT_EQ(result.stale_reads, 0) << result.report;
  }
}

INSTANTIATE_TEST_SUITE_P(Corpus, KnownBug, ::testing::ValuesIn(all_bugs()),
                         [](const auto& bug) { return std::string(bug.param.name); });

}  // namespace
}  // namespace temporal_slab::explorer::corpus
