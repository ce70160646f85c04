// Snapshots whose reader is interrupted between two words, once at each of them, for so
// long that the ring turns: by one epoch, round to the same epoch, and twice round to the
// record that is being read.
#include <gtest/gtest.h>

#include <cstddef>
#include <functional>
#include <string>

#include "capi/border.h"
#include "capi/rules_support.h"
#include "capi/truth_support.h"
#include "stats/segment_reader.h"

namespace temporal_slab::rules {
namespace {

constexpr std::size_t kSlot = offsetof(stats::Segment, epochs) + 5 * sizeof(stats::EpochSlot);
constexpr std::size_t kHolders =
    offsetof(stats::Segment, holders) + 5 * sizeof(stats::Segment::holders[0]);

// Words of one call come in no order that a reader may count on.
enum class Order { kForward, kBackward };

// Calls `interrupt` before the n-th word, counted from 0, that is read from a range.
class InterruptedView final : public stats::SegmentView {
 public:
  InterruptedView(const stats::Segment* segment, std::size_t begin, std::size_t end, Order order,
                  std::size_t n, const std::function<void()>& interrupt)
      : segment_(segment), begin_(begin), end_(end), order_(order), n_(n), interrupt_(interrupt) {}

  bool read(std::size_t offset, stats::Word* words, std::size_t bytes) const override {
    const std::size_t count = bytes / sizeof(stats::Word);
    if (offset + bytes <= begin_ || offset >= end_)
      return stats::MemoryView(segment_).read(offset, words, bytes);
    for (std::size_t i = 0; i < count; ++i) {
      if (reads_++ == n_) interrupt_();
      const std::size_t at = order_ == Order::kForward ? i : count - 1 - i;
      stats::MemoryView(segment_).read(offset + at * sizeof(stats::Word), words + at,
                                       sizeof(stats::Word));
    }
    return true;
  }
  bool is_whole() const override { return true; }
  bool was_interrupted() const { return reads_ > n_; }

 private:
  const stats::Segment* const segment_;
  const std::size_t begin_;
  const std::size_t end_;
  const Order order_;
  const std::size_t n_;
  const std::function<void()>& interrupt_;
  mutable std::size_t reads_ = 0;
};

class TruthInterrupted : public testing::TestWithParam<Order> {
 protected:
  TruthInterrupted()
      : allocator_(make_allocator()),
        incarnations_(allocator_.get(), Incarnations::References::kDropped) {
    turn(40);
  }

  void turn(unsigned times) {
    for (unsigned i = 0; i < times; ++i) incarnations_.turn();
  }

  // One object of each size, gone after the turn that left its epoch.
  void churn() {
    std::vector<void*> objects;
    for (const std::uint32_t bytes : kClassBytes)
      objects.push_back(slab_malloc(allocator_.get(), bytes));
    turn(1);
    for (void* object : objects) slab_free(allocator_.get(), object);
  }

  // Interrupts one snapshot before each of the words that are read from a range.
  void expect_truth(std::size_t begin, std::size_t end, bool turned,
                    const std::function<void()>& interrupt, std::size_t least = 50) {
    stats::Snapshot before;
    for (std::size_t n = 0;; ++n) {
      const InterruptedView view(&segment(), begin, end, GetParam(), n, interrupt);
      stats::Snapshot now;
      std::string error;
      ASSERT_TRUE(stats::read_snapshot(view, stats::read_context(0), &now, &error)) << error;
      if (!view.was_interrupted()) {
        ASSERT_GT(n, least) << "all those words were tried";
        return;
      }
      ASSERT_EQ(fault_of(now), "") << "interrupted before word " << n;
      if (turned) {
        ASSERT_EQ(fault_of_turned(now), "") << "interrupted before word " << n;
      }
      if (n > 0) {
        ASSERT_EQ(fallen_counter(before, now), "") << "interrupted before word " << n;
      }
      ASSERT_EQ(openings_.fault_of(&segment()), "");
      before = std::move(now);
    }
  }

  const stats::Segment& segment() { return capi::inner(allocator_.get())->segment(); }

  const Allocator allocator_;
  Incarnations incarnations_;
  Openings openings_;
};

// R-3-3 R-2.4-2
TEST_P(TruthInterrupted, RowIsOfOneIncarnationHoweverFarTheRingTurnedMeanwhile) {
  for (const unsigned turns : {1u, 16u, 17u, 32u}) {
    expect_truth(kSlot, kSlot + sizeof(stats::EpochSlot), true, [&] { turn(turns); });
    expect_truth(
        kHolders, kHolders + sizeof(stats::Segment::holders[0]), true, [&] { turn(turns); },
        sizeof(stats::HolderWords) / sizeof(stats::Word));
  }
}

// R-2.4-2
TEST_P(TruthInterrupted, LabelIsWholeHoweverOftenItWasSetMeanwhile) {
  const std::uint64_t era = slab_epoch_era(allocator_.get(), 5);
  std::uint32_t i = 10;
  for (const unsigned times : {1u, 2u, 3u})
    expect_truth(kSlot, kSlot + sizeof(stats::EpochSlot), true, [&] {
      for (unsigned n = 0; n < times; ++n) {
        i = i == 99 ? 10 : i + 1;
        slab_epoch_set_label(allocator_.get(), 5, label_of_era(era, i).c_str());
      }
    });
}

// R-3-1
TEST_P(TruthInterrupted, NoFigureFallsBelowZeroHoweverManySlabsCameAndWentMeanwhile) {
  constexpr std::size_t kCounters = offsetof(stats::Segment, counters);
  expect_truth(kCounters, offsetof(stats::Segment, epochs), false, [&] { churn(); });
}

INSTANTIATE_TEST_SUITE_P(Orders, TruthInterrupted,
                         testing::Values(Order::kForward, Order::kBackward));

}  // namespace
}  // namespace temporal_slab::rules
