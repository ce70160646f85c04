// Sizes above the small classes: larger slots, and pages of an object's own.
#include <gtest/gtest.h>

#include <bit>
#include <cstring>

#include "capi/rules_memory_support.h"

namespace temporal_slab::rules {
namespace {

// Two to a power of two (R-2.1-1).
constexpr std::uint32_t kLargerClassBytes[] = {1024, 1536,  2048,  3072,  4096, 6144,
                                               8192, 12288, 16384, 24576, 32768};
constexpr std::size_t kMiB = std::size_t{1} << 20;

std::vector<std::uintptr_t> all_pages_of(const void* object, std::size_t bytes) {
  std::vector<std::uintptr_t> pages;
  for (std::size_t offset = 0; offset < bytes; offset += kSlabBytes)
    pages.push_back(page_of(static_cast<const char*>(object) + offset));
  return pages;
}

Object make_touched(SlabAllocator* allocator, std::size_t bytes, EpochId epoch) {
  const Object object = make_object(allocator, static_cast<std::uint32_t>(bytes), epoch);
  EXPECT_NE(object.pointer, nullptr) << bytes;
  std::memset(object.pointer, 0x5a, bytes);
  return object;
}

// R-2.1-1 R-2.1-2
TEST(LargerClass, IsTheSmallestThatFitsAndAlignedByItsSlot) {
  const Allocator allocator = make_allocator();
  std::uint32_t below = 768;
  for (const std::uint32_t bytes : kLargerClassBytes) {
    for (const std::uint32_t size : {below + 1, (below + bytes) / 2, bytes}) {
      const Object object = make_touched(allocator.get(), size, 0);
      EXPECT_EQ(slab_usable_size(allocator.get(), object.pointer), bytes) << size;
      const auto alignment = std::uintptr_t{1} << std::countr_zero(bytes);
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(object.pointer) % alignment, 0u) << size;
    }
    below = bytes;
  }
}

// R-2.1-1
TEST(LargerObject, GetsWholePagesOfItsOwn) {
  const Allocator allocator = make_allocator();
  const Object a = make_touched(allocator.get(), 32769, 0);
  const Object b = make_touched(allocator.get(), 32769, 0);
  EXPECT_EQ(slab_usable_size(allocator.get(), a.pointer), 9 * kSlabBytes);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(a.pointer) % kSlabBytes, 0u);
  const std::size_t apart = page_of(a.pointer) < page_of(b.pointer)
                                ? page_of(b.pointer) - page_of(a.pointer)
                                : page_of(a.pointer) - page_of(b.pointer);
  EXPECT_GE(apart, 9u);
  EXPECT_EQ(global_stats(allocator.get()).net_slabs, 2u);
}

// R-2.1-1: whoever keeps sizes in 32 bits takes it for 64.
TEST(LargerObject, MayMeasureMoreThanFourGiB) {
  const Allocator allocator = make_allocator();
  constexpr std::size_t kBytes = (std::size_t{1} << 32) + 64;
  auto* object = static_cast<char*>(slab_malloc_epoch(allocator.get(), kBytes, 2));
  ASSERT_NE(object, nullptr);
  EXPECT_GE(slab_usable_size(allocator.get(), object), kBytes);
  object[kBytes - 1] = 1;
  EXPECT_GE(global_stats(allocator.get()).estimated_slab_rss_bytes, kBytes);
  slab_free(allocator.get(), object);
  EXPECT_EQ(global_stats(allocator.get()).estimated_slab_rss_bytes, 0u);
}

class AnySize : public testing::TestWithParam<std::size_t> {};

INSTANTIATE_TEST_SUITE_P(Sizes, AnySize,
                         testing::Values(1024, 5000, 32768, 32769, 100'000, 40 * kMiB, 70 * kMiB),
                         testing::PrintToStringParamName());

// R-2.1-4 R-2.1-5
TEST_P(AnySize, HandleIsRefusedOnceTheObjectIsFreedHoweverOftenItsPlaceIsUsedAgain) {
  const Allocator allocator = make_allocator();
  const auto bytes = static_cast<std::uint32_t>(GetParam());
  const Object first = make_object(allocator.get(), bytes, 0);
  ASSERT_TRUE(free_obj(allocator.get(), first.handle));
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(errno_after([&] { EXPECT_FALSE(free_obj(allocator.get(), first.handle)); }), ESTALE);
    const Object next = make_object(allocator.get(), bytes, 0);
    EXPECT_NE(next.handle, first.handle);
    EXPECT_EQ(errno_after([&] { EXPECT_FALSE(free_obj(allocator.get(), first.handle)); }), ESTALE);
    ASSERT_TRUE(free_obj(allocator.get(), next.handle));
  }
  EXPECT_EQ(global_stats(allocator.get()).stale_frees, 40u);
}

