// diff: what it prints of two files, and when --fail-on fails.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/golden.h"
#include "harness/sample_snapshots.h"
#include "render/json.h"
#include "tslab/tslab_test_support.h"

namespace temporal_slab::tslab {
namespace {

using stats::Snapshot;

class Diff : public testing::Test {
 protected:
  Diff() {
    before_.timestamp_ns -= 12'000'000'000;
    before_.classes[0].live_bytes = 1000;
    after_.classes[0].live_bytes = 1100;
  }

  Outcome diff(const Words& flags = {}) {
    Words arguments = {"diff", folder_.write("a.json", render::render_json(before_)),
                       folder_.write("b.json", render::render_json(after_))};
    arguments.insert(arguments.end(), flags.begin(), flags.end());
    return run_here(arguments);
  }

  // Whether it exits 1, and says REGRESSION then and only then.
  bool fails(const std::string& expression) {
    const Outcome outcome = diff({"--fail-on", expression});
    EXPECT_EQ(outcome.err, "");
    EXPECT_EQ(outcome.out.find("REGRESSION") != std::string::npos, outcome.exit_code == 1);
    EXPECT_LT(outcome.exit_code, 2);
    return outcome.exit_code == 1;
  }

  Snapshot before_ = harness::fresh_snapshot();
  Snapshot after_ = harness::fresh_snapshot();
  TemporaryFolder folder_;
};

TEST_F(Diff, PrintsFiguresFindingsAndRegressions) {
  before_.epochs[4].refcount = 1;
  before_.epochs[4].state = stats::EpochState::kClosing;
  before_.epochs[4].age_sec = before_.epochs[4].closing_since_sec = 301;
  after_.epochs[12].refcount = 2;
  after_.epochs[12].epoch_era = 140;
  after_.epochs[12].state = stats::EpochState::kClosing;
  after_.epochs[12].age_sec = after_.epochs[12].closing_since_sec = 612;
  after_.epochs[12].label = "a\"\nb";
  after_.stale_frees = 3;
  const Outcome outcome = diff({"--fail-on", "live_bytes>10%,live_bytes>9%,new_findings"});
  EXPECT_TRUE(harness::matches_golden("tslab/diff.txt", outcome.out));
  EXPECT_EQ(outcome.exit_code, 1);
}

TEST_F(Diff, TakesOneFromStandardInputAndTheLastOfSeveral) {
  const std::string b =
      folder_.write("b.json", render::render_json(before_) + render::render_json(after_));
  const Outcome outcome = run_here({"diff", "-", b}, render::render_json(before_));
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.out, diff().out);
}

TEST_F(Diff, FailsOnGrowthAboveALimit) {
  EXPECT_TRUE(fails("live_bytes"));
  EXPECT_TRUE(fails("live_bytes>99"));
  EXPECT_FALSE(fails("live_bytes>100"));
  EXPECT_TRUE(fails("live_bytes>9%"));
  EXPECT_FALSE(fails("live_bytes>10%"));
  EXPECT_FALSE(fails("live_objects,rss_bytes,slab_bytes,references"));
  EXPECT_TRUE(fails("live_objects,live_bytes"));
  std::swap(before_.classes, after_.classes);
  EXPECT_FALSE(fails("live_bytes"));
}

TEST_F(Diff, FailsOnEachFigureThatItNames) {
  after_.classes[1].live_objects = 1;
  after_.rss_bytes_current += 1;
  after_.estimated_slab_rss_bytes += 1;
  after_.epochs[2].refcount = 1;
  for (const char* name : {"live_objects", "rss_bytes", "slab_bytes", "references"}) {
    EXPECT_TRUE(fails(name)) << name;
    EXPECT_FALSE(fails(std::string(name) + ">1")) << name;
  }
}

TEST_F(Diff, FailsOnLeaksThatAreNewAndNotOnThoseThatStoodBefore) {
  after_.epochs[2].refcount = 1;
  after_.epochs[2].state = stats::EpochState::kClosing;
  after_.epochs[2].age_sec = after_.epochs[2].closing_since_sec = 301;
  EXPECT_TRUE(fails("ref_leaks"));
  EXPECT_TRUE(fails("new_findings"));
  EXPECT_FALSE(fails("ref_leaks>1"));
  EXPECT_EQ(diff({"--fail-on", "ref_leaks", "--age", "301"}).exit_code, 0);
  before_.epochs[2] = after_.epochs[2];
  EXPECT_FALSE(fails("ref_leaks,new_findings"));
  after_.epochs[2].epoch_era = 16;
  EXPECT_TRUE(fails("ref_leaks"));
}

TEST_F(Diff, FailsOnCountersThatGrewAndNotOnThoseThatStoodBefore) {
  before_.invalid_frees = after_.invalid_frees = 5;
  EXPECT_FALSE(fails("new_findings"));
  after_.invalid_frees = 6;
  EXPECT_TRUE(fails("new_findings"));
  EXPECT_FALSE(fails("ref_leaks"));
}

TEST_F(Diff, FailsOnTheShareOfTheSlowPathBetweenTheTwo) {
  before_.total_allocs = before_.total_slow_path_hits = 1000;
  after_.total_allocs = 2000;
  after_.total_slow_path_hits = 1050;
  EXPECT_FALSE(fails("slow_path_pct"));
  after_.total_slow_path_hits = 1051;
  EXPECT_TRUE(fails("slow_path_pct"));
  EXPECT_FALSE(fails("slow_path_pct>6"));
}

TEST_F(Diff, TellsThatTheProcessWasReplaced) {
  after_.pid = 5000;
  after_.stale_frees = 1;
  before_.stale_frees = 9;
  EXPECT_THAT(
      diff().out,
      testing::HasSubstr("\nnot of one run: the process was replaced: pid 4211 is now 5000\n"));
  EXPECT_TRUE(fails("new_findings"));
}

}  // namespace
}  // namespace temporal_slab::tslab
