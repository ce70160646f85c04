#include "render/findings.h"

#include <gtest/gtest.h>

#include <limits>

#include "harness/sample_snapshots.h"
#include "harness/schema_validator.h"

namespace temporal_slab::render {
namespace {

using stats::Snapshot;

constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();

std::vector<std::string> headlines(const Snapshot& snapshot, const Thresholds& thresholds = {}) {
  std::vector<std::string> lines;
  for (const Finding& finding : find(snapshot, thresholds)) lines.push_back(headline(finding));
  return lines;
}

using Lines = std::vector<std::string>;

TEST(Findings, AFreshAllocatorHasNone) {
  EXPECT_EQ(headlines(harness::fresh_snapshot()), Lines{});
  EXPECT_EQ(render_findings(harness::fresh_snapshot(), {}, {}),
            "all is well with main of checkout (pid 4211): no reference or closed object older "
            "than 5m00s, no other finding\n");
}

TEST(Findings, AReferenceLeaksOnceItIsOlderThanTheAge) {
  Snapshot s = harness::fresh_snapshot();
  stats::EpochRow& row = s.epochs[3];
  row.refcount = 5;
  row.age_sec = 301;
  EXPECT_EQ(headlines(s), Lines{}) << "its holders take and drop";
  row.kept_refs = 1;
  row.kept_oldest_sec = 300;
  EXPECT_EQ(headlines(s), Lines{}) << "this one had no time to drop it";
  row.kept_oldest_sec = 301;
  EXPECT_EQ(headlines(s),
            Lines{"REF_LEAK epoch=3 era=0 label=\"\" refcount=5 age=301s state=ACTIVE pinned=0"});
  EXPECT_EQ(find(s, {})[0].prose[0],
            "Application bug: 1 reference taken and never dropped for 5m01s, "
            "in an epoch that is no longer current.");
  s.current_epoch = 3;
  EXPECT_EQ(find(s, {})[0].prose[0],
            "Application bug: 1 reference taken and never dropped for 5m01s, "
            "by holders that never dropped any.");
  EXPECT_EQ(headlines(s, {.age_sec = 301}), Lines{});
  row.age_sec = 0;
  EXPECT_EQ(headlines(s), Lines{}) << "the ring never opened it: it is of no age";
}

TEST(Findings, OfAnEpochThatWasLeftReferencesLeakByTheTimeSinceThen) {
  Snapshot s = harness::fresh_snapshot();
  s.epochs[3].refcount = 1;
  s.epochs[3].state = stats::EpochState::kClosing;
  s.epochs[3].age_sec = 5000;
  s.epochs[3].closing_since_sec = 300;
  EXPECT_EQ(headlines(s), Lines{});
  s.epochs[3].closing_since_sec = 301;
  EXPECT_EQ(headlines(s).size(), 1u);
}

TEST(Findings, PinnedAreTheSlabsThatHoldObjects) {
  Snapshot s = harness::fresh_snapshot();
  s.epochs[3].refcount = 1;
  s.epochs[3].state = stats::EpochState::kClosing;
  s.epochs[3].closing_since_sec = 301;
  s.epochs[3].age_sec = 301;
  s.epochs[3].estimated_rss_bytes = 20480;
  s.epochs[3].reclaimable_bytes = 8192;
  EXPECT_NE(headlines(s)[0].find("pinned=12288"), std::string::npos);
  s.epochs[3].reclaimable_bytes = kMax;
  EXPECT_NE(headlines(s)[0].find("pinned=0"), std::string::npos);
}

TEST(Findings, ObjectsLeakOnlyInAClosedEpochThatNobodyReferences) {
  Snapshot s = harness::fresh_snapshot();
  stats::EpochRow& row = s.epochs[3];
  row.state = stats::EpochState::kClosing;
  row.live_objects = 2;
  row.live_bytes = 128;
  row.age_sec = 5000;  // open for long is no leak: it was left just now
  row.closing_since_sec = 300;
  EXPECT_EQ(headlines(s), Lines{});
  row.closing_since_sec = 301;
  EXPECT_EQ(
      headlines(s),
      Lines{
          "OBJECT_LEAK epoch=3 era=0 label=\"\" live_objects=2 live_bytes=128 age=5000s pinned=0"});
  row.state = stats::EpochState::kActive;
  EXPECT_EQ(headlines(s), Lines{});
}

// What the ring carries along is as old as the era that it was born in, in whatever
// incarnation stands there now.
TEST(Findings, CarriedObjectsLeakByTheAgeOfTheirEras) {
  Snapshot s = harness::fresh_snapshot();
  for (const std::size_t epoch : {3u, 7u, 8u}) {
    stats::EpochRow& row = s.epochs[epoch];
    row.refcount = epoch == 3 ? 1 : 0;  // of the incarnation that stands
    row.live_objects = row.carried_objects = 10 * epoch;
    row.live_bytes = row.carried_bytes = 640 * epoch;
    row.carried_slab_bytes = 4096 * epoch;
    row.carried_eras = epoch;
    row.carried_oldest_age_sec = 298 + epoch;
  }
  EXPECT_EQ(headlines(s), (Lines{"OBJECT_LEAK carried_objects=180 carried_bytes=11520 eras=18 "
                                 "oldest=306s pinned=73728"}));
  EXPECT_EQ(headlines(s, {.age_sec = 305}),
            (Lines{"OBJECT_LEAK carried_objects=80 carried_bytes=5120 eras=8 oldest=306s "
                   "pinned=32768"}));
  EXPECT_EQ(headlines(s, {.age_sec = 306}), Lines{});
}

// The process died in the second in which it left the epoch: its age stands still.
TEST(Findings, WhatWasLeftCountsAtOnceWithoutAnAgeToWaitFor) {
  Snapshot s = harness::fresh_snapshot();
  stats::EpochRow& row = s.epochs[3];
  row.state = stats::EpochState::kClosing;
  row.refcount = 1;
  EXPECT_EQ(headlines(s, {.age_sec = 1}), Lines{});
  EXPECT_EQ(headlines(s, {.age_sec = 0}).size(), 1u);
}

// Beside them what stands counts for itself.
TEST(Findings, ObjectsOfAClosedEpochAreCountedWithoutCarriedOnes) {
  Snapshot s = harness::fresh_snapshot();
  stats::EpochRow& row = s.epochs[3];
  row.state = stats::EpochState::kClosing;
  row.age_sec = 301;
  row.closing_since_sec = 301;
  row.live_objects = row.carried_objects = 5;
  row.live_bytes = row.carried_bytes = 320;
  row.estimated_rss_bytes = row.carried_slab_bytes = 4096;
  row.carried_eras = 1;
  row.carried_oldest_age_sec = 300;
  EXPECT_EQ(headlines(s), Lines{});
  row.live_objects = 7;
  row.live_bytes = 448;
  row.estimated_rss_bytes = 12288;
  EXPECT_EQ(headlines(s), (Lines{"OBJECT_LEAK epoch=3 era=0 label=\"\" live_objects=2 "
                                 "live_bytes=128 age=301s pinned=8192"}));
}

Snapshot with_old_slabs(std::uint64_t slab_mb, std::uint64_t live_mb) {
  Snapshot s = harness::fresh_snapshot();
  s.epochs[0].age_sec = 301;
  s.epochs[0].estimated_rss_bytes = slab_mb << 20;
  s.epochs[0].live_bytes = live_mb << 20;
  return s;
}

TEST(Findings, SlabsArePinnedWhenTheyAreOldLargeAndLessThanHalfFull) {
  EXPECT_EQ(headlines(with_old_slabs(130, 44)),
            Lines{"PINNED_SLABS empty=90177536 live_bytes=46137344 pinned=136314880"});
  EXPECT_EQ(headlines(with_old_slabs(130, 65)), Lines{}) << "half full";
  EXPECT_EQ(headlines(with_old_slabs(10, 2)), Lines{}) << "8 MB are tolerated";
  EXPECT_EQ(headlines(with_old_slabs(10, 2), {.pinned_slabs_mb = 7}).size(), 1u);
  Snapshot s = with_old_slabs(130, 44);
  EXPECT_EQ(headlines(s, {.age_sec = 301}), Lines{});
  EXPECT_EQ(headlines(s, {.pinned_slabs_mb = kMax}), Lines{});
  s.epochs[0].reclaimable_bytes = 86 << 20;
  EXPECT_EQ(headlines(s), Lines{}) << "what is empty can be used again";
}

TEST(Findings, OfAYoungEpochOnlyCarriedSlabsArePinned) {
  Snapshot s = with_old_slabs(130, 44);
  s.epochs[0].age_sec = 1;
  s.epochs[0].carried_slab_bytes = 30 << 20;
  s.epochs[0].carried_bytes = 1 << 20;
  s.epochs[0].carried_oldest_age_sec = 300;
  EXPECT_EQ(headlines(s), Lines{});
  s.epochs[0].carried_oldest_age_sec = 301;
  EXPECT_EQ(headlines(s), Lines{"PINNED_SLABS empty=30408704 live_bytes=1048576 pinned=31457280"});
}

TEST(Findings, EachCounterCountsAboveItsThreshold) {
  struct Case {
    std::uint64_t Snapshot::*figure;
    std::uint64_t Thresholds::*threshold;
    std::string line;
  };
  for (const Case& one :
       {Case{&Snapshot::abandoned_refs, &Thresholds::abandoned_refs,
             "ABANDONED_REFS count=3 takeover_after=300s"},
        Case{&Snapshot::advances_held, &Thresholds::advances_held,
             "RING_FULL count=3 epochs=16 takeover_after=300s"},
        Case{&Snapshot::refcount_underflows, &Thresholds::underflows, "UNDERFLOW count=3"},
        Case{&Snapshot::stale_releases, &Thresholds::stale_releases, "STALE_RELEASE count=3"},
        Case{&Snapshot::total_madvise_failures, &Thresholds::madvise_failures,
             "MADVISE_FAILURE count=3"},
        Case{&Snapshot::invalid_frees, &Thresholds::bad_frees,
             "BAD_FREE count=3 invalid=3 stale=0"},
        Case{&Snapshot::stale_frees, &Thresholds::bad_frees,
             "BAD_FREE count=3 invalid=0 stale=3"}}) {
    Snapshot s = harness::fresh_snapshot();
    s.*one.figure = 3;
    EXPECT_EQ(headlines(s), Lines{one.line});
    Thresholds thresholds;
    thresholds.*one.threshold = 2;
    EXPECT_EQ(headlines(s, thresholds), Lines{one.line});
    thresholds.*one.threshold = 3;
    EXPECT_EQ(headlines(s, thresholds), Lines{});
  }
}

Snapshot with_slow_path(std::uint64_t hits, std::uint64_t allocs) {
  Snapshot s = harness::fresh_snapshot();
  s.total_slow_path_hits = hits;
  s.total_allocs = allocs;
  s.classes[7].slow_path_hits = hits;
  return s;
}

TEST(Findings, TheSlowPathIsSlowAboveItsShare) {
  EXPECT_EQ(headlines(with_slow_path(500, 10'000)), Lines{});
  EXPECT_EQ(headlines(with_slow_path(510, 10'000))[0].substr(0, 27), "SLOW_PATH share=5.10% hits=");
  EXPECT_EQ(headlines(with_slow_path(0, 0)), Lines{});
  EXPECT_EQ(headlines(with_slow_path(510, 10'000), {.slow_path_pct = 6}), Lines{});
  EXPECT_EQ(headlines(with_slow_path(90'000, 90'000))[0].substr(0, 24), "SLOW_PATH share=100.00% ");
  EXPECT_EQ(headlines(with_slow_path(kMax, 0)).size(), 1u);
  EXPECT_EQ(headlines(with_slow_path(90'000, 100'000), {.slow_path_pct = kMax}), Lines{});
}

TEST(Findings, OfFewAllocationsNoShareIsTold) {
  EXPECT_EQ(headlines(with_slow_path(1, 1)), Lines{});
  EXPECT_EQ(headlines(with_slow_path(9'999, 9'999)), Lines{});
  EXPECT_EQ(headlines(with_slow_path(9'999, 10'000)).size(), 1u);
  EXPECT_EQ(headlines(with_slow_path(10'000, 1)).size(), 1u) << "all the others were refused";
}

TEST(Findings, TheMostFrequentCauseOfTheSlowPathIsNamed) {
  for (const auto& [name, member] :
       {std::pair("slow_path_epoch_closed", &stats::ClassRow::slow_path_epoch_closed),
        std::pair("slow_path_cache_miss", &stats::ClassRow::slow_path_cache_miss),
        std::pair("current_partial_null", &stats::ClassRow::current_partial_null),
        std::pair("current_partial_full", &stats::ClassRow::current_partial_full)}) {
    Snapshot s = with_slow_path(5'100, 100'000);
    for (stats::ClassRow& row : s.classes) row.current_partial_null = 1;
    s.classes[2].*member += 50;
    EXPECT_EQ(headlines(s),
              Lines{"SLOW_PATH share=5.10% hits=5100 cause=" + std::string(name) + " size=768"});
  }
}

TEST(Findings, ALabelCannotForgeFacts) {
  Snapshot s = harness::fresh_snapshot();
  s.epochs[3].refcount = 1;
  s.epochs[3].state = stats::EpochState::kClosing;
  s.epochs[3].closing_since_sec = 301;
  s.epochs[3].age_sec = 301;
  s.epochs[3].label = "a\" refcount=9\nUNDERFLOW";
  EXPECT_NE(headlines(s)[0].find("label=\"a\\x22 refcount=9\\x0aUNDERFLOW\" refcount=1"),
            std::string::npos)
      << headlines(s)[0];
}

TEST(Findings, JsonIsValidForAnySnapshot) {
  for (const Snapshot& s : {harness::fresh_snapshot(), harness::busy_snapshot(),
                            harness::hostile_snapshot(), harness::largest_snapshot()}) {
    const Thresholds thresholds = {.age_sec = 0};
    const std::string text = render_findings_json(s, find(s, thresholds), thresholds);
    EXPECT_TRUE(harness::is_valid_findings_json(text));
  }
}

TEST(Findings, TheSchemaRefusesWhatIsNoFinding) {
  const auto with = [](const std::string& finding) {
    std::string text = render_findings_json(harness::fresh_snapshot(), {}, {});
    text.replace(text.find("[]"), 2, "[" + finding + "]");
    return text;
  };
  EXPECT_TRUE(harness::is_valid_findings_json(
      with(R"({"kind":"UNDERFLOW","count":1,"text":[],"holders":[],"records":[]})")));
  EXPECT_FALSE(harness::is_valid_findings_json(
      with(R"({"kind":"UNDERFLOWS","text":[],"holders":[],"records":[]})")));
  EXPECT_FALSE(harness::is_valid_findings_json(
      with(R"({"kind":"UNDERFLOW","count":"1","text":[],"holders":[],"records":[]})")));
  EXPECT_FALSE(harness::is_valid_findings_json(with(R"({"kind":"UNDERFLOW"})")));
}

}  // namespace
}  // namespace temporal_slab::render