// R-2.1-5
TEST_P(AnySize, PointerToItsInsideIsRefusedAndASecondFreeTold) {
  const Allocator allocator = make_allocator();
  auto* object = static_cast<char*>(slab_malloc(allocator.get(), GetParam()));
  ASSERT_NE(object, nullptr);
  for (const std::size_t offset : {std::size_t{1}, std::size_t{32}, GetParam() / 2, GetParam() - 1})
    EXPECT_EQ(errno_after([&] { slab_free(allocator.get(), object + offset); }), EINVAL) << offset;
  EXPECT_EQ(global_stats(allocator.get()).invalid_frees, 4u);
  slab_free(allocator.get(), object);
  EXPECT_EQ(errno_after([&] { slab_free(allocator.get(), object); }), ESTALE);
  EXPECT_EQ(slab_usable_size(allocator.get(), object), 0u);
}

// R-2.2-6 R-2.2-7: as the kernel sees it.
TEST_P(AnySize, MemoryIsBackWhenTheEpochIsClosedOrTheObjectFreedAfterwards) {
  const Allocator allocator = make_allocator(0);
  const Object early = make_touched(allocator.get(), GetParam(), 0);
  const Object late = make_touched(allocator.get(), GetParam(), 1);
  const auto early_pages = all_pages_of(early.pointer, GetParam());
  const auto late_pages = all_pages_of(late.pointer, GetParam());
  ASSERT_TRUE(free_obj(allocator.get(), early.handle));
  epoch_close(allocator.get(), 0);
  EXPECT_EQ(resident_pages(early_pages), 0u);
  epoch_close(allocator.get(), 1);
  EXPECT_EQ(resident_pages(late_pages), late_pages.size()) << "it lives";
  ASSERT_TRUE(free_obj(allocator.get(), late.handle));
  EXPECT_EQ(resident_pages(late_pages), 0u);
}

// R-2.2-9
TEST_P(AnySize, DiscardFreesItAndGivesItsMemoryBack) {
  const Allocator allocator = make_allocator(0);
  const Object object = make_touched(allocator.get(), GetParam(), 0);
  const auto pages = all_pages_of(object.pointer, GetParam());
  EXPECT_EQ(slab_epoch_discard(allocator.get(), 0), 1u);
  EXPECT_EQ(resident_pages(pages), 0u);
  EXPECT_EQ(errno_after([&] { EXPECT_FALSE(free_obj(allocator.get(), object.handle)); }), ESTALE);
}

// R-2.1-3
TEST_P(AnySize, IsCarriedWhenTheRingComesRound) {
  const Allocator allocator = make_allocator();
  const Object object = make_touched(allocator.get(), GetParam(), 0);
  advance(allocator.get(), kEpochs);
  EXPECT_EQ(slab_epoch_discard(allocator.get(), 0), 0u);
  EXPECT_TRUE(holds_only(object.pointer, GetParam(), 0x5a));
  EXPECT_TRUE(free_obj(allocator.get(), object.handle));
  EXPECT_EQ(global_stats(allocator.get()).net_slabs, 0u);
}

// R-2.1-10
TEST_P(AnySize, IsRefusedBeyondMaxBytesAndFitsAgainWhenThereIsRoom) {
  const Allocator allocator = make_allocator(64 * kMiB, 2 * GetParam() + 256 * 1024);
  std::vector<Object> objects;
  for (;;) {
    SlabHandle handle = 0;
    void* object = nullptr;
    const int error = errno_after([&] {
      object = alloc_obj_epoch(allocator.get(), static_cast<std::uint32_t>(GetParam()), 0, &handle);
    });
    if (object == nullptr) {
      EXPECT_EQ(error, ENOMEM);
      break;
    }
    objects.push_back({object, handle});
  }
  ASSERT_GE(objects.size(), 2u);
  free_objects(allocator.get(), objects);
  // Whatever is kept warm makes room for a size that it cannot serve.
  for (const std::size_t bytes : {std::size_t{64}, std::size_t{3000}, 2 * GetParam()})
    EXPECT_NE(slab_malloc(allocator.get(), bytes), nullptr) << bytes;
}

