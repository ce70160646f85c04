// Handles that this allocator never gave out.
#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <set>
#include <string>

#include "capi/rules_memory_support.h"

namespace temporal_slab::rules {
namespace {

constexpr std::uint64_t kSeed = 20240607;

// Live objects of every class in several epochs, some slots used before.
struct Crowd {
  Crowd() {
    for (const std::uint32_t bytes : kClassBytes) {
      for (const EpochId epoch : {0u, 5u, 15u}) {
        for (int reuse = 0; reuse < 100; ++reuse) {
          free_obj(allocator.get(), make_object(allocator.get(), bytes, epoch).handle);
        }
        add(make_object(allocator.get(), bytes, epoch), bytes);
        add(make_object(allocator.get(), bytes, epoch), bytes);
      }
    }
    frees_before = global_stats(allocator.get()).total_frees;
  }

  void add(const Object& object, std::uint32_t bytes) {
    std::memset(object.pointer, 0x3c, bytes);
    objects.push_back(object);
    handles.insert(object.handle);
  }

  // A forged handle is refused, whoever it resembles.
  void expect_refused(SlabHandle forged) {
    if (handles.count(forged) != 0) return;
    ++refused;
    errno = 0;
    ASSERT_FALSE(free_obj(allocator.get(), forged)) << std::hex << forged;
    ASSERT_TRUE(errno == EINVAL || errno == ESTALE) << errno << " for " << std::hex << forged;
  }

  void expect_untouched_and_counted() {
    const SlabGlobalStats stats = global_stats(allocator.get());
    EXPECT_EQ(stats.total_frees, frees_before);
    EXPECT_EQ(stats.invalid_frees + stats.stale_frees, refused);
    for (const Object& object : objects) {
      const std::size_t bytes = slab_usable_size(allocator.get(), object.pointer);
      EXPECT_NE(bytes, 0u);
      EXPECT_TRUE(holds_only(object.pointer, bytes, 0x3c));
    }
    EXPECT_EQ(free_objects(allocator.get(), objects), objects.size());
  }

