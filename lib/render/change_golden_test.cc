// What `watch` and `diff` print of two snapshots, byte by byte.
#include <gtest/gtest.h>

#include "harness/golden.h"
#include "harness/sample_snapshots.h"
#include "render/change.h"

namespace temporal_slab::render {
namespace {

using harness::matches_golden;
using stats::Snapshot;

// Two and a half seconds later.
Snapshot later() {
  Snapshot s = harness::busy_snapshot();
  s.timestamp_ns += 2'500'000'000;
  s.total_allocs += 1000;
  s.total_slow_path_hits += 1;
  s.rss_bytes_current -= 8192;
  s.epochs[12].refcount = 3;
  s.classes[2].live_bytes += 25;
  return s;
}

TEST(ChangeGolden, RatesPerSecondAndChanges) {
  EXPECT_TRUE(matches_golden("rates_busy.txt", render_rates(harness::busy_snapshot(), later())));
  EXPECT_TRUE(
      matches_golden("changes_busy.txt", render_changes(harness::busy_snapshot(), later())));
  const Snapshot largest = harness::largest_snapshot();
  Snapshot smallest = largest;
  smallest.timestamp_ns -= 1;
  smallest.total_allocs = 0;
  EXPECT_TRUE(matches_golden("rates_largest.txt", render_rates(smallest, largest)));
  EXPECT_TRUE(matches_golden("changes_largest.txt", render_changes(smallest, largest)));
}

TEST(ChangeGolden, WhatHasNoRatesSaysWhy) {
  Snapshot other = later();
  other.pid = 99;
  const Snapshot before = harness::busy_snapshot();
  EXPECT_EQ(render_rates(before, other),
            "rates of main of checkout (pid 99)\nno rates: the process was replaced: pid 4211 is "
            "now 99; they begin anew from here\n");
  EXPECT_EQ(render_rates(before, before),
            "rates of main of checkout (pid 4211)\nno rates: no later snapshot has come\n");
  EXPECT_TRUE(matches_golden("changes_replaced.txt", render_changes(before, other)));
  EXPECT_EQ(render_changes(before, before),
            "changes of main of checkout (pid 4211) over 0.00s\nno figure changed\n");
}

TEST(ChangeGolden, NamesThatTryToBreakTheTerminalAreShownAsText) {
  Snapshot s = harness::busy_snapshot();
  s.allocator = "\x1B[2J";
  s.process = "a\nb";
  EXPECT_EQ(render_changes(s, s),
            "changes of \\x1b[2J of a\\x0ab (pid 4211) over 0.00s\nno figure changed\n");
}

}  // namespace
}  // namespace temporal_slab::render
