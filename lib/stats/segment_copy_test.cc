// A writer that gets on between two readings, at each place where that matters.
#include "stats/segment_copy.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <functional>
#include <string>
#include <utility>

#include "stats/segment_reader.h"
#include "stats/segment_test_support.h"
#include "stats/segment_write.h"

namespace temporal_slab::stats {
namespace {

constexpr std::uint32_t kEpoch = 5;
constexpr std::size_t kSlot = offsetof(Segment, epochs) + kEpoch * sizeof(EpochSlot);

// Runs a step of the writer right before the n-th reading, counted from 0, whose
// offset is in a range.
class SteppedView final : public SegmentView {
 public:
  using Step = std::function<void(std::uint32_t n)>;
  SteppedView(const Segment& segment, std::size_t begin, std::size_t bytes, Step step)
      : segment_(segment), begin_(begin), bytes_(bytes), step_(std::move(step)) {}

  bool read(std::size_t offset, Word* words, std::size_t bytes) const override {
    constexpr std::size_t kHolders = offsetof(Segment, holders[kEpoch]);
    if ((offset >= begin_ && offset < begin_ + bytes_) ||
        (begin_ == kSlot && bytes_ == sizeof(EpochSlot) && offset >= kHolders &&
         offset < kHolders + sizeof(Segment::holders[kEpoch])))
      step_(reads_++);
    return MemoryView(&segment_).read(offset, words, bytes);
  }
  bool is_whole() const override { return true; }
  std::uint32_t reads() const { return reads_; }

