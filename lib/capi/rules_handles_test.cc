// A handle names one object for ever: what becomes of it after that object.
#include <gtest/gtest.h>

#include <set>
#include <unordered_set>

#include "capi/rules_support.h"

namespace temporal_slab::rules {
namespace {

void expect_stale(SlabAllocator* allocator, SlabHandle handle) {
  EXPECT_EQ(errno_after([&] { EXPECT_FALSE(free_obj(allocator, handle)); }), ESTALE);
}

// R-2.1-4
TEST(StaleHandle, IsRefusedAtOnceAfterItsObjectWasFreed) {
  const Allocator allocator = make_allocator();
  const Object object = make_object(allocator.get(), 64, 0);
  EXPECT_TRUE(free_obj(allocator.get(), object.handle));
  expect_stale(allocator.get(), object.handle);
}

// R-2.1-4
TEST(StaleHandle, IsRefusedAfterItsObjectWasFreedByPointer) {
  const Allocator allocator = make_allocator();
  const Object object = make_object(allocator.get(), 64, 0);
  slab_free(allocator.get(), object.pointer);
  expect_stale(allocator.get(), object.handle);
}

// R-2.1-4
TEST(StaleHandle, IsRefusedAfterItsObjectWasDiscarded) {
  const Allocator allocator = make_allocator();
  const Object object = make_object(allocator.get(), 64, 3);
  EXPECT_EQ(slab_epoch_discard(allocator.get(), 3), 1u);
  expect_stale(allocator.get(), object.handle);
}

// R-2.1-4
TEST(StaleHandle, IsRefusedAfterItsObjectMovedInRealloc) {
  const Allocator allocator = make_allocator();
  const Object object = make_object(allocator.get(), 64, 0);
  ASSERT_NE(slab_realloc(allocator.get(), object.pointer, 768), nullptr);
  expect_stale(allocator.get(), object.handle);
}

// R-2.1-4
TEST(StaleHandle, IsRefusedAfterAHundredThousandReusesOfItsSlot) {
  // One slab of five slots is all there is, so they are used again and again.
  const Allocator allocator = make_allocator(4 * kSlabBytes, kSlabBytes);
  const Object first = make_object(allocator.get(), 768, 0);
  ASSERT_TRUE(free_obj(allocator.get(), first.handle));
  int reuses = 0;
  for (int i = 0; reuses < 100000; ++i) {
    ASSERT_LT(i, 1000000) << "the slot is not used again";
    const Object object = make_object(allocator.get(), 768, 0);
    if (object.pointer == first.pointer) ++reuses;
    ASSERT_FALSE(free_obj(allocator.get(), first.handle)) << "reuse " << reuses;
    ASSERT_TRUE(free_obj(allocator.get(), object.handle)) << "reuse " << reuses;
  }
  expect_stale(allocator.get(), first.handle);
}

// R-2.1-4
TEST(StaleHandle, OfEveryFormerObjectOfASlotIsRefused) {
  const Allocator allocator = make_allocator(4 * kSlabBytes, kSlabBytes);
  std::unordered_set<SlabHandle> former;
  for (int i = 0; i < 20000; ++i) {
    const Object object = make_object(allocator.get(), 768, 0);
    ASSERT_TRUE(former.insert(object.handle).second) << "handle given out twice, object " << i;
    ASSERT_TRUE(free_obj(allocator.get(), object.handle));
  }
  const Object live = make_object(allocator.get(), 768, 0);
  for (const SlabHandle handle : former) ASSERT_FALSE(free_obj(allocator.get(), handle));
  EXPECT_TRUE(free_obj(allocator.get(), live.handle));
}

// R-2.1-4
TEST(StaleHandle, IsRefusedAfterItsSlabServedOtherClassesAndEpochs) {
  // With no reserve each empty slab is given back and its page set up anew; with
  // a reserve it is taken from there.
  for (const std::size_t retain_bytes : {std::size_t{0}, kSlabBytes}) {
    const Allocator allocator = make_allocator(retain_bytes, kSlabBytes);
    std::set<SlabHandle> former;
    for (unsigned round = 0; round < 400; ++round) {
      const std::uint32_t bytes = kClassBytes[round % kClassBytes.size()];
      const EpochId epoch = round % kEpochs;
      const auto objects = make_objects(allocator.get(), slots_of(bytes), bytes, epoch);
      for (const SlabHandle handle : former) ASSERT_FALSE(free_obj(allocator.get(), handle));
      for (const Object& object : objects) {
        ASSERT_TRUE(former.insert(object.handle).second) << "round " << round;
      }
      ASSERT_EQ(free_objects(allocator.get(), objects), objects.size()) << "round " << round;
      while (former.size() > 256) former.erase(former.begin());
    }
  }
}

// R-2.1-4
TEST(StaleHandle, IsRefusedAfterItsEpochWasClosedAndItsRingCameRound) {
  const Allocator allocator = make_allocator(0);
  const auto objects = make_objects(allocator.get(), 100, 96, 0);
  EXPECT_EQ(free_objects(allocator.get(), objects), 100u);
  for (int round = 0; round < 40; ++round) {
    epoch_advance(allocator.get());
    make_objects(allocator.get(), 100, 96, epoch_current(allocator.get()));
  }
  EXPECT_EQ(free_objects(allocator.get(), objects), 0u);
}

// R-2.1-4
TEST(StaleHandle, IsCountedAndHarmsNobody) {
  const Allocator allocator = make_allocator(4 * kSlabBytes, kSlabBytes);
  const Object first = make_object(allocator.get(), 128, 0);
  ASSERT_TRUE(free_obj(allocator.get(), first.handle));
  const auto live = make_objects(allocator.get(), slots_of(128), 128, 0);
  for (int i = 0; i < 10; ++i) expect_stale(allocator.get(), first.handle);

  const SlabGlobalStats stats = global_stats(allocator.get());
  EXPECT_EQ(stats.stale_frees, 10u);
  EXPECT_EQ(stats.invalid_frees, 0u);
  EXPECT_EQ(free_objects(allocator.get(), live), live.size());
}

// R-2.1-4
TEST(Handles, OfLiveObjectsAreAllDifferent) {
  const Allocator allocator = make_allocator();
  std::unordered_set<SlabHandle> handles;
  for (const std::uint32_t bytes : kClassBytes) {
    for (EpochId epoch = 0; epoch < kEpochs; ++epoch) {
      for (const Object& object : make_objects(allocator.get(), 200, bytes, epoch)) {
        ASSERT_TRUE(handles.insert(object.handle).second);
      }
    }
  }
}

// R-2.1-4
TEST(Handle, StaysGoodHoweverMuchIsAllocatedAndFreedAroundIt) {
  const Allocator allocator = make_allocator(0);
  const Object kept = make_object(allocator.get(), 256, 0);
  for (int round = 0; round < 50; ++round) {
    const EpochId current = epoch_current(allocator.get());
    free_objects(allocator.get(), make_objects(allocator.get(), 500, 256, current));
    epoch_advance(allocator.get());
  }
  EXPECT_TRUE(free_obj(allocator.get(), kept.handle));
}

}  // namespace
}  // namespace temporal_slab::rules
