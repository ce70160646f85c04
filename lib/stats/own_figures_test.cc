#include "stats/own_figures.h"

#include <gtest/gtest.h>

#include <cstring>

#include "base/utf8.h"
#include "stats/public_stats.h"
#include "stats/saturating.h"
#include "stats/segment_reader.h"
#include "stats/segment_test_support.h"
#include "stats/segment_write.h"

namespace temporal_slab::stats {
namespace {

constexpr ReadContext kContext = {500'000'000'000, 77, 88};

#define TEMPORAL_SLAB_SAME_U64(name) EXPECT_EQ(own.name, of_snapshot.name) << #name;
#define TEMPORAL_SLAB_SAME_TEXT(name) EXPECT_STREQ(own.name, of_snapshot.name) << #name;
#define TEMPORAL_SLAB_SAME(name, type, kind, origin, unit, help) TEMPORAL_SLAB_SAME_##type(name)

void expect_those_of_a_snapshot(const Segment& segment) {
  Snapshot snapshot;
  std::string error;
  ASSERT_TRUE(read_snapshot(MemoryView(&segment), kContext, &snapshot, &error)) << error;
  {
    SlabGlobalStats of_snapshot;
    SlabGlobalStats own;
    std::memset(&own, 0xFF, sizeof own);
    fill(snapshot, &of_snapshot);
    read_own_global(&segment, kContext, &own);
    TEMPORAL_SLAB_GLOBAL_FIELDS(TEMPORAL_SLAB_SAME)
  }
  for (std::uint32_t i = 0; i < snapshot.classes.size(); ++i) {
    SCOPED_TRACE(testing::Message() << "class " << i);
    SlabClassStats of_snapshot;
    SlabClassStats own;
    std::memset(&own, 0xFF, sizeof own);
    fill(snapshot.classes[i], &of_snapshot);
    read_own_class(&segment, i, &own);
    TEMPORAL_SLAB_CLASS_FIELDS(TEMPORAL_SLAB_SAME)
  }
}

#undef TEMPORAL_SLAB_SAME
#undef TEMPORAL_SLAB_SAME_TEXT
#undef TEMPORAL_SLAB_SAME_U64

TEST(OwnFigures, AreThoseOfASnapshot) { expect_those_of_a_snapshot(*sample_segment()); }

TEST(OwnFigures, AreThoseOfASnapshotWithShards) {
  const auto segment = sample_segment();
  put(segment->heap_count, 3);
  std::uint64_t figure = 0;
  for (std::uint32_t heap = 0; heap < 3; ++heap) {
    for (HeapClassWords& words : segment->heaps[heap].classes) put(words.remote_frees, ++figure);
    for (auto& of_epoch : segment->heaps[heap].cells)
      for (HeapCellWords& cell : of_epoch) {
        put(cell.allocs, 3 * ++figure);
        put(cell.frees, figure);
        put(cell.full_slabs, figure);
      }
  }
  expect_those_of_a_snapshot(*segment);
}

TEST(OwnFigures, AreThoseOfASnapshotForLargerObjects) {
  const auto segment = sample_segment();
  put(segment->classes[kSampleClasses - 1].object_size, 0);
  put(segment->classes[kSampleClasses - 1].slab_bytes, 0);
  std::uint64_t bytes = 100'000;
  for (EpochSlot& slot : segment->epochs)
    for (IncarnationRecord& record : slot.record) {
      put(record.large_bytes, ++bytes);
      put(record.carried_large_bytes, 2 * bytes);
    }
  expect_those_of_a_snapshot(*segment);
}

TEST(OwnFigures, StopAtTheLargestNumberToo) {
  const auto segment = sample_segment();
  for (ClassBlock& block : segment->classes)
    for (Word& word : block.counters) put(word, ~std::uint64_t{0});
  expect_those_of_a_snapshot(*segment);
}

// A stray write may have been anywhere.
TEST(OwnFigures, OfADamagedSegmentAreReadWithinIt) {
  const auto segment = sample_segment();
  std::memset(static_cast<void*>(segment.get()), 0xFF, sizeof(Segment));
  SlabGlobalStats global;
  read_own_global(segment.get(), kContext, &global);
  EXPECT_EQ(global.total_allocs, kLargest);
  EXPECT_EQ(global.active_epoch_count, 0u);
  EXPECT_TRUE(base::is_well_formed_utf8(global.process));
  SlabClassStats of_class;
  read_own_class(segment.get(), kMaxClasses - 1, &of_class);
  EXPECT_EQ(of_class.live_bytes, kLargest);
}

}  // namespace
}  // namespace temporal_slab::stats
