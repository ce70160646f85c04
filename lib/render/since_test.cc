#include "render/since.h"

#include <gtest/gtest.h>

#include "harness/sample_snapshots.h"

namespace temporal_slab::render {
namespace {

using stats::Snapshot;

TEST(Since, ItselfNothingHappened) {
  const Snapshot s = harness::busy_snapshot();
  EXPECT_EQ(why_not_since(s, s), "");
  const Snapshot none = since(s, s);
  EXPECT_EQ(none.total_allocs, 0u);
  EXPECT_EQ(none.stale_frees, 0u);
  EXPECT_EQ(none.classes[3].slow_path_hits, 0u);
  EXPECT_TRUE(none.abandoned.empty());
}

TEST(Since, CountersAreTheirGrowthAndGaugesStay) {
  const Snapshot before = harness::busy_snapshot();
  Snapshot now = before;
  now.total_allocs += 7;
  now.classes[2].allocs += 7;
  now.rss_bytes_current -= 4096;
  now.epochs[4].refcount = 9;
  now.abandoned.push_back({});
  const Snapshot grown = since(now, before);
  EXPECT_EQ(grown.total_allocs, 7u);
  EXPECT_EQ(grown.total_frees, 0u);
  EXPECT_EQ(grown.classes[2].allocs, 7u);
  EXPECT_EQ(grown.rss_bytes_current, now.rss_bytes_current);
  EXPECT_EQ(grown.epochs[4].refcount, 9u);
  EXPECT_EQ(grown.epoch_count, 16u);
  EXPECT_EQ(grown.abandoned.size(), 1u);
}

// R-3-1
TEST(Since, ItNeverGoesBelowZero) {
  Snapshot before = harness::busy_snapshot();
  before.total_allocs += 1;
  before.classes.resize(9);
  EXPECT_EQ(since(harness::fresh_snapshot(), before).total_allocs, 0u);
}

TEST(Since, AReplacedProcessIsTold) {
  const Snapshot before = harness::busy_snapshot();
  Snapshot now = before;
  now.pid = 5000;
  EXPECT_EQ(why_not_since(now, before), "the process was replaced: pid 4211 is now 5000");
  now = before;
  now.total_frees = 3;
  EXPECT_EQ(why_not_since(now, before), "the process was replaced: total_frees fell from " +
                                            std::to_string(before.total_frees) + " to 3");
  now = before;
  now.allocator = "other";
  EXPECT_EQ(why_not_since(now, before), "the allocators differ: \"main\" and \"other\"");
  now = before;
  now.timestamp_ns -= 1;
  EXPECT_EQ(why_not_since(now, before), "the earlier snapshot is the later one");
}

}  // namespace
}  // namespace temporal_slab::render
