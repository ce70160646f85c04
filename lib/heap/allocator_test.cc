// What cannot be seen through the C API alone.
#include "heap/allocator.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <thread>

#include "stats/segment_reader.h"

namespace temporal_slab::heap {
namespace {

class AllocatorTest : public testing::Test {
 protected:
  ~AllocatorTest() override { Allocator::destroy(allocator_); }

  stats::Snapshot snapshot() {
    stats::Snapshot taken;
    std::string error;
    EXPECT_TRUE(stats::read_snapshot(stats::MemoryView(&allocator_->segment()),
                                     stats::read_context(0), &taken, &error))
        << error;
    return taken;
  }

  Allocator* allocator_ = Allocator::create({"test", false, std::size_t{4} << 20, 0});
};

// R-2.5-4
TEST_F(AllocatorTest, TheLastReleaseClosesInTheSameInstant) {
  const IncarnationRef first = allocator_->acquire(7).incarnation();
  ASSERT_EQ(allocator_->acquire_standing(first, 7), 0);
  EXPECT_EQ(allocator_->release_and_finish(first, Allocator::Finish::kClose), 0);
  EXPECT_EQ(snapshot().epochs_closed, 0u) << "a reference still stands";
  EXPECT_EQ(allocator_->release_and_finish(first, Allocator::Finish::kClose), 0);
  EXPECT_EQ(snapshot().epochs_closed, 1u);
  EXPECT_EQ(snapshot().epochs[first.epoch].state, stats::EpochState::kClosing);
}

TEST_F(AllocatorTest, TheLastReleaseOfAClosingIncarnationClosesNothingTwice) {
  const IncarnationRef first = allocator_->acquire(7).incarnation();
  allocator_->close(first.epoch);
  ASSERT_EQ(snapshot().epochs_closed, 1u);
  EXPECT_EQ(allocator_->release_and_finish(first, Allocator::Finish::kClose), 0);
  EXPECT_EQ(snapshot().epochs_closed, 1u);
}

TEST_F(AllocatorTest, ADiscardOfTheCurrentEpochCountsAsDrained) {
  Object object{};
  ASSERT_EQ(allocator_->allocate(100, 0u, &object), 0);
  std::uint64_t objects = 0;
  EXPECT_EQ(allocator_->discard(0, &objects), 0);
  EXPECT_EQ(objects, 1u);
  EXPECT_EQ(snapshot().epochs_drained_at_close, 1u);
  EXPECT_EQ(snapshot().current_epoch, 1u);
}

TEST_F(AllocatorTest, ACloseOverLiveObjectsDoesNotCountAsDrained) {
  Object object{};
  ASSERT_EQ(allocator_->allocate(100, 0u, &object), 0);
  allocator_->close(0);
  EXPECT_EQ(snapshot().epochs_closed, 1u);
  EXPECT_EQ(snapshot().epochs_drained_at_close, 0u);
}

TEST_F(AllocatorTest, EachAllocationAndFreeIsOneTakingOfTheLock) {
  Object object{};
  for (int i = 0; i < 10; ++i) {
    ASSERT_EQ(allocator_->allocate(64, 0u, &object), 0);
    ASSERT_EQ(allocator_->free(object.handle), 0);
  }
  EXPECT_EQ(snapshot().classes[0].lock_fast_acquire, 20u);
  EXPECT_EQ(snapshot().classes[0].lock_contended, 0u);
}

// R-2.1-10
TEST_F(AllocatorTest, ASizeAboveTheLargestClassIsRefusedWithEnomem) {
  Object object{};
  EXPECT_EQ(allocator_->allocate(memory::kMaxObjectBytes + 1, 0u, &object), ENOMEM);
  EXPECT_EQ(object.address, nullptr);
}

}  // namespace
}  // namespace temporal_slab::heap
