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
  s.epochs[3].refcount = 1;
  s.epochs[3].age_sec = 300;
  EXPECT_EQ(headlines(s), Lines{});
  s.epochs[3].age_sec = 301;
  EXPECT_EQ(headlines(s),
            Lines{"REF_LEAK epoch=3 era=0 label=\"\" refcount=1 age=301s state=ACTIVE pinned=0"});
  EXPECT_EQ(headlines(s, {.age_sec = 301}), Lines{});
}

TEST(Findings, PinnedAreTheSlabsThatHoldObjects) {
  Snapshot s = harness::fresh_snapshot();
  s.epochs[3].refcount = 1;
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
  row.age_sec = 300;
  EXPECT_EQ(headlines(s), Lines{});
  row.age_sec = 301;
  EXPECT_EQ(
      headlines(s),
      Lines{
          "OBJECT_LEAK epoch=3 era=0 label=\"\" live_objects=2 live_bytes=128 age=301s pinned=0"});
  row.state = stats::EpochState::kActive;
  EXPECT_EQ(headlines(s), Lines{});
}

TEST(Findings, EachCounterCountsAboveItsThreshold) {
  struct Case {
    std::uint64_t Snapshot::*figure;
    std::uint64_t Thresholds::*threshold;
    std::string line;
  };
  for (const Case& one :
       {Case{&Snapshot::abandoned_refs, &Thresholds::abandoned_refs, "ABANDONED_REFS count=3"},
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
  EXPECT_EQ(headlines(with_slow_path(50, 1000)), Lines{});
  EXPECT_EQ(headlines(with_slow_path(51, 1000))[0].substr(0, 27), "SLOW_PATH share=5.10% hits=");
  EXPECT_EQ(headlines(with_slow_path(0, 0)), Lines{});
  EXPECT_EQ(headlines(with_slow_path(51, 1000), {.slow_path_pct = 6}), Lines{});
  EXPECT_EQ(headlines(with_slow_path(900, 900))[0].substr(0, 24), "SLOW_PATH share=100.00% ");
  EXPECT_EQ(headlines(with_slow_path(kMax, 0)).size(), 1u);
  EXPECT_EQ(headlines(with_slow_path(9, 10), {.slow_path_pct = kMax}), Lines{});
}

TEST(Findings, TheMostFrequentCauseOfTheSlowPathIsNamed) {
  for (const auto& [name, member] :
       {std::pair("slow_path_epoch_closed", &stats::ClassRow::slow_path_epoch_closed),
        std::pair("slow_path_cache_miss", &stats::ClassRow::slow_path_cache_miss),
        std::pair("current_partial_null", &stats::ClassRow::current_partial_null),
        std::pair("current_partial_full", &stats::ClassRow::current_partial_full)}) {
    Snapshot s = with_slow_path(51, 1000);
    for (stats::ClassRow& row : s.classes) row.current_partial_null = 1;
    s.classes[2].*member += 50;
    EXPECT_EQ(headlines(s),
              Lines{"SLOW_PATH share=5.10% hits=51 cause=" + std::string(name) + " size=768"});
  }
}

TEST(Findings, ALabelCannotForgeFacts) {
  Snapshot s = harness::fresh_snapshot();
  s.epochs[3].refcount = 1;
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
