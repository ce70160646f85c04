// What heaps count, and what the epochs and classes make of it (segment_layout.h, invariant 8).
#include <gtest/gtest.h>

#include "stats/segment_reader.h"
#include "stats/segment_test_support.h"
#include "stats/segment_write.h"

namespace temporal_slab::stats {
namespace {

constexpr std::uint32_t kEpoch = 3;
constexpr std::uint32_t kClass = 2;

class Shards : public testing::Test {
 protected:
  Shards() { put(segment_->heap_count, 2); }

  HeapCellWords& cell(std::uint32_t heap) { return segment_->heaps[heap].cells[kEpoch][kClass]; }
  // Heap 0 allocated and heap 1 freed.
  void hand_over(std::uint64_t made, std::uint64_t freed) {
    add(cell(0).allocs, made);
    add(cell(1).frees, freed);
    add(cell(0).full_slabs, 3);
    sub(cell(1).full_slabs, 1);
    add(cell(1).partial_slabs, 1);
  }
  Snapshot snapshot() {
    Snapshot taken;
    std::string error;
    EXPECT_TRUE(read_snapshot(MemoryView(segment_.get()), read_context(0), &taken, &error))
        << error;
    return taken;
  }

  std::unique_ptr<Segment> segment_ = sample_segment();
};

TEST_F(Shards, AreAddedToTheirEpochAndClass) {
  const Snapshot before = snapshot();
  hand_over(100, 40);
  add(segment_->heaps[1].classes[kClass].remote_frees, 40);
  const Snapshot after = snapshot();
  EXPECT_EQ(after.epochs[kEpoch].live_objects, before.epochs[kEpoch].live_objects + 60);
  EXPECT_EQ(after.epochs[kEpoch].total_full_slabs, before.epochs[kEpoch].total_full_slabs + 2);
  EXPECT_EQ(after.epochs[kEpoch].total_partial_slabs,
            before.epochs[kEpoch].total_partial_slabs + 1);
  EXPECT_EQ(after.epochs[kEpoch].total_reclaimable_slabs,
            before.epochs[kEpoch].total_reclaimable_slabs);
  EXPECT_EQ(after.classes[kClass].allocs, before.classes[kClass].allocs + 100);
  EXPECT_EQ(after.classes[kClass].frees, before.classes[kClass].frees + 40);
  EXPECT_EQ(after.classes[kClass].remote_frees, before.classes[kClass].remote_frees + 40);
  EXPECT_EQ(after.epochs[kEpoch + 1].live_objects, before.epochs[kEpoch + 1].live_objects);
  EXPECT_EQ(after.classes[kClass + 1].allocs, before.classes[kClass + 1].allocs);
}

// R-2.2-1
TEST_F(Shards, OfTheIncarnationBeforeAreCarriedAndThenCountNothing) {
  hand_over(100, 40);
  const EpochRow before = snapshot().epochs[kEpoch];
  open_incarnation(*segment_, kEpoch, 999, 1, kSampleClasses);
  const EpochRow fresh = snapshot().epochs[kEpoch];
  EXPECT_EQ(fresh.live_objects, before.live_objects) << "carried";
  EXPECT_EQ(fresh.total_full_slabs, 0u);
  EXPECT_EQ(fresh.total_partial_slabs, 0u);
  EXPECT_EQ(fresh.total_reclaimable_slabs, 0u);
  hand_over(7, 3);
  const EpochRow later = snapshot().epochs[kEpoch];
  EXPECT_EQ(later.live_objects, before.live_objects + 4);
  EXPECT_EQ(later.total_full_slabs, 2u);
  EXPECT_EQ(later.total_partial_slabs, 1u);
}

// R-3-7
TEST_F(Shards, InUseForNothingAreReclaimable) {
  hand_over(100, 40);
  open_incarnation(*segment_, kEpoch, 999, 1, kSampleClasses);
  put(cell(0).in_use_slabs, 1);
  add(cell(0).partial_slabs, 1);
  add(cell(0).allocs, 1);
  EXPECT_EQ(snapshot().epochs[kEpoch].total_partial_slabs, 1u);
  EXPECT_EQ(snapshot().epochs[kEpoch].total_reclaimable_slabs, 0u);
  add(cell(1).frees, 1);
  EXPECT_EQ(snapshot().epochs[kEpoch].total_partial_slabs, 0u);
  EXPECT_EQ(snapshot().epochs[kEpoch].total_reclaimable_slabs, 1u);
}

// R-3-1: a free was read and its allocation was not.
TEST_F(Shards, NeverMakeAFigureBelowZero) {
  open_incarnation(*segment_, kEpoch, 998, 1, kSampleClasses);
  const EpochRow before = snapshot().epochs[kEpoch];
  sub(cell(1).full_slabs, 5);
  EXPECT_EQ(snapshot().epochs[kEpoch].total_full_slabs, 0u);
  add(cell(1).full_slabs, 5);
  EXPECT_EQ(snapshot().epochs[kEpoch].live_objects, before.live_objects);
}

// R-2.6-3
TEST_F(Shards, MoreOfThemThanThereIsRoomForAreNotLookedFor) {
  put(segment_->heap_count, ~std::uint64_t{0});
  hand_over(100, 40);
  EXPECT_EQ(snapshot().epochs.size(), kSampleEpochs);
}

}  // namespace
}  // namespace temporal_slab::stats
