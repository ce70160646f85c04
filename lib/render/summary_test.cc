#include "render/summary.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "harness/sample_snapshots.h"

namespace temporal_slab::render {
namespace {

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != text.npos;
}

TEST(Summary, FitsOnAScreen) {
  for (const auto& sample : {harness::fresh_snapshot(), harness::busy_snapshot(),
                             harness::hostile_snapshot(), harness::largest_snapshot()}) {
    const std::string text = render_summary(sample);
    EXPECT_LE(std::count(text.begin(), text.end(), '\n'), 24);
  }
}

TEST(Summary, ListsAProblemOnlyWhenThereIsOne) {
  stats::Snapshot s = harness::fresh_snapshot();
  EXPECT_TRUE(contains(render_summary(s), "problems       none\n"));
  s.refcount_underflows = 3;
  const std::string text = render_summary(s);
  EXPECT_TRUE(
      contains(text, "problems       refcount_underflows 3: references dropped where none"));
  EXPECT_FALSE(contains(text, "none\n"));
  EXPECT_FALSE(contains(text, "stale_frees"));
}

TEST(Summary, NamesTheOldestReferencedEpoch) {
  EXPECT_TRUE(contains(render_summary(harness::busy_snapshot()),
                       "9 on 2 epochs; oldest 620s, epoch 12 era 140 background-worker-3\n"));
}

// R-2.5-5
TEST(Summary, NamesWhoHoldsReferencesTheOldestEpochFirst) {
  stats::Snapshot s = harness::busy_snapshot();
  EXPECT_TRUE(contains(render_summary(s),
                       "holders        epoch 12 era 140: worker-3 (tid 4217) holds 2, last taken "
                       "at handle_job worker.cpp:88\n"));
  EXPECT_FALSE(contains(render_summary(harness::fresh_snapshot()), "holders"));
  stats::HolderRow holder = s.epochs[12].holders[0];
  holder.thread = "other";
  holder.site = "";
  s.epochs[1].age_sec = s.epochs[12].age_sec + 1;
  s.epochs[1].holders.assign(5, holder);
  const std::string text = render_summary(s);
  EXPECT_TRUE(contains(text, "holders        epoch 1 era"));
  EXPECT_TRUE(contains(text, ": other (tid 4217) holds 2\n"));
  EXPECT_TRUE(contains(text, "\n               and 2 more, see --json\n"));
  EXPECT_FALSE(contains(text, "handle_job"));
}

TEST(Summary, SaysThatADeadProcessIsGone) {
  stats::Snapshot s = harness::fresh_snapshot();
  EXPECT_FALSE(contains(render_summary(s), "gone"));
  s.rss_bytes_current = 0;
  EXPECT_TRUE(contains(render_summary(s), "0.00MB, the process is gone"));
}

TEST(Summary, TheShareOfTheSlowPathStaysInRange) {
  stats::Snapshot s = harness::fresh_snapshot();
  s.total_slow_path_hits = 1;
  s.total_allocs = 8;
  EXPECT_TRUE(contains(render_summary(s), "1, 12.50% of allocations; "));
  s.total_slow_path_hits = std::numeric_limits<std::uint64_t>::max();
  s.total_allocs = std::numeric_limits<std::uint64_t>::max();
  EXPECT_TRUE(contains(render_summary(s), ", 99.99% of allocations; "));
}

TEST(Summary, SumsOfForgedRowsDoNotWrap) {
  EXPECT_TRUE(contains(render_summary(harness::largest_snapshot()),
                       "live           18446744073709551615 objects, "));
}

TEST(Summary, TextsCannotAddLinesOrEscapes) {
  stats::Snapshot s = harness::fresh_snapshot();
  s.epochs[0].holders.resize(1);
  const std::string plain = render_summary(s);
  for (const std::string& label : harness::hostile_labels()) {
    s.process = s.allocator = s.version = label;
    s.epochs[0].holders[0].thread = s.epochs[0].holders[0].site = label;
    const std::string text = render_summary(s);
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'),
              std::count(plain.begin(), plain.end(), '\n'));
    EXPECT_FALSE(contains(text, "\x1B"));
  }
}

}  // namespace
}  // namespace temporal_slab::render
