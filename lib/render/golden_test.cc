// Every output of the renderers for fixed snapshots, byte by byte.
#include "harness/golden.h"

#include <gtest/gtest.h>

#include "harness/sample_snapshots.h"
#include "harness/schema_validator.h"
#include "render/json.h"
#include "render/summary.h"
#include "render/table.h"

namespace temporal_slab::render {
namespace {

using harness::matches_golden;

struct Sample {
  std::string name;
  stats::Snapshot snapshot;
};

std::vector<Sample> samples() {
  return {{"fresh", harness::fresh_snapshot()},
          {"busy", harness::busy_snapshot()},
          {"hostile", harness::hostile_snapshot()},
          {"largest", harness::largest_snapshot()}};
}

// R-3-6
TEST(Golden, JsonOfEachSample) {
  for (const Sample& sample : samples()) {
    const std::string text = render_json(sample.snapshot);
    EXPECT_TRUE(matches_golden("json_" + sample.name + ".json", text));
    EXPECT_TRUE(harness::is_valid_snapshot_json(text));
  }
}

TEST(Golden, SummaryOfEachSample) {
  for (const Sample& sample : samples())
    EXPECT_TRUE(matches_golden("summary_" + sample.name + ".txt", render_summary(sample.snapshot)));
}

TEST(Golden, TopEpochsByEachKeyInEachDirection) {
  for (const EpochKey& key : kEpochKeys)
    for (const bool ascending : {false, true})
      EXPECT_TRUE(matches_golden(
          "top_epochs_" + std::string(key.name) + (ascending ? "_asc.txt" : "_desc.txt"),
          render_top_epochs(harness::busy_snapshot(), key, {.rows = 5, .ascending = ascending})));
}

TEST(Golden, TopClassesByEachKeyInEachDirection) {
  for (const ClassKey& key : kClassKeys)
    for (const bool ascending : {false, true})
      EXPECT_TRUE(matches_golden(
          "top_classes_" + std::string(key.name) + (ascending ? "_asc.txt" : "_desc.txt"),
          render_top_classes(harness::busy_snapshot(), key, {.rows = 5, .ascending = ascending})));
}

TEST(Golden, TopOfOneOfAllAndOfMoreThanThereAre) {
  const stats::Snapshot s = harness::busy_snapshot();
  for (const std::size_t rows : {1u, 16u, 4'000'000'000u}) {
    const std::string suffix = "_n_" + std::to_string(rows) + ".txt";
    EXPECT_TRUE(
        matches_golden("top_epochs" + suffix, render_top_epochs(s, kEpochKeys[0], {.rows = rows})));
    EXPECT_TRUE(matches_golden("top_classes" + suffix,
                               render_top_classes(s, kClassKeys[0], {.rows = rows})));
  }
}

TEST(Golden, TopOfTies) {
  const stats::Snapshot s = harness::fresh_snapshot();
  for (const bool ascending : {false, true}) {
    const std::string suffix = ascending ? "_ties_asc.txt" : "_ties_desc.txt";
    const TopOptions options = {.rows = 16, .ascending = ascending};
    EXPECT_TRUE(
        matches_golden("top_epochs" + suffix, render_top_epochs(s, kEpochKeys[0], options)));
    EXPECT_TRUE(
        matches_golden("top_classes" + suffix, render_top_classes(s, kClassKeys[0], options)));
  }
}

TEST(Golden, TopOfHostileLabels) {
  EXPECT_TRUE(
      matches_golden("top_epochs_hostile.txt",
                     render_top_epochs(harness::hostile_snapshot(), kEpochKeys[0], {.rows = 16})));
}

TEST(Golden, TopOfTheLargestValues) {
  const stats::Snapshot s = harness::largest_snapshot();
  EXPECT_TRUE(matches_golden("top_epochs_largest.txt", render_top_epochs(s, kEpochKeys[0], {})));
  EXPECT_TRUE(matches_golden("top_classes_largest.txt", render_top_classes(s, kClassKeys[0], {})));
}

}  // namespace
}  // namespace temporal_slab::render
