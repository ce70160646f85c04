// Closing: what it refuses from then on, what it leaves, what it counts.
#include <gtest/gtest.h>

#include <barrier>
#include <cstring>

#include "capi/rules_json_support.h"
#include "capi/rules_memory_support.h"

namespace temporal_slab::rules {
namespace {

void expect_refuses_allocation(SlabAllocator* allocator, EpochId epoch) {
  for (const std::uint32_t bytes : kClassBytes) {
    EXPECT_EQ(
        errno_after([&] { EXPECT_EQ(alloc_obj_epoch(allocator, bytes, epoch, nullptr), nullptr); }),
        ESTALE);
    EXPECT_EQ(errno_after([&] { EXPECT_EQ(slab_malloc_epoch(allocator, bytes, epoch), nullptr); }),
              ESTALE);
  }
}

// R-2.2-5
TEST(Close, OfTheCurrentEpochAdvancesFirst) {
  const Allocator allocator = make_allocator();
  for (std::uint64_t k = 1; k <= 40; ++k) {
    const EpochId closed = epoch_current(allocator.get());
    epoch_close(allocator.get(), closed);
    ASSERT_EQ(epoch_current(allocator.get()), k % kEpochs);
    ASSERT_EQ(slab_epoch_era(allocator.get(), epoch_current(allocator.get())), k);
    ASSERT_EQ(slab_epoch_state(allocator.get(), epoch_current(allocator.get())), EPOCH_ACTIVE);
    ASSERT_EQ(slab_epoch_state(allocator.get(), closed), EPOCH_CLOSING);
  }
}

// R-2.2-5
TEST(Close, OfAnotherEpochLeavesTheRingAlone) {
  const Allocator allocator = make_allocator();
  epoch_close(allocator.get(), 5);
  EXPECT_EQ(epoch_current(allocator.get()), 0u);
  EXPECT_EQ(slab_epoch_era(allocator.get(), 0), 0u);
  EXPECT_EQ(slab_epoch_state(allocator.get(), 5), EPOCH_CLOSING);
}

// R-2.2-5
TEST(Close, TwiceIsHarmless) {
  const Allocator allocator = make_allocator();
  epoch_close(allocator.get(), 0);
  const Json before = still_snapshot(allocator.get())["epochs"];
  for (int i = 0; i < 10; ++i) epoch_close(allocator.get(), 0);
  EXPECT_EQ(changes(before, still_snapshot(allocator.get())["epochs"]), "");
  EXPECT_EQ(global_stats(allocator.get()).epochs_closed, 1u);
  EXPECT_EQ(epoch_current(allocator.get()), 1u);
}

// R-2.2-5
TEST(Close, LeavesLiveObjectsValid) {
  const Allocator allocator = make_allocator(0);
  const auto objects = make_objects(allocator.get(), 1000, 128, 0);
  for (const Object& object : objects) std::memset(object.pointer, 0x31, 128);
  for (std::size_t i = 0; i < objects.size(); i += 2) free_obj(allocator.get(), objects[i].handle);
  epoch_close(allocator.get(), 0);
  for (std::size_t i = 1; i < objects.size(); i += 2) {
    ASSERT_TRUE(holds_only(objects[i].pointer, 128, 0x31));
    ASSERT_TRUE(free_obj(allocator.get(), objects[i].handle));
  }
}

// R-2.2-5
TEST(Close, LeavesTheReferencesAndTheLabel) {
  const Allocator allocator = make_allocator();
  slab_epoch_set_label(allocator.get(), 0, "kept");
  slab_epoch_inc_refcount(allocator.get(), 0);
  epoch_close(allocator.get(), 0);
  EXPECT_EQ(slab_epoch_get_refcount(allocator.get(), 0), 1u);
  EXPECT_EQ(label_of(allocator.get(), 0), "kept");
}

// R-2.2-5
TEST(Close, IsCountedAndSoIsItsBeingDrained) {
  const Allocator allocator = make_allocator();
  make_object(allocator.get(), 64, 0);
  epoch_close(allocator.get(), 0);  // with a live object
  epoch_close(allocator.get(), 1);  // without
  EXPECT_EQ(global_stats(allocator.get()).epochs_closed, 2u);
  EXPECT_EQ(global_stats(allocator.get()).epochs_drained_at_close, 1u);
}

// R-2.2-8
TEST(ClosedEpoch, RefusesAllocationAfterClose) {
  const Allocator allocator = make_allocator();
  make_objects(allocator.get(), 10, 64, 0);  // its slab has room
  epoch_close(allocator.get(), 0);
  expect_refuses_allocation(allocator.get(), 0);
}

// R-2.2-8
TEST(ClosedEpoch, RefusesAllocationAfterAdvance) {
  const Allocator allocator = make_allocator();
  make_objects(allocator.get(), 10, 64, 0);
  epoch_advance(allocator.get());
  expect_refuses_allocation(allocator.get(), 0);
}

// R-2.2-8 R-2.3-4
TEST(ClosedEpoch, RefusesAllocationAfterTryClose) {
  const Allocator allocator = make_allocator();
  EXPECT_TRUE(slab_epoch_try_close(allocator.get(), 7));
  expect_refuses_allocation(allocator.get(), 7);
}

// R-2.2-8 R-2.2-9
TEST(ClosedEpoch, RefusesAllocationAfterDiscard) {
  const Allocator allocator = make_allocator();
  make_objects(allocator.get(), 10, 64, 0);
  slab_epoch_discard(allocator.get(), 0);
  expect_refuses_allocation(allocator.get(), 0);
}

// R-2.2-8
TEST(ClosedEpoch, IsCountedInTheSlowPathsOfItsClass) {
  const Allocator allocator = make_allocator();
  epoch_close(allocator.get(), 0);
  for (int i = 0; i < 5; ++i) slab_malloc_epoch(allocator.get(), 96, 0);
  SlabClassStats stats;
  slab_stats_class(allocator.get(), 1, &stats);
  EXPECT_EQ(stats.slow_path_epoch_closed, 5u);
  EXPECT_EQ(global_stats(allocator.get()).total_slow_epoch_closed, 5u);
}

// R-2.2-8
TEST(ClosedEpoch, RefusesAllocationOnEveryThreadOnceCloseReturned) {
  constexpr int kRounds = 300;
  const Allocator allocator = make_allocator();
  std::atomic<std::uint64_t> closed_eras{0};  // eras below it are closed
  std::atomic<bool> done{false};
  std::atomic<int> late{0};
  std::atomic<int> refused{0};  // calls that met an epoch which stayed closed all the while
  run_threads(3, [&](unsigned index) {
    if (index == 0) {
      for (int round = 0; round < kRounds || refused.load() < kRounds; ++round) {
        const EpochId current = epoch_current(allocator.get());
        const std::uint64_t era = slab_epoch_era(allocator.get(), current);
        const SlabHandle first = make_object(allocator.get(), 64, current).handle;
        epoch_close(allocator.get(), current);
        closed_eras.store(era + 1);
        free_obj(allocator.get(), first);
      }
      done.store(true);
      return;
    }
    while (!done.load()) {
      // What is closed before the call begins must refuse it. The ring may come
      // round, so the era is looked at before and after.
      const std::uint64_t below = closed_eras.load();
      if (below == 0) continue;
      const auto epoch = static_cast<EpochId>((below - 1) % kEpochs);
      const Object object = make_object(allocator.get(), 64, epoch);
      if (object.pointer == nullptr) {
        if (slab_epoch_era(allocator.get(), epoch) == below - 1) refused.fetch_add(1);
        continue;
      }
      if (slab_epoch_era(allocator.get(), epoch) == below - 1) late.fetch_add(1);
      free_obj(allocator.get(), object.handle);
    }
  });
  EXPECT_EQ(late.load(), 0);
  EXPECT_GE(refused.load(), kRounds);
}

// R-2.2-8
TEST(ClosedEpoch, RefusesAThreadWhoseSlabHasRoom) {
  const Allocator allocator = make_allocator();
  std::barrier step(2);
  run_threads(2, [&](unsigned index) {
    if (index == 0) make_objects(allocator.get(), 3, 64, 0);
    step.arrive_and_wait();
    if (index == 1) epoch_close(allocator.get(), 0);
    step.arrive_and_wait();
    if (index == 0) expect_refuses_allocation(allocator.get(), 0);
  });
}

}  // namespace
}  // namespace temporal_slab::rules
