#include "stats/snapshot_build.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "stats/saturating.h"
#include "stats/segment_test_support.h"

namespace temporal_slab::stats {
namespace {

constexpr std::uint64_t kSec = 1'000'000'000;

Snapshot read(const Segment& segment, const ReadContext& context = {500 * kSec, 77, 88}) {
  Snapshot snapshot;
  std::string error;
  EXPECT_TRUE(read_snapshot(MemoryView(&segment), context, &snapshot, &error)) << error;
  return snapshot;
}

void fill_with(Segment& segment, std::uint64_t figure) {
  for (Word& word : segment.counters) put(word, figure);
  for (ClassBlock& block : segment.classes)
    for (Word& word : block.counters) put(word, figure);
  for (EpochSlot& slot : segment.epochs)
    for (auto& cells : slot.cells)
      for (CellWords& cell : cells)
        for (Word* word = &cell.live_objects; word <= &cell.carried_full_slabs; ++word)
          put(*word, figure);
}

TEST(Saturating, ArithmeticStopsAtBothEnds) {
  EXPECT_EQ(sum(kLargest - 1, 1), kLargest);
  EXPECT_EQ(sum(kLargest, 1), kLargest);
  EXPECT_EQ(difference(3, 4), 0u);
  EXPECT_EQ(difference(4, 3), 1u);
  EXPECT_EQ(product(kLargest / 2, 2), kLargest - 1);
  EXPECT_EQ(product(kLargest / 2 + 1, 2), kLargest);
  EXPECT_EQ(product(kLargest, 0), 0u);
  EXPECT_EQ(product(0, kLargest), 0u);
}

TEST(Saturating, PercentIsRoundedDownAndExactForAnyFigure) {
  EXPECT_EQ(percent(0, 0), 0u);
  EXPECT_EQ(percent(2, 1), 66u);
  EXPECT_EQ(percent(199, 1), 99u);
  EXPECT_EQ(percent(1, 0), 100u);
  EXPECT_EQ(percent(kLargest, kLargest), 50u);
  EXPECT_EQ(percent(kLargest, 0), 100u);
  EXPECT_EQ(percent(0, kLargest), 0u);
}

TEST(Snapshot, OfAnEmptySegmentIsAllZerosAndActive) {
  const auto segment = sample_segment();
  fill_with(*segment, 0);
  const auto empty = std::make_unique<Segment>();
  Segment& fresh = *empty;
  for (Word* word = &fresh.header.magic; word <= &fresh.header.allocator.words[3]; ++word)
    put(*word, get((&segment->header.magic)[word - &fresh.header.magic]));
  for (std::uint32_t i = 0; i < kSampleClasses; ++i) {
    put(fresh.classes[i].object_size, 64);
    put(fresh.classes[i].slab_bytes, 4096);
  }
  const Snapshot snapshot = read(fresh);
  EXPECT_EQ(snapshot.active_epoch_count, 16u);
  EXPECT_EQ(snapshot.net_slabs + snapshot.total_allocs + snapshot.estimated_slab_rss_bytes, 0u);
  EXPECT_EQ(snapshot.classes.size(), kSampleClasses);
  EXPECT_TRUE(snapshot.abandoned.empty());
  for (const EpochRow& row : snapshot.epochs) {
    EXPECT_EQ(row.epoch_era + row.age_sec + row.refcount + row.live_objects, 0u);
    EXPECT_EQ(row.state, EpochState::kActive);
    EXPECT_EQ(row.label, "");
  }
}

TEST(Snapshot, CarriesTheHeaderAndWhatTheContextSays) {
  const auto segment = sample_segment();
  const Snapshot snapshot = read(*segment);
  EXPECT_EQ(snapshot.schema_version, 1u);
  EXPECT_EQ(snapshot.version, "0.1.0");
  EXPECT_EQ(snapshot.process, "sample process");
  EXPECT_EQ(snapshot.allocator, "sample");
  EXPECT_EQ(snapshot.pid, get(segment->header.publisher.pid));
  EXPECT_EQ(snapshot.page_size, 4096u);
  EXPECT_EQ(snapshot.epoch_count, 16u);
  EXPECT_EQ(snapshot.current_epoch, 6u);
  EXPECT_EQ(snapshot.active_epoch_count, 7u);
  EXPECT_EQ(snapshot.closing_epoch_count, 9u);
  EXPECT_EQ(snapshot.timestamp_ns, 77u);
  EXPECT_EQ(snapshot.rss_bytes_current, 88u);
}

TEST(Snapshot, StoredCountersAreTakenAsTheyAre) {
  const auto segment = sample_segment();
  const Snapshot snapshot = read(*segment);
  EXPECT_EQ(snapshot.invalid_frees, get(counter(*segment, GlobalCounter::k_invalid_frees)));
  EXPECT_EQ(snapshot.epochs_drained_at_close,
            get(counter(*segment, GlobalCounter::k_epochs_drained_at_close)));
  for (std::uint32_t i = 0; i < kSampleClasses; ++i) {
    EXPECT_EQ(snapshot.classes[i].slow_path_hits,
              get(counter(*segment, i, ClassCounter::k_slow_path_hits)));
    EXPECT_EQ(snapshot.classes[i].cache_size,
              get(counter(*segment, i, ClassCounter::k_cache_size)));
  }
}

TEST(EpochRow, IsTheStandingIncarnation) {
  const auto segment = sample_segment();
  const EpochRow row = read(*segment).epochs[9];
  EXPECT_EQ(row.epoch_era, 149u);
  EXPECT_EQ(row.label, "epoch 9 of 149");
  EXPECT_EQ(row.state, EpochState::kClosing);
  EXPECT_EQ(row.refcount, 0u);
  EXPECT_EQ(row.age_sec, 490u);
  const IncarnationRecord& record = standing_record(*segment, 9);
  EXPECT_EQ(row.slow_path_hits, get(record.slow_path_hits));
  EXPECT_EQ(row.rss_before_close, get(record.rss_before_close));
  EXPECT_EQ(row.rss_after_close, get(record.rss_after_close));
  EXPECT_EQ(row.close_madvise_bytes, get(record.close_madvise_bytes));
}

// In the current epoch who takes and drops is at work; in one that was passed nobody new begins.
TEST(EpochRow, KeptAreReferencesOfWhoNeverDroppedAnyAndAllWhereAnotherIsCurrent) {
  const auto segment = sample_segment();
  const auto holds = [&](std::uint32_t epoch, std::uint32_t place, std::uint64_t since_ns,
                         std::uint64_t refs, std::uint64_t taken) {
    HolderWords& holder = standing_holders(*segment, epoch).places[place];
    put(holder.since_ns, since_ns);
    put(holder.refs, refs);
    put(holder.taken, taken);
  };
  for (const std::uint32_t epoch : {5u, 6u}) {
    put(has_standing_holders(*segment, epoch), 1);
    put(standing_holders(*segment, epoch).used, 3);
    put(standing_record(*segment, epoch).state, static_cast<std::uint64_t>(EpochState::kActive));
    for (std::uint32_t place = 0; place < 3; ++place)
      put(standing_holders(*segment, epoch).places[place].thread, 11 + place);
    holds(epoch, 0, 400 * kSec, 2, 7);
    holds(epoch, 1, 450 * kSec, 3, 3);
    holds(epoch, 2, 300 * kSec, 0, 4);
  }
  const Snapshot snapshot = read(*segment);
  ASSERT_EQ(snapshot.current_epoch, 6u);
  EXPECT_EQ(snapshot.epochs[6].refcount, 5u);
  EXPECT_EQ(snapshot.epochs[6].kept_refs, 3u);
  EXPECT_EQ(snapshot.epochs[6].kept_oldest_sec, 50u);
  EXPECT_EQ(snapshot.epochs[5].kept_refs, 5u);
  EXPECT_EQ(snapshot.epochs[5].kept_oldest_sec, 100u);
}

TEST(EpochRow, AgeIsZeroBeforeItWasEverOpenedOrInTheFuture) {
  const auto segment = sample_segment();
  put(standing_record(*segment, 1).opened_ns, 0);
  put(standing_record(*segment, 2).opened_ns, 500 * kSec + 1);
  put(standing_record(*segment, 3).opened_ns, 500 * kSec);
  put(standing_record(*segment, 4).opened_ns, 499 * kSec + 1);
  put(standing_record(*segment, 5).opened_ns, 1);
  const Snapshot snapshot = read(*segment);
  EXPECT_EQ(snapshot.epochs[1].age_sec, 0u);
  EXPECT_EQ(snapshot.epochs[2].age_sec, 0u);
  EXPECT_EQ(snapshot.epochs[3].age_sec, 0u);
  EXPECT_EQ(snapshot.epochs[4].age_sec, 0u);
  EXPECT_EQ(snapshot.epochs[5].age_sec, 499u);
}

TEST(EpochRow, SaysHowLongItHasBeenClosingAndHowOldTheErasAreThatItCarries) {
  const auto segment = sample_segment();
  fill_with(*segment, 0);
  put(standing_record(*segment, 1).closing_ns, 400 * kSec);
  put(standing_record(*segment, 2).closing_ns, 500 * kSec + 1);
  put(standing_record(*segment, 3), CarriedFigures{7, 450 * kSec});
  const Snapshot snapshot = read(*segment);
  EXPECT_EQ(snapshot.epochs[0].closing_since_sec, 0u);
  EXPECT_EQ(snapshot.epochs[0].carried_oldest_age_sec, 0u);
  EXPECT_EQ(snapshot.epochs[1].closing_since_sec, 100u);
  EXPECT_EQ(snapshot.epochs[2].closing_since_sec, 0u);
  EXPECT_EQ(snapshot.epochs[3].carried_eras, 7u);
  EXPECT_EQ(snapshot.epochs[3].carried_oldest_age_sec, 50u);
}

TEST(EpochRow, CountsCarriedObjectsAndShowsCarriedSlabsApart) {
  const auto segment = sample_segment();
  fill_with(*segment, 0);
  CellWords& cell = standing_cell(*segment, 3, 1);  // 96 bytes
  put(cell.live_objects, 10);
  put(cell.partial_slabs, 2);
  put(cell.full_slabs, 3);
  put(cell.reclaimable_slabs, 4);
  put(cell.carried_objects, 100);
  put(cell.carried_partial_slabs, 20);
  put(cell.carried_full_slabs, 30);
  put(standing_cell(*segment, 3, 7).live_objects, 1);  // 768 bytes
  const Snapshot snapshot = read(*segment);
  const EpochRow& row = snapshot.epochs[3];
  EXPECT_EQ(row.live_objects, 111u);
  EXPECT_EQ(row.live_bytes, 110u * 96 + 768);
  EXPECT_EQ(row.total_partial_slabs, 2u);
  EXPECT_EQ(row.total_full_slabs, 3u);
  EXPECT_EQ(row.total_reclaimable_slabs, 4u);
  EXPECT_EQ(row.carried_slabs, 50u);
  EXPECT_EQ(row.carried_objects, 100u);
  EXPECT_EQ(row.carried_bytes, 100u * 96);
  EXPECT_EQ(row.carried_slab_bytes, 50u * 4096);
  EXPECT_EQ(row.reclaimable_bytes, 4u * 4096);
  EXPECT_EQ(row.estimated_rss_bytes, 59u * 4096);
  const ClassRow& of_class = snapshot.classes[1];
  EXPECT_EQ(of_class.live_objects, 110u);
  EXPECT_EQ(of_class.live_bytes, 110u * 96);
  EXPECT_EQ(of_class.total_partial_slabs, 22u);
  EXPECT_EQ(of_class.total_full_slabs, 33u);
}

TEST(ClassRow, NetSlabsAndBytesFollowFromItsCounters) {
  const auto segment = sample_segment();
  fill_with(*segment, 0);
  put(counter(*segment, 2, ClassCounter::k_new_slab_count), 100);
  put(counter(*segment, 2, ClassCounter::k_empty_slab_recycled), 20);
  put(counter(*segment, 2, ClassCounter::k_empty_slab_overflowed), 10);
  put(counter(*segment, 2, ClassCounter::k_cache_size), 5);
  put(counter(*segment, 3, ClassCounter::k_new_slab_count), 7);
  const Snapshot snapshot = read(*segment);
  const ClassRow& row = snapshot.classes[2];
  EXPECT_EQ(row.class_index, 2u);
  EXPECT_EQ(row.object_size, 128u);
  EXPECT_EQ(row.slab_bytes, 4096u);
  EXPECT_EQ(row.net_slabs, 70u);
  EXPECT_EQ(row.committed_bytes, 70u * 4096);
  EXPECT_EQ(row.estimated_rss_bytes, 75u * 4096);
  EXPECT_EQ(row.cache_capacity, 1024u);
  EXPECT_EQ(row.recycle_rate_pct, 66u);
  EXPECT_EQ(snapshot.total_slabs_allocated, 107u);
  EXPECT_EQ(snapshot.total_slabs_recycled, 30u);
  EXPECT_EQ(snapshot.net_slabs, 77u);
  EXPECT_EQ(snapshot.estimated_slab_rss_bytes, 82u * 4096);
  EXPECT_EQ(snapshot.total_cache_overflows, 10u);
}

TEST(Snapshot, TotalsAreSumsOverTheClasses) {
  const auto segment = sample_segment();
  const Snapshot snapshot = read(*segment);
  Snapshot sums;
  for (const ClassRow& row : snapshot.classes) {
    sums.total_slow_path_hits += row.slow_path_hits;
    sums.total_slow_cache_miss += row.slow_path_cache_miss;
    sums.total_slow_epoch_closed += row.slow_path_epoch_closed;
    sums.total_madvise_calls += row.madvise_calls;
    sums.total_madvise_bytes += row.madvise_bytes;
    sums.total_madvise_failures += row.madvise_failures;
    sums.total_allocs += row.allocs;
    sums.total_frees += row.frees;
    sums.total_remote_frees += row.remote_frees;
  }
  EXPECT_EQ(snapshot.total_slow_path_hits, sums.total_slow_path_hits);
  EXPECT_EQ(snapshot.total_slow_cache_miss, sums.total_slow_cache_miss);
  EXPECT_EQ(snapshot.total_slow_epoch_closed, sums.total_slow_epoch_closed);
  EXPECT_EQ(snapshot.total_madvise_calls, sums.total_madvise_calls);
  EXPECT_EQ(snapshot.total_madvise_bytes, sums.total_madvise_bytes);
  EXPECT_EQ(snapshot.total_madvise_failures, sums.total_madvise_failures);
  EXPECT_EQ(snapshot.total_allocs, sums.total_allocs);
  EXPECT_EQ(snapshot.total_frees, sums.total_frees);
  EXPECT_EQ(snapshot.total_remote_frees, sums.total_remote_frees);
}

// R-3-1
TEST(Snapshot, NoFigureGoesBelowZero) {
  const auto segment = sample_segment();
  fill_with(*segment, 0);
  put(counter(*segment, 0, ClassCounter::k_empty_slab_recycled), 5);
  put(counter(*segment, 0, ClassCounter::k_empty_slab_overflowed), kLargest);
  const Snapshot snapshot = read(*segment);
  EXPECT_EQ(snapshot.net_slabs, 0u);
  EXPECT_EQ(snapshot.classes[0].net_slabs, 0u);
  EXPECT_EQ(snapshot.classes[0].committed_bytes, 0u);
  EXPECT_EQ(snapshot.classes[0].recycle_rate_pct, 0u);
}

// R-3-1
TEST(Snapshot, NoFigureWraps) {
  const auto segment = sample_segment();
  fill_with(*segment, kLargest);
  const Snapshot snapshot = read(*segment);
  EXPECT_EQ(offence_of(snapshot), "");
  EXPECT_EQ(snapshot.total_allocs, kLargest);
  EXPECT_EQ(snapshot.total_slabs_recycled, kLargest);
  EXPECT_EQ(snapshot.estimated_slab_rss_bytes, kLargest);
  for (const EpochRow& row : snapshot.epochs) {
    EXPECT_EQ(row.live_objects, kLargest);
    EXPECT_EQ(row.live_bytes, kLargest);
    EXPECT_EQ(row.total_partial_slabs, kLargest);
    EXPECT_EQ(row.carried_slabs, kLargest);
    EXPECT_EQ(row.estimated_rss_bytes, kLargest);
  }
  for (const ClassRow& row : snapshot.classes) {
    EXPECT_EQ(row.live_objects, kLargest);
    EXPECT_EQ(row.total_full_slabs, kLargest);
    EXPECT_EQ(row.estimated_rss_bytes, kLargest);
  }
}

TEST(AbandonedRow, OldestComesFirstAlsoAfterTheLogTurned) {
  const auto segment = sample_segment();
  EXPECT_EQ(read(*segment).abandoned.size(), 13u);
  EXPECT_EQ(read(*segment).abandoned.front().label, "abandoned 0");
  EXPECT_EQ(read(*segment).abandoned.back().age_sec, 120u);
  for (std::uint64_t n = 13; n < 100; ++n) {
    AbandonedRecord& record = segment->abandoned[n % kAbandonedLog];
    put(record.epoch_id, n % 16);
    put(record.epoch_era, n);
    put(record.sequence, 2 * n + 2);
    put(segment->abandoned_total, n + 1);
  }
  const Snapshot snapshot = read(*segment);
  ASSERT_EQ(snapshot.abandoned.size(), 64u);
  for (std::uint64_t i = 0; i < 64; ++i) EXPECT_EQ(snapshot.abandoned[i].epoch_era, 36 + i);
}

TEST(AbandonedRow, ThatIsBeingWrittenIsPassedOver) {
  const auto segment = sample_segment();
  put(segment->abandoned[4].sequence, 9);       // odd: in between
  put(segment->abandoned[5].sequence, 0);       // never written
  put(segment->abandoned[6].sequence, 64 * 2);  // another record's
  const Snapshot snapshot = read(*segment);
  ASSERT_EQ(snapshot.abandoned.size(), 10u);
  EXPECT_EQ(snapshot.abandoned[3].epoch_era, 103u);
  EXPECT_EQ(snapshot.abandoned[4].epoch_era, 107u);
}

TEST(Texts, AreMadeWellFormedAndEndAtTheFirstNul) {
  const auto segment = sample_segment();
  write_label(standing_record(*segment, 0).label, "\xFFok");
  write_label(standing_record(*segment, 1).label, std::string_view("a\0b", 3));
  write_label(standing_record(*segment, 2).label, std::string(31, '\xFF'));
  // No NUL at all.
  LatchedLabel& endless = standing_record(*segment, 3).label;
  for (Word& word : endless.text[get(endless.version) & 1].words) put(word, 0x6161616161616161);
  for (Word& word : segment->header.process.words) put(word, 0x6262626262626262);
  const Snapshot snapshot = read(*segment);
  EXPECT_EQ(snapshot.epochs[0].label, "\xEF\xBF\xBDok");
  EXPECT_EQ(snapshot.epochs[1].label, "a");
  EXPECT_EQ(snapshot.epochs[2].label.size(), 30u) << "ten whole replacement characters";
  EXPECT_EQ(snapshot.epochs[3].label, std::string(31, 'a'));
  EXPECT_EQ(snapshot.process, std::string(63, 'b'));
}

}  // namespace
}  // namespace temporal_slab::stats