// R-2.1-1
TEST_P(AnySize, ReallocCarriesTheContentsToItAndBack) {
  const Allocator allocator = make_allocator();
  auto* small = slab_malloc(allocator.get(), 64);
  std::memset(small, 0x42, 64);
  void* object = slab_realloc(allocator.get(), small, GetParam());
  ASSERT_NE(object, nullptr);
  EXPECT_TRUE(holds_only(object, 64, 0x42));
  EXPECT_GE(slab_usable_size(allocator.get(), object), GetParam());
  std::memset(object, 0x43, GetParam());
  void* grown = slab_realloc(allocator.get(), object, GetParam() + 50'000);
  ASSERT_NE(grown, nullptr);
  EXPECT_TRUE(holds_only(grown, GetParam(), 0x43));
  EXPECT_EQ(global_stats(allocator.get()).total_allocs - global_stats(allocator.get()).total_frees,
            1u);
}

// R-2.2-5: also in a CLOSING epoch, and the pages past the new end go back.
TEST(LargerObject, ShrinksInPlaceAndGivesItsPagesBack) {
  for (const std::size_t bytes : {std::size_t{100'000}, 40 * kMiB}) {
    const Allocator allocator = make_allocator(0);
    const Object object = make_touched(allocator.get(), bytes, 0);
    const auto pages = all_pages_of(object.pointer, bytes);
    epoch_close(allocator.get(), 0);
    ASSERT_EQ(slab_realloc(allocator.get(), object.pointer, 5000), object.pointer);
    EXPECT_EQ(slab_usable_size(allocator.get(), object.pointer), 2 * kSlabBytes);
    EXPECT_TRUE(holds_only(object.pointer, 2 * kSlabBytes, 0x5a));
    EXPECT_EQ(resident_pages(pages), 2u);
    EXPECT_EQ(global_stats(allocator.get()).estimated_slab_rss_bytes, 2 * kSlabBytes);
    EXPECT_EQ(slab_realloc(allocator.get(), object.pointer, 2 * kSlabBytes + 1), nullptr);
    EXPECT_TRUE(free_obj(allocator.get(), object.handle));
    EXPECT_EQ(resident_pages(pages), 0u);
  }
}

// R-3-4
TEST_P(AnySize, SumsAgree) {
  const Allocator allocator = make_allocator();
  const Object object = make_object(allocator.get(), static_cast<std::uint32_t>(GetParam()), 3);
  const std::size_t usable = slab_usable_size(allocator.get(), object.pointer);
  std::uint64_t live = 0;
  std::uint64_t live_bytes = 0;
  std::uint64_t slab_bytes = 0;
  for (std::uint32_t i = 0; i < SLAB_CLASS_COUNT; ++i) {
    SlabClassStats stats;
    slab_stats_class(allocator.get(), i, &stats);
    live += stats.live_objects;
    live_bytes += stats.live_bytes;
    slab_bytes += stats.estimated_rss_bytes;
  }
  EXPECT_EQ(live, 1u);
  EXPECT_EQ(live_bytes, usable);
  EXPECT_GE(slab_bytes, usable);
  EXPECT_EQ(slab_bytes, global_stats(allocator.get()).estimated_slab_rss_bytes);
}

// R-2.2-7
TEST(LargerSlab, EmptyAndAttachedInAnEpochNeverClosedMakesRoomForAnySize) {
  const Allocator allocator = make_allocator(kMiB, kMiB);
  const Object object = make_object(allocator.get(), 32768, 0);
  ASSERT_TRUE(free_obj(allocator.get(), object.handle));
  EXPECT_NE(slab_malloc_epoch(allocator.get(), kMiB, 5), nullptr);
}

}  // namespace
}  // namespace temporal_slab::rules
