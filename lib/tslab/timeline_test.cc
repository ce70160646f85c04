#include "tslab/timeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/sample_snapshots.h"

namespace temporal_slab::tslab {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::uint64_t kSecondNs = 1'000'000'000;

stats::Snapshot at(std::uint64_t second) {
  stats::Snapshot snapshot = harness::fresh_snapshot();
  snapshot.timestamp_ns = (1'000'000 + second) * kSecondNs;
  return snapshot;
}

std::string ms(std::uint64_t second) { return std::to_string((1'000'000 + second) * 1000); }

TEST(Timeline, TellsWhatBecameOfAnIncarnation) {
  Timeline timeline({.age_sec = 2});
  for (std::uint64_t second = 0; second < 6; ++second) {
    stats::Snapshot snapshot = at(second);
    stats::EpochRow& row = snapshot.epochs[3];
    row.epoch_era = 7;
    row.age_sec = second + 1;
    row.label = "job";
    row.estimated_rss_bytes = second < 4 ? 8192 : 0;
    row.total_full_slabs = second < 4 ? 2 : 0;
    row.state = second < 2 ? stats::EpochState::kActive : stats::EpochState::kClosing;
    row.refcount = second == 3 ? 5 : 1;
    row.kept_refs = row.refcount;
    row.kept_oldest_sec = second + 1;
    row.holders.push_back({});
    row.holders[0].thread = "worker";
    row.holders[0].refs = row.refcount;
    timeline.add(snapshot);
  }
  const std::string json = timeline.json();
  EXPECT_THAT(json, HasSubstr("\"epoch_id\":3,\"epoch_era\":7,\"label\":\"job\",\"opened_ms\":" +
                              std::to_string((1'000'000 - 1) * 1000ULL)));
  EXPECT_THAT(json,
              HasSubstr("\"stands\":1,\"most_bytes\":8192,\"most_objects\":0,\"most_refs\":5"));
  // ACTIVE, CLOSING, five references, DRAINED with one: a step each.
  EXPECT_THAT(json, HasSubstr("\"steps\":[[" + ms(0) + ",0,8192,1,0],[" + ms(2) + ",1,8192,1,0],[" +
                              ms(3) + ",1,8192,5,0],[" + ms(4) + ",2,0,1,0]]"));
  EXPECT_THAT(json, HasSubstr("\"thread\":\"worker\",\"refs\":5"));
  // Older than 2 s it is a finding, up to the end.
  EXPECT_THAT(json, HasSubstr("\"first_ms\":" + ms(2) + ",\"last_ms\":" + ms(5) +
                              ",\"finding\":{\"kind\":\"REF_LEAK\""));
}

TEST(Timeline, LeavesOutOthersAndWhatIsNotLater) {
  Timeline timeline({});
  timeline.add(at(1));
  timeline.add(at(1));
  timeline.add(at(0));
  stats::Snapshot other = at(2);
  other.pid += 1;
  timeline.add(other);
  timeline.add(at(3));
  EXPECT_EQ(timeline.snapshots(), 2U);
  EXPECT_THAT(timeline.json(), HasSubstr("\"snapshots\":2,\"left_out\":3,"));
}

TEST(Timeline, StaysSmallHoweverMuchComesAndKeepsWhatWasReferenced) {
  Timeline timeline({});
  constexpr std::uint64_t kSnapshots = 3 * Timeline::kMostSamples;
  for (std::uint64_t second = 0; second < kSnapshots; ++second) {
    stats::Snapshot snapshot = at(second);
    for (stats::EpochRow& row : snapshot.epochs) {
      row.epoch_era = 1 + second * 16 + row.epoch_id;  // each is seen once
      row.estimated_rss_bytes = 4096 * (second % 7);
      row.refcount = second == 5 && row.epoch_id == 2 ? 1 : 0;
      if (row.refcount != 0) row.label = "kept";
    }
    timeline.add(snapshot);
  }
  const std::string json = timeline.json();
  EXPECT_LT(json.size(), 4U << 20);
  EXPECT_THAT(json, HasSubstr("\"label\":\"kept\""));
  EXPECT_THAT(json, Not(HasSubstr("\"short_incarnations\":0,")));
  // The last moment is there, whatever went.
  EXPECT_THAT(json, HasSubstr("{\"time_ms\":" + ms(kSnapshots - 1) + ","));
}

}  // namespace
}  // namespace temporal_slab::tslab
