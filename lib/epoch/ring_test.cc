#include "epoch/ring.h"

#include <gtest/gtest.h>

#include <memory>

namespace temporal_slab::epoch {
namespace {

using stats::get;
using stats::GlobalCounter;

constexpr std::uint32_t kEpochs = 16;
constexpr std::uint32_t kClasses = 8;
constexpr std::uint64_t kSecond = 1'000'000'000;

class RingTest : public testing::Test {
 protected:
  // What Allocator::advance does to the ring.
  void advance(std::uint64_t now_ns = kSecond) {
    const std::uint32_t left = ring.current();
    ring.open(ring.next(now_ns).value(), now_ns, kClasses);
    if (ring.current() != left) ring.close(left, now_ns);
  }
  std::uint64_t counted(GlobalCounter which) { return get(stats::counter(*segment, which)); }

  std::unique_ptr<stats::Segment> segment = std::make_unique<stats::Segment>();
  Ring ring{*segment, kEpochs, 0, 0};
};

// R-2.2-1
TEST_F(RingTest, AnAdvanceClosesTheCurrentEpochAndOpensTheNext) {
  advance();
  EXPECT_EQ(ring.current(), 1u);
  EXPECT_TRUE(ring.is_active(1));
  EXPECT_EQ(ring.era(1), 1u);
  EXPECT_FALSE(ring.is_active(0));
  EXPECT_EQ(get(ring.record(0).closing_ns), kSecond);
  EXPECT_EQ(get(ring.record(1).closing_ns), 0u);
  EXPECT_EQ(counted(GlobalCounter::k_epochs_closed), 1u);
}

// R-2.2-1
TEST_F(RingTest, NothingOfTheFormerIncarnationStays) {
  advance();
  stats::IncarnationRecord& old = ring.record(1);
  stats::CellWords& cell = stats::standing_cell(*segment, 1, 3);
  ring.set_label(1, "old");
  for (stats::Word* word :
       {&old.slow_path_hits, &old.rss_before_close, &old.rss_after_close, &old.close_madvise_bytes,
        &cell.live_objects, &cell.partial_slabs, &cell.full_slabs})
    stats::put(*word, 7);
  for (int i = 0; i < 16; ++i) advance(5 * kSecond);
  ASSERT_EQ(ring.current(), 1u);
  const stats::IncarnationRecord& fresh = ring.record(1);
  const stats::CellWords& fresh_cell = stats::standing_cell(*segment, 1, 3);
  EXPECT_EQ(get(fresh.era), 17u);
  EXPECT_EQ(get(fresh.opened_ns), 5 * kSecond);
  EXPECT_EQ(get(fresh.refcount), 0u);
  EXPECT_EQ(get(fresh.slow_path_hits), 0u);
  EXPECT_EQ(get(fresh.rss_before_close), 0u);
  EXPECT_EQ(get(fresh.rss_after_close), 0u);
  EXPECT_EQ(get(fresh.close_madvise_bytes), 0u);
  EXPECT_EQ(get(fresh.label.text[get(fresh.label.version) & 1].words[0]), 0u);
  EXPECT_EQ(get(fresh_cell.live_objects), 0u);
  EXPECT_EQ(get(fresh_cell.carried_objects), 7u);
  EXPECT_EQ(get(fresh_cell.carried_partial_slabs), 7u);
  EXPECT_EQ(get(fresh_cell.carried_full_slabs), 7u);
}

// R-2.2-2
TEST_F(RingTest, EpochsWithReferencesAreSteppedOver) {
  ring.holders(1).take(7, 0);
  ring.holders(2).take(7, 0);
  advance();
  EXPECT_EQ(ring.current(), 3u);
  EXPECT_EQ(ring.era(3), 1u) << "eras have no gaps";
  for (int i = 0; i < 100; ++i) advance();
  EXPECT_EQ(ring.refcount(1), 1u);
  EXPECT_EQ(ring.era(1), 0u) << "a leaked reference keeps its incarnation in sight";
}

// R-2.2-3
TEST_F(RingTest, TheOldestEraIsTakenOverWhenAllOthersHaveReferences) {
  for (int i = 0; i < 20; ++i) advance();  // eras 5..20 stand; epoch 4 is current
  ASSERT_EQ(ring.current(), 4u);
  for (std::uint32_t e = 0; e < kEpochs; ++e) ring.holders(e).take(7, 0);
  ring.holders(5).take(7, 0);
  ring.set_label(5, "oldest");
  advance(9 * kSecond);
  EXPECT_EQ(ring.current(), 5u) << "era 5 is the oldest";
  EXPECT_EQ(counted(GlobalCounter::k_abandoned_refs), 2u);
  const stats::AbandonedRecord& record = segment->abandoned[0];
  EXPECT_EQ(get(record.sequence) % 2, 0u);
  EXPECT_EQ(get(record.epoch_id), 5u);
  EXPECT_EQ(get(record.epoch_era), 5u);
  EXPECT_EQ(get(record.refcount), 2u);
  EXPECT_EQ(get(record.age_sec), 8u);
  EXPECT_EQ(get(record.label.words[0]) & 0xFF, std::uint64_t{'o'});
}

// R-2.2-3
TEST_F(RingTest, TheLogKeepsTheLastRecords) {
  for (std::uint32_t i = 0; i < stats::kAbandonedLog + 20; ++i) {
    for (std::uint32_t e = 0; e < kEpochs; ++e)
      if (ring.refcount(e) == 0) ring.holders(e).take(7, 0);
    advance();
  }
  EXPECT_EQ(get(segment->abandoned_total), stats::kAbandonedLog + 20);
  EXPECT_EQ(counted(GlobalCounter::k_abandoned_refs), stats::kAbandonedLog + 20);
}

// R-2.3-1
TEST_F(RingTest, ADropAtZeroIsCountedAndOtherwiseIgnored) {
  EXPECT_FALSE(ring.dec(3));
  EXPECT_EQ(ring.refcount(3), 0u);
  EXPECT_EQ(counted(GlobalCounter::k_refcount_underflows), 1u);
  ring.holders(3).take(7, 0);
  EXPECT_TRUE(ring.dec(3));
}

}  // namespace
}  // namespace temporal_slab::epoch