  Allocator allocator = make_allocator();
  std::vector<Object> objects;
  std::set<SlabHandle> handles;
  std::uint64_t frees_before = 0;
  std::uint64_t refused = 0;
};

// R-2.1-5 R-2-2
TEST(ForgedHandle, WithOneBitFlippedIsRefused) {
  Crowd crowd;
  for (const SlabHandle handle : crowd.handles) {
    for (int bit = 0; bit < 64; ++bit) crowd.expect_refused(handle ^ SlabHandle{1} << bit);
  }
  crowd.expect_untouched_and_counted();
}

// R-2.1-5 R-2-2
TEST(ForgedHandle, WithTwoBitsFlippedIsRefused) {
  Crowd crowd;
  const SlabHandle handle = crowd.objects.front().handle;
  for (int a = 0; a < 64; ++a) {
    for (int b = 0; b < a; ++b) {
      crowd.expect_refused(handle ^ SlabHandle{1} << a ^ SlabHandle{1} << b);
    }
  }
  crowd.expect_untouched_and_counted();
}

// R-2.1-5 R-2-2
TEST(ForgedHandle, NextToALiveOneIsRefused) {
  Crowd crowd;
  for (const SlabHandle handle : crowd.handles) {
    for (SlabHandle step = 1; step <= 1000; ++step) {
      crowd.expect_refused(handle + step);
      crowd.expect_refused(handle - step);
    }
    // The next in whatever stands in any of its bits: slot, slab, generation.
    for (int bit = 10; bit < 64; ++bit) {
      for (SlabHandle step = 1; step <= 3; ++step) {
        crowd.expect_refused(handle + (step << bit));
        crowd.expect_refused(handle - (step << bit));
      }
    }
  }
  // All but those that are another's.
  EXPECT_GT(crowd.refused, crowd.handles.size() * 2200);
  crowd.expect_untouched_and_counted();
}

// R-2-2
TEST(ForgedHandle, IsRefusedWithoutAWordOnAnyStream) {
  Crowd crowd;
  const Object object = make_object(crowd.allocator.get(), 64, 5);
  const SlabHandle handle = object.handle;
  ASSERT_TRUE(free_obj(crowd.allocator.get(), handle));
  int elsewhere = 0;
  testing::internal::CaptureStderr();
  testing::internal::CaptureStdout();
  const bool freed_again = free_obj(crowd.allocator.get(), handle);
  const bool freed_zero = free_obj(crowd.allocator.get(), 0);
  const bool freed_random = free_obj(crowd.allocator.get(), ~handle);
  slab_free(crowd.allocator.get(), object.pointer);
  slab_free(crowd.allocator.get(), &elsewhere);
  slab_free(crowd.allocator.get(), static_cast<char*>(crowd.objects.front().pointer) + 1);
  const void* const moved = slab_realloc(crowd.allocator.get(), &elsewhere, 10);
  const std::string out = testing::internal::GetCapturedStdout();
  const std::string error = testing::internal::GetCapturedStderr();
  EXPECT_EQ(out, "");
  EXPECT_EQ(error, "");
  EXPECT_FALSE(freed_again || freed_zero || freed_random);
  EXPECT_EQ(moved, nullptr);
  const SlabGlobalStats stats = global_stats(crowd.allocator.get());
  EXPECT_EQ(stats.total_frees, crowd.frees_before + 1);
}

// R-2.1-5 R-2-2
TEST(ForgedHandle, MixedFromTwoLiveOnesIsRefused) {
  Crowd crowd;
  for (const SlabHandle a : crowd.handles) {
    for (const SlabHandle b : crowd.handles) {
      for (int bit = 8; bit < 64; bit += 4) {
        const SlabHandle low = (SlabHandle{1} << bit) - 1;
        crowd.expect_refused((a & ~low) | (b & low));
      }
    }
  }
  crowd.expect_untouched_and_counted();
}

// R-2.1-5 R-2-2
TEST(ForgedHandle, OfRandomBitsIsRefusedFourMillionTimes) {
  Crowd crowd;
  std::mt19937_64 random(kSeed);
  for (int i = 0; i < 4'000'000; ++i) crowd.expect_refused(random());
  crowd.expect_untouched_and_counted();
}

// R-2.1-5 R-2-2
TEST(ForgedHandle, OfExtremeBitsIsRefused) {
  Crowd crowd;
  for (int bit = 0; bit < 64; ++bit) {
    const SlabHandle power = SlabHandle{1} << bit;
    for (const SlabHandle forged : {power, power - 1, ~power, ~(power - 1)}) {
      crowd.expect_refused(forged);
    }
  }
  crowd.expect_untouched_and_counted();
}

// R-2.1-5
TEST(ForgedHandle, IsInvalidWhereNothingWasEverAllocated) {
  const Allocator allocator = make_allocator();
  std::mt19937_64 random(kSeed);
  for (int i = 0; i < 100'000; ++i) {
    errno = 0;
    ASSERT_FALSE(free_obj(allocator.get(), random()));
    ASSERT_EQ(errno, EINVAL);
  }
  EXPECT_EQ(global_stats(allocator.get()).invalid_frees, 100'000u);
  EXPECT_EQ(global_stats(allocator.get()).stale_frees, 0u);
}

// R-2.1-5
TEST(HandleOfAnotherAllocator, IsInvalidHere) {
  const Allocator mine = make_allocator();
  const Allocator other = make_allocator();
  const auto my_objects = make_objects(mine.get(), 1000, 64, 0);
  const auto other_objects = make_objects(other.get(), 1000, 64, 0);
  for (const Object& object : other_objects) {
    EXPECT_EQ(errno_after([&] { EXPECT_FALSE(free_obj(mine.get(), object.handle)); }), EINVAL);
  }
  EXPECT_EQ(global_stats(mine.get()).invalid_frees, 1000u);
  EXPECT_EQ(free_objects(mine.get(), my_objects), 1000u);
  EXPECT_EQ(free_objects(other.get(), other_objects), 1000u);
}

// R-2.1-5
TEST(HandleOfAnotherAllocator, IsInvalidHereAlsoAfterItsObjectWasFreed) {
  const Allocator mine = make_allocator();
  const Allocator other = make_allocator();
  make_objects(mine.get(), 1000, 64, 0);
  const Object object = make_object(other.get(), 64, 0);
  ASSERT_TRUE(free_obj(other.get(), object.handle));
  EXPECT_EQ(errno_after([&] { EXPECT_FALSE(free_obj(mine.get(), object.handle)); }), EINVAL);
}

// R-2.1-4 R-2.1-5
TEST(HandleOfAnAllocatorThatWasFreed, IsRefusedByTheOneThatHasItsMemoryNow) {
  std::set<SlabHandle> former;
  for (int round = 0; round < 50; ++round) {
    const Allocator allocator = make_allocator();
    const auto objects = make_objects(allocator.get(), 200, 64, 0);
    for (const SlabHandle handle : former) {
      errno = 0;
      ASSERT_FALSE(free_obj(allocator.get(), handle)) << "round " << round;
      ASSERT_TRUE(errno == EINVAL || errno == ESTALE);
    }
    for (const Object& object : objects) {
      ASSERT_TRUE(former.insert(object.handle).second) << "given out twice, round " << round;
    }
    ASSERT_EQ(free_objects(allocator.get(), objects), objects.size()) << "round " << round;
  }
}

}  // namespace
}  // namespace temporal_slab::rules
