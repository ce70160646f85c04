#include "harness/sample_snapshots.h"

#include <gtest/gtest.h>

#include "base/utf8.h"

namespace temporal_slab::harness {
namespace {

template <typename Row>
std::uint64_t sum(const std::vector<Row>& rows, std::uint64_t Row::*member) {
  std::uint64_t total = 0;
  for (const Row& row : rows) total += row.*member;
  return total;
}

// The fixed snapshots are ones that could have been taken.
TEST(SampleSnapshots, TheirSumsAgree) {
  using stats::ClassRow;
  using stats::EpochRow;
  for (const stats::Snapshot& s : {fresh_snapshot(), busy_snapshot()}) {
    EXPECT_EQ(sum(s.epochs, &EpochRow::live_objects), sum(s.classes, &ClassRow::live_objects));
    EXPECT_EQ(sum(s.epochs, &EpochRow::live_objects), s.total_allocs - s.total_frees);
    EXPECT_EQ(sum(s.epochs, &EpochRow::live_bytes), sum(s.classes, &ClassRow::live_bytes));
    const std::uint64_t standing =
        sum(s.epochs, &EpochRow::total_partial_slabs) + sum(s.epochs, &EpochRow::total_full_slabs) +
        sum(s.epochs, &EpochRow::total_reclaimable_slabs) + sum(s.epochs, &EpochRow::carried_slabs);
    EXPECT_EQ(standing, s.net_slabs);
    EXPECT_EQ(standing, sum(s.classes, &ClassRow::net_slabs));
    EXPECT_EQ(s.net_slabs, s.total_slabs_allocated - s.total_slabs_recycled);
    std::uint64_t warm_bytes = 0;
    for (const ClassRow& row : s.classes) warm_bytes += row.cache_size * row.slab_bytes;
    EXPECT_EQ(s.estimated_slab_rss_bytes,
              sum(s.epochs, &EpochRow::estimated_rss_bytes) + warm_bytes);
    EXPECT_EQ(s.estimated_slab_rss_bytes, sum(s.classes, &ClassRow::estimated_rss_bytes));
    EXPECT_EQ(sum(s.abandoned, &stats::AbandonedRow::refcount), s.abandoned_refs);
    EXPECT_EQ(s.active_epoch_count + s.closing_epoch_count, s.epoch_count);
  }
}

TEST(SampleSnapshots, InTheBusyOneEachEpochHoldsObjects) {
  for (const stats::EpochRow& epoch : busy_snapshot().epochs) {
    EXPECT_GT(epoch.live_objects, 0u);
    EXPECT_FALSE(epoch.label.empty());
  }
}

TEST(SampleSnapshots, HostileLabelsCoverEachKindOfTrouble) {
  std::string all;
  std::size_t ill_formed = 0;
  std::size_t of_31_bytes = 0;
  for (const std::string& label : hostile_labels()) {
    all += label;
    ill_formed += base::is_well_formed_utf8(label) ? 0 : 1;
    of_31_bytes += label.size() == 31 ? 1 : 0;
  }
  EXPECT_EQ(hostile_labels().size(), 16u);
  EXPECT_GE(ill_formed, 3u);
  EXPECT_GE(of_31_bytes, 1u);
  for (const std::string part : {"\"", "\\", "\n", "\x1B[", "\xC2\x9B", "\xE2\x80\xAE",
                                 "\xE2\x81\xA6", "\x7F", "\xE2\x80\xA8", "\xCC\x81"})
    EXPECT_NE(all.find(part), all.npos);
  EXPECT_NE(all.find('\0'), all.npos);
}

}  // namespace
}  // namespace temporal_slab::harness