 private:
  const Segment& segment_;
  const std::size_t begin_;
  const std::size_t bytes_;
  const Step step_;
  mutable std::uint32_t reads_ = 0;
};

std::string error_of(const SegmentView& view, Snapshot* snapshot) {
  std::string error;
  return read_snapshot(view, read_context(0), snapshot, &error) ? "" : error;
}

// The row of kEpoch when the writer takes a step before the n-th reading of it. The
// first two readings take the marks, the third the record, five the holders, two
// more the marks.
constexpr std::uint32_t kReadings = 10;
EpochRow row_when(Segment& segment, std::uint32_t n, const std::function<void()>& step) {
  const SteppedView view(segment, kSlot, sizeof(EpochSlot), [&](std::uint32_t reading) {
    if (reading == n) step();
  });
  Snapshot snapshot;
  EXPECT_EQ(error_of(view, &snapshot), "");
  EXPECT_GT(view.reads(), n);
  return snapshot.epochs.at(kEpoch);
}

// R-3-3
TEST(CopyIncarnation, RecordThatIsRefilledMeanwhileIsDropped) {
  for (std::uint32_t n = 0; n < kReadings; ++n) {
    const auto segment = sample_segment();
    EpochSlot& slot = segment->epochs[kEpoch];
    const EpochRow row = row_when(*segment, n, [&segment, &slot] {
      const std::uint64_t version = get(slot.version);
      HolderTable(&holders)[2] = segment->holders[kEpoch];
      put(holders[(version + 1) & 1].used, 0);
      hold(holders[(version + 1) & 1], 0, 4711, "of 5");
      put(slot.version, version + 1);
      // The next refill has begun and not come to the label yet.
      put(slot.record[version & 1].era, 9999);
      hold(holders[version & 1], 0, 9999, "of 9999");
    });
    if (row.epoch_era == 145) {
      EXPECT_EQ(row.label, "epoch 5 of 145") << n;
      EXPECT_EQ(row.refcount, 2u) << n;
      EXPECT_EQ(row.holders.at(0).thread, "holder 5.0") << n;
    } else {
      EXPECT_EQ(row.epoch_era, 5u) << n;
      EXPECT_EQ(row.label, "epoch 5 of 5") << n;
      EXPECT_EQ(row.refcount, 4711u) << n;
      EXPECT_EQ(row.holders.at(0).thread, "of 5") << n;
    }
  }
}

// R-3-3
TEST(CopyIncarnation, WholeTurnsOfTheRingInBetweenAreSeenOrNot) {
  for (std::uint32_t turns = 1; turns < 5; ++turns) {
    for (std::uint32_t n = 0; n < kReadings; ++n) {
      const auto segment = sample_segment();
      const EpochRow row = row_when(*segment, n, [&segment, turns] {
        for (std::uint32_t i = 1; i <= turns; ++i) {
          open_incarnation(*segment, kEpoch, 200 + i, 1, kSampleClasses);
          write_label(standing_record(*segment, kEpoch).label, "of " + std::to_string(200 + i));
        }
      });
      if (row.epoch_era == 145) {
        EXPECT_EQ(row.label, "epoch 5 of 145");
        EXPECT_EQ(row.refcount, 2u);
      } else {
        EXPECT_EQ(row.epoch_era, 200 + turns);
        EXPECT_EQ(row.label, "of " + std::to_string(200 + turns));
        EXPECT_EQ(row.refcount, 0u);
      }
    }
  }
}

// R-2.4-2
TEST(CopyIncarnation, LabelThatIsRewrittenMeanwhileIsWhole) {
  for (std::uint32_t n = 0; n < kReadings; ++n) {
    const auto segment = sample_segment();
    LatchedLabel& label = standing_record(*segment, kEpoch).label;
    const EpochRow row = row_when(*segment, n, [&label] {
      write_label(label, "new label, whole");
      // One more has begun, in the text that stood before.
      put(label.text[(get(label.version) + 1) & 1].words[0], 0x7a7a7a7a7a7a7a7a);
    });
    EXPECT_TRUE(row.label == "epoch 5 of 145" || row.label == "new label, whole") << row.label;
  }
}

TEST(CopyIncarnation, OneThatKeepsChangingIsReadInTheEnd) {
  const auto segment = sample_segment();
  const SteppedView view(*segment, kSlot, 8, [&segment](std::uint32_t n) {
    if (n < kCopyTries) add(segment->epochs[kEpoch].version, 2);
  });
  Snapshot snapshot;
  EXPECT_EQ(error_of(view, &snapshot), "");
}

// R-2.6-3
TEST(CopyIncarnation, OneThatNeverRestsIsRefusedAfterBoundedTries) {
  const auto segment = sample_segment();
  const SteppedView view(*segment, kSlot, 8,
                         [&segment](std::uint32_t) { add(segment->epochs[kEpoch].version, 2); });
  Snapshot snapshot;
  EXPECT_EQ(error_of(view, &snapshot), "epoch 5 changes faster than it can be read (65536 tries)");
  EXPECT_EQ(view.reads(), kCopyTries + 1);
}

TEST(CopyBody, EpochThatBecomesCurrentMeanwhileIsShownAsItIsNow) {
  const auto segment = sample_segment();
  put(standing_record(*segment, 7).state, 0);  // looks as if it could be current
  // After the rows were read the first time, before the current epoch is again.
  const SteppedView view(*segment, offsetof(Segment, current_epoch), 8, [&](std::uint32_t n) {
    if (n != 1) return;
    open_incarnation(*segment, 7, 200, 1, kSampleClasses);
    put(segment->current_epoch, 7);
    put(standing_record(*segment, 6).state, 1);
  });
  Snapshot snapshot;
  EXPECT_EQ(error_of(view, &snapshot), "");
  EXPECT_EQ(snapshot.current_epoch, 7u);
  EXPECT_EQ(snapshot.epochs[7].epoch_era, 200u);
  EXPECT_EQ(snapshot.epochs[6].state, EpochState::kClosing);
}

TEST(CopyBody, EpochThatIsCurrentAgainIsShownActive) {
  const auto segment = sample_segment();
  // Five readings of epoch 6, then those of epoch 7.
  const std::size_t slot = offsetof(Segment, epochs) + 6 * sizeof(EpochSlot);
  const SteppedView view(*segment, slot, 2 * sizeof(EpochSlot), [&](std::uint32_t n) {
    if (n == 0) {
      put(segment->current_epoch, 7);
      put(standing_record(*segment, 6).state, 1);
    } else if (n == 5) {
      open_incarnation(*segment, 6, 200, 1, kSampleClasses);
      put(segment->current_epoch, 6);
    }
  });
  Snapshot snapshot;
  EXPECT_EQ(error_of(view, &snapshot), "");
  EXPECT_EQ(snapshot.current_epoch, 6u);
  EXPECT_EQ(snapshot.epochs[6].state, EpochState::kActive);
  EXPECT_EQ(snapshot.epochs[6].epoch_era, 200u);
}

TEST(CopyBody, CurrentEpochThatNeverRestsIsTakenAfterBoundedPasses) {
  const auto segment = sample_segment();
  const SteppedView view(*segment, offsetof(Segment, current_epoch), 8,
                         [&](std::uint32_t n) { put(segment->current_epoch, n % 2); });
  Snapshot snapshot;
  EXPECT_EQ(error_of(view, &snapshot), "");
  EXPECT_LT(view.reads(), 1000u);
}

TEST(CopyAbandoned, RecordThatIsOverwrittenMeanwhileIsPassedOver) {
  const std::size_t offset = offsetof(Segment, abandoned) + 4 * sizeof(AbandonedRecord);
  // Three readings: its sequence, all of it, its sequence.
  for (std::uint32_t n = 0; n < 3; ++n) {
    const auto segment = sample_segment();
    AbandonedRecord& record = segment->abandoned[4];
    const SteppedView view(*segment, offset, 8, [&](std::uint32_t reading) {
      if (reading != n) return;
      put(record.sequence, 2 * 68 + 1);
      put(record.epoch_era, 9999);
    });
    Snapshot snapshot;
    EXPECT_EQ(error_of(view, &snapshot), "");
    ASSERT_EQ(snapshot.abandoned.size(), 12u) << n;
    EXPECT_EQ(snapshot.abandoned[3].epoch_era, 103u);
    EXPECT_EQ(snapshot.abandoned[4].epoch_era, 105u);
  }
}

TEST(CopyAbandoned, RecordThatBecomesWholeMeanwhileIsPassedOver) {
  const std::size_t offset = offsetof(Segment, abandoned) + 4 * sizeof(AbandonedRecord);
  const auto segment = sample_segment();
  AbandonedRecord& record = segment->abandoned[4];
  put(record.sequence, 9);
  put(record.epoch_era, 9999);
  const SteppedView view(*segment, offset, 8, [&](std::uint32_t reading) {
    if (reading != 2) return;
    put(record.epoch_era, 104);
    put(record.sequence, 10);
  });
  Snapshot snapshot;
  EXPECT_EQ(error_of(view, &snapshot), "");
  EXPECT_EQ(snapshot.abandoned.size(), 12u);
}

}  // namespace
}  // namespace temporal_slab::stats
