// References as one thread sees them.
#include <gtest/gtest.h>

#include "capi/rules_support.h"

namespace temporal_slab::rules {
namespace {

// R-2.3-1
TEST(Refcount, AddsAndSubtractsOneEach) {
  const Allocator allocator = make_allocator();
  for (std::uint64_t i = 0; i < 1000; ++i) {
    ASSERT_EQ(slab_epoch_get_refcount(allocator.get(), 3), i);
    slab_epoch_inc_refcount(allocator.get(), 3);
  }
  for (std::uint64_t i = 1000; i > 0; --i) {
    ASSERT_EQ(slab_epoch_get_refcount(allocator.get(), 3), i);
    slab_epoch_dec_refcount(allocator.get(), 3);
  }
  EXPECT_EQ(slab_epoch_get_refcount(allocator.get(), 3), 0u);
}

// R-2.3-1
TEST(Refcount, OfEachEpochIsItsOwn) {
  const Allocator allocator = make_allocator();
  for (EpochId epoch = 0; epoch < kEpochs; ++epoch) {
    for (EpochId i = 0; i < epoch; ++i) slab_epoch_inc_refcount(allocator.get(), epoch);
  }
  for (EpochId epoch = 0; epoch < kEpochs; ++epoch) {
    EXPECT_EQ(slab_epoch_get_refcount(allocator.get(), epoch), epoch);
  }
}

// R-2.3-1
TEST(Refcount, OfEachAllocatorIsItsOwn) {
  const Allocator one = make_allocator();
  const Allocator other = make_allocator();
  slab_epoch_inc_refcount(one.get(), 0);
  EXPECT_EQ(slab_epoch_get_refcount(other.get(), 0), 0u);
}

// R-2.3-1
TEST(Refcount, IsNoCountOfObjects) {
  const Allocator allocator = make_allocator();
  const auto objects = make_objects(allocator.get(), 10, 64, 0);
  EXPECT_EQ(slab_epoch_get_refcount(allocator.get(), 0), 0u);
  slab_epoch_inc_refcount(allocator.get(), 0);
  free_objects(allocator.get(), objects);
  EXPECT_EQ(slab_epoch_get_refcount(allocator.get(), 0), 1u);
}

// R-2.3-1
TEST(Underflow, IsIgnoredAndCounted) {
  const Allocator allocator = make_allocator();
  for (int i = 0; i < 5; ++i) slab_epoch_dec_refcount(allocator.get(), 0);
  EXPECT_EQ(slab_epoch_get_refcount(allocator.get(), 0), 0u);
  EXPECT_EQ(global_stats(allocator.get()).refcount_underflows, 5u);
  slab_epoch_inc_refcount(allocator.get(), 0);
  EXPECT_EQ(slab_epoch_get_refcount(allocator.get(), 0), 1u);
}

// R-2.3-1
TEST(Underflow, OfAReleaseIsRefusedAndCounted) {
  const Allocator allocator = make_allocator();
  EXPECT_EQ(errno_after([&] {
              EXPECT_FALSE(slab_epoch_release(allocator.get(), {0, 0, 0}));
            }),
            EINVAL);
  EXPECT_EQ(global_stats(allocator.get()).refcount_underflows, 1u);
  EXPECT_EQ(global_stats(allocator.get()).stale_releases, 0u);
}

// R-2.3-1
TEST(Refcount, CountsOnInAClosingEpoch) {
  const Allocator allocator = make_allocator();
  slab_epoch_inc_refcount(allocator.get(), 0);
  epoch_close(allocator.get(), 0);
  slab_epoch_inc_refcount(allocator.get(), 0);
  EXPECT_EQ(slab_epoch_get_refcount(allocator.get(), 0), 2u);
  slab_epoch_dec_refcount(allocator.get(), 0);
  EXPECT_EQ(slab_epoch_get_refcount(allocator.get(), 0), 1u);
}

// R-2.3-2
TEST(Acquire, TakesTheCurrentIncarnationAndSaysWhich) {
  const Allocator allocator = make_allocator();
  for (std::uint64_t k = 0; k < 40; ++k) {
    const SlabEpochRef reference = slab_epoch_acquire(allocator.get());
    EXPECT_EQ(reference.epoch, epoch_current(allocator.get()));
    EXPECT_EQ(reference.era, k);
    EXPECT_EQ(slab_epoch_get_refcount(allocator.get(), reference.epoch), 1u);
    EXPECT_TRUE(slab_epoch_release(allocator.get(), reference));
    EXPECT_EQ(slab_epoch_get_refcount(allocator.get(), reference.epoch), 0u);
    epoch_advance(allocator.get());
  }
}

// R-2.3-2
TEST(Release, WorksAfterTheRingMovedOn) {
  const Allocator allocator = make_allocator();
  const SlabEpochRef reference = slab_epoch_acquire(allocator.get());
  advance(allocator.get(), 100);
  EXPECT_TRUE(slab_epoch_release(allocator.get(), reference));
  EXPECT_EQ(slab_epoch_get_refcount(allocator.get(), reference.epoch), 0u);
}

// R-2.3-2
TEST(Release, OfAStaleEraTouchesNothing) {
  const Allocator allocator = make_allocator();
  const SlabEpochRef former = slab_epoch_acquire(allocator.get());
  EXPECT_TRUE(slab_epoch_release(allocator.get(), former));
  advance(allocator.get(), 16);
  slab_epoch_inc_refcount(allocator.get(), 0);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(errno_after([&] { EXPECT_FALSE(slab_epoch_release(allocator.get(), former)); }),
              ESTALE);
  }
  EXPECT_EQ(slab_epoch_get_refcount(allocator.get(), 0), 1u);
  EXPECT_EQ(global_stats(allocator.get()).stale_releases, 3u);
  EXPECT_EQ(global_stats(allocator.get()).refcount_underflows, 0u);
}

// R-2.3-2
TEST(Release, OfWhatIncTookIsTheSame) {
  const Allocator allocator = make_allocator();
  slab_epoch_inc_refcount(allocator.get(), 0);
  EXPECT_TRUE(slab_epoch_release(allocator.get(), {0, 0, 0}));
  EXPECT_EQ(slab_epoch_get_refcount(allocator.get(), 0), 0u);
}

// R-2.3-3
TEST(Reference, IsTakenOnOneThreadAndDroppedOnAnother) {
  const Allocator allocator = make_allocator();
  SlabEpochRef reference{};
  run_threads(1, [&](unsigned) { reference = slab_epoch_acquire(allocator.get()); });
  run_threads(1, [&](unsigned) { slab_epoch_inc_refcount(allocator.get(), 0); });
  EXPECT_EQ(slab_epoch_get_refcount(allocator.get(), 0), 2u);
  run_threads(1, [&](unsigned) {
    EXPECT_TRUE(slab_epoch_release(allocator.get(), reference));
    slab_epoch_dec_refcount(allocator.get(), 0);
  });
  EXPECT_EQ(slab_epoch_get_refcount(allocator.get(), 0), 0u);
  EXPECT_EQ(global_stats(allocator.get()).refcount_underflows, 0u);
}

// R-2.3-3
TEST(ReferencesOfAThreadThatExited, StayCounted) {
  const Allocator allocator = make_allocator();
  run_threads(3, [&](unsigned) {
    for (int i = 0; i < 10; ++i) slab_epoch_acquire(allocator.get());
  });
  EXPECT_EQ(slab_epoch_get_refcount(allocator.get(), 0), 30u);
  advance(allocator.get(), 40);
  EXPECT_EQ(slab_epoch_get_refcount(allocator.get(), 0), 30u);
  EXPECT_EQ(slab_epoch_era(allocator.get(), 0), 0u);
}

// R-2.3-4
TEST(TryClose, ClosesAnEpochWithoutReferences) {
  const Allocator allocator = make_allocator();
  EXPECT_TRUE(slab_epoch_try_close(allocator.get(), 6));
  EXPECT_EQ(slab_epoch_state(allocator.get(), 6), EPOCH_CLOSING);
  EXPECT_EQ(global_stats(allocator.get()).epochs_closed, 1u);
}

// R-2.3-4
TEST(TryClose, OfTheCurrentEpochAdvancesFirst) {
  const Allocator allocator = make_allocator();
  EXPECT_TRUE(slab_epoch_try_close(allocator.get(), 0));
  EXPECT_EQ(epoch_current(allocator.get()), 1u);
  EXPECT_EQ(slab_epoch_state(allocator.get(), 0), EPOCH_CLOSING);
}

// R-2.3-4
TEST(TryClose, LeavesAnEpochWithReferences) {
  const Allocator allocator = make_allocator();
  slab_epoch_inc_refcount(allocator.get(), 0);
  EXPECT_EQ(errno_after([&] { EXPECT_FALSE(slab_epoch_try_close(allocator.get(), 0)); }), EBUSY);
  EXPECT_EQ(epoch_current(allocator.get()), 0u);
  EXPECT_EQ(slab_epoch_state(allocator.get(), 0), EPOCH_ACTIVE);
  slab_epoch_dec_refcount(allocator.get(), 0);
  EXPECT_TRUE(slab_epoch_try_close(allocator.get(), 0));
}

// R-2.3-4
TEST(TryClose, IsNotHeldUpByLiveObjects) {
  const Allocator allocator = make_allocator();
  const Object object = make_object(allocator.get(), 64, 0);
  EXPECT_TRUE(slab_epoch_try_close(allocator.get(), 0));
  EXPECT_TRUE(free_obj(allocator.get(), object.handle));
}

}  // namespace
}  // namespace temporal_slab::rules
