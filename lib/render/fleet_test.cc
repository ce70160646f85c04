#include "render/fleet.h"

#include <gtest/gtest.h>

#include <limits>

#include "harness/sample_snapshots.h"

namespace temporal_slab::render {
namespace {

TEST(FleetFigures, OfAFreshAllocatorAreTheCurrentEpochAlone) {
  const FleetFigures figures = fleet_figures(harness::fresh_snapshot(), {});
  EXPECT_EQ(figures.epochs_in_use, 1U);
  EXPECT_EQ(figures.epoch_count, 16U);
  EXPECT_EQ(figures.live_bytes, 0U);
  EXPECT_EQ(figures.references, 0U);
  EXPECT_EQ(figures.oldest_reference_sec, 0U);
  EXPECT_EQ(figures.findings, 0U);
}

TEST(FleetFigures, AreTheSumsOfTheRows) {
  stats::Snapshot snapshot = harness::fresh_snapshot();
  snapshot.classes[0].live_objects = 3;
  snapshot.classes[0].live_bytes = 192;
  snapshot.classes[4].live_objects = 1;
  snapshot.classes[4].live_bytes = 256;
  snapshot.estimated_slab_rss_bytes = 8192;
  snapshot.rss_bytes_current = 1 << 20;
  snapshot.epochs[3].refcount = 2;
  snapshot.epochs[3].age_sec = 40;
  snapshot.epochs[3].kept_refs = 2;
  snapshot.epochs[3].kept_oldest_sec = 40;
  snapshot.epochs[5].refcount = 1;
  snapshot.epochs[5].age_sec = 700;
  snapshot.epochs[5].kept_refs = 1;
  snapshot.epochs[5].kept_oldest_sec = 700;
  snapshot.epochs[6].live_objects = 4;
  snapshot.epochs[7].estimated_rss_bytes = 4096;
  snapshot.epochs[8].age_sec = 9000;  // neither referenced nor in use
  const FleetFigures figures = fleet_figures(snapshot, {});
  EXPECT_EQ(figures.live_objects, 4U);
  EXPECT_EQ(figures.live_bytes, 448U);
  EXPECT_EQ(figures.slab_bytes, 8192U);
  EXPECT_EQ(figures.rss_bytes, 1U << 20);
  EXPECT_EQ(figures.epochs_in_use, 5U);
  EXPECT_EQ(figures.references, 3U);
  EXPECT_EQ(figures.oldest_reference_sec, 700U);
  EXPECT_EQ(figures.findings, 1U);
  EXPECT_EQ(fleet_figures(snapshot, {.age_sec = 30}).findings, 2U);
}

TEST(FleetFigures, DoNotWrap) {
  const FleetFigures figures = fleet_figures(harness::largest_snapshot(), {});
  EXPECT_EQ(figures.live_bytes, std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(figures.references, std::numeric_limits<std::uint64_t>::max());
}

}  // namespace
}  // namespace temporal_slab::render
