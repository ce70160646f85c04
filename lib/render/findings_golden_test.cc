// What `doctor` prints for each kind, byte by byte.
#include <gtest/gtest.h>

#include "harness/golden.h"
#include "harness/sample_snapshots.h"
#include "render/findings.h"

namespace temporal_slab::render {
namespace {

using harness::matches_golden;
using stats::Snapshot;

std::string text_of(const Snapshot& s, const Thresholds& t = {}) {
  return render_findings(s, find(s, t), t);
}

Snapshot with_leak() {
  Snapshot s = harness::fresh_snapshot();
  stats::EpochRow& row = s.epochs[12];
  row.epoch_era = 140;
  row.label = "background-worker-3";
  row.refcount = 2;
  row.age_sec = 612;
  row.closing_since_sec = 550;
  row.state = stats::EpochState::kClosing;
  row.estimated_rss_bytes = 12288;
  stats::HolderRow holder;
  holder.tid = 4211;
  holder.thread = "worker-3";
  holder.refs = 2;
  holder.site = "handle_job worker.cpp:88";
  row.holders = {holder};
  return s;
}

TEST(FindingsGolden, BeginsAsTheExampleOfTheContract) {
  EXPECT_EQ(text_of(with_leak())
                .find("REF_LEAK epoch=12 era=140 label=\"background-worker-3\" refcount=2 age=612s "
                      "state=CLOSING pinned=12288\n"
                      "  Application bug: 2 references taken and never dropped for 10m12s.\n"
                      "  thread worker-3 (tid 4211): 2, last taken at handle_job worker.cpp:88\n"),
            0u);
}

TEST(FindingsGolden, RefLeakWithAllSomeAndNoHoldersKnown) {
  Snapshot s = with_leak();
  EXPECT_TRUE(matches_golden("findings_ref_leak.txt", text_of(s)));
  s.epochs[12].refcount = 5;
  s.epochs[12].holders.push_back({});
  s.epochs[12].holders[1].refs = 1;
  EXPECT_TRUE(matches_golden("findings_ref_leak_some_holders.txt", text_of(s)));
  s.epochs[12].holders.clear();
  EXPECT_TRUE(matches_golden("findings_ref_leak_no_holder.txt", text_of(s)));
}

TEST(FindingsGolden, AbandonedRefs) {
  Snapshot s = harness::fresh_snapshot();
  s.abandoned_refs = 3;
  s.abandoned = harness::busy_snapshot().abandoned;
  s.abandoned[1].holders.clear();
  EXPECT_TRUE(matches_golden("findings_abandoned_refs.txt", text_of(s)));
  s.takeover_after_sec = 0;
  EXPECT_TRUE(matches_golden("findings_abandoned_refs_at_once.txt", text_of(s)));
}

TEST(FindingsGolden, RingFull) {
  Snapshot s = harness::fresh_snapshot();
  s.advances_held = 28'861;
  for (std::size_t epoch = 0; epoch < 15; ++epoch) s.epochs[epoch].refcount = 1;
  EXPECT_TRUE(matches_golden("findings_ring_full.txt", text_of(s)));
}

TEST(FindingsGolden, ObjectLeak) {
  Snapshot s = harness::fresh_snapshot();
  stats::EpochRow& row = s.epochs[4];
  row.epoch_era = 20;
  row.state = stats::EpochState::kClosing;
  row.label = "request:abc123";
  row.live_objects = 1;
  row.live_bytes = 768;
  row.age_sec = 86400 + 7300;
  row.closing_since_sec = 86400 + 120;
  row.estimated_rss_bytes = 4096;
  EXPECT_TRUE(matches_golden("findings_object_leak.txt", text_of(s)));
}

// 2 of 200 objects in each of many epochs.
TEST(FindingsGolden, ObjectLeakThatTheRingCarries) {
  Snapshot s = harness::fresh_snapshot();
  for (stats::EpochRow& row : s.epochs) {
    row.epoch_era = 1200 + row.epoch_id;
    row.live_objects = row.carried_objects = 148;
    row.live_bytes = row.carried_bytes = 148 * 128;
    row.carried_slabs = row.carried_eras = 74 - row.epoch_id % 3;
    row.estimated_rss_bytes = row.carried_slab_bytes = 4096 * row.carried_slabs;
    row.carried_oldest_age_sec = 312;
  }
  EXPECT_TRUE(matches_golden("findings_object_leak_carried.txt", text_of(s)));
}

TEST(FindingsGolden, PinnedSlabs) {
  Snapshot s = harness::fresh_snapshot();
  for (std::uint64_t epoch = 0; epoch < 5; ++epoch) {
    stats::EpochRow& row = s.epochs[epoch];
    row.age_sec = 4000;
    row.closing_since_sec = epoch == 4 ? 0 : 3900;
    row.epoch_era = 20 + epoch;
    row.label = "batch-" + std::to_string(epoch);
    row.state = epoch == 4 ? stats::EpochState::kActive : stats::EpochState::kClosing;
    row.estimated_rss_bytes = (10 + epoch) << 20;
    row.live_bytes = 3 << 20;
  }
  s.epochs[3].carried_eras = 2;
  for (const std::uint64_t i : {2u, 5u, 9u, 18u}) {
    s.classes[i].total_partial_slabs = (12 << 20) / s.classes[i].slab_bytes;
    s.classes[i].live_bytes = i << 19;
  }
  EXPECT_TRUE(matches_golden("findings_pinned_slabs.txt",
                             render_findings(s, find(s, {.age_sec = 600}), {.age_sec = 600})));
}

TEST(FindingsGolden, Counters) {
  for (const auto& [name, figure] :
       {std::pair("underflow", &Snapshot::refcount_underflows),
        std::pair("stale_release", &Snapshot::stale_releases),
        std::pair("madvise_failure", &Snapshot::total_madvise_failures),
        std::pair("bad_free", &Snapshot::stale_frees)}) {
    Snapshot s = harness::fresh_snapshot();
    s.*figure = 1;
    EXPECT_TRUE(matches_golden("findings_" + std::string(name) + ".txt", text_of(s)));
  }
}

TEST(FindingsGolden, SlowPathByEachCause) {
  for (const auto& [name, member] :
       {std::pair("epoch_closed", &stats::ClassRow::slow_path_epoch_closed),
        std::pair("cache_miss", &stats::ClassRow::slow_path_cache_miss),
        std::pair("partial_null", &stats::ClassRow::current_partial_null),
        std::pair("partial_full", &stats::ClassRow::current_partial_full)}) {
    Snapshot s = harness::fresh_snapshot();
    s.total_allocs = 100'000;
    s.total_slow_path_hits = s.classes[6].slow_path_hits = s.classes[6].*member = 15'100;
    EXPECT_TRUE(matches_golden("findings_slow_path_" + std::string(name) + ".txt", text_of(s)));
  }
}

TEST(FindingsGolden, SeveralAtOnceHostileOnesAndTheLargest) {
  const Snapshot busy = harness::busy_snapshot();
  EXPECT_TRUE(matches_golden("findings_busy.txt", text_of(busy)));
  EXPECT_TRUE(matches_golden("findings_busy.json", render_findings_json(busy, find(busy, {}), {})));
  const std::string hostile = text_of(harness::hostile_snapshot(), {.age_sec = 0});
  EXPECT_TRUE(matches_golden("findings_hostile.txt", hostile));
  for (const char c : hostile) EXPECT_TRUE(c == '\n' || (c & 0xE0) != 0) << static_cast<int>(c);
  EXPECT_TRUE(matches_golden("findings_largest.txt", text_of(harness::largest_snapshot())));
}

}  // namespace
}  // namespace temporal_slab::render
