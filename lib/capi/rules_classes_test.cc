// Size classes: which one serves a size, how its objects are aligned, and that a
// slot is usable to its last byte.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "capi/rules_memory_support.h"

namespace temporal_slab::rules {
namespace {

std::uint32_t class_bytes_for(std::uint32_t size) {
  return *std::lower_bound(kClassBytes.begin(), kClassBytes.end(), size);
}

std::uintptr_t alignment_of(std::uint32_t class_bytes) {
  return std::uintptr_t{1} << std::countr_zero(class_bytes);
}

// R-2.1-1
TEST(SizeClass, IsTheSmallestThatFitsForEverySize) {
  const Allocator allocator = make_allocator();
  for (std::uint32_t size = 1; size <= 768; ++size) {
    const void* by_handle = alloc_obj_epoch(allocator.get(), size, 0, nullptr);
    const void* by_pointer = slab_malloc(allocator.get(), size);
    const void* by_epoch = slab_malloc_epoch(allocator.get(), size, 7);
    for (const void* pointer : {by_handle, by_pointer, by_epoch}) {
      ASSERT_EQ(slab_usable_size(allocator.get(), pointer), class_bytes_for(size))
          << "size " << size;
    }
  }
}

// R-2.1-1
TEST(SizeClass, IndexesStandInTheOrderOfTheirSizes) {
  const Allocator allocator = make_allocator();
  for (std::uint32_t index = 0; index < kClassBytes.size(); ++index) {
    ASSERT_NE(slab_malloc(allocator.get(), kClassBytes[index]), nullptr);
    SlabClassStats stats;
    slab_stats_class(allocator.get(), index, &stats);
    EXPECT_EQ(stats.class_index, index);
    EXPECT_EQ(stats.object_size, kClassBytes[index]);
    EXPECT_EQ(stats.slab_bytes, kSlabBytes);
    EXPECT_EQ(stats.allocs, 1u);
  }
}

// R-2.1-1
TEST(SizeClass, FillsASlabOfFourKiBBeforeItTakesASecond) {
  for (const std::uint32_t bytes : kClassBytes) {
    const Allocator allocator = make_allocator();
    const auto objects = make_objects(allocator.get(), slots_of(bytes), bytes, 0);
    EXPECT_EQ(pages_of(objects).size(), 1u) << "class " << bytes;
    EXPECT_EQ(global_stats(allocator.get()).net_slabs, 1u) << "class " << bytes;
  }
}

// R-2.1-1
TEST(SizeClass, DoesNotShareASlabWithAnother) {
  const Allocator allocator = make_allocator();
  std::vector<std::uintptr_t> pages;
  for (const std::uint32_t bytes : kClassBytes) {
    pages.push_back(page_of(make_object(allocator.get(), bytes, 0).pointer));
  }
  std::sort(pages.begin(), pages.end());
  EXPECT_EQ(std::adjacent_find(pages.begin(), pages.end()), pages.end());
}

// R-2.1-2
TEST(Alignment, IsTheLargestPowerOfTwoThatDividesTheSlot) {
  const Allocator allocator = make_allocator();
  for (const std::uint32_t bytes : kClassBytes) {
    for (const Object& object : make_objects(allocator.get(), 3 * slots_of(bytes), bytes, 0)) {
      ASSERT_EQ(reinterpret_cast<std::uintptr_t>(object.pointer) % alignment_of(bytes), 0u)
          << "class " << bytes;
    }
  }
}

// R-2.1-2
TEST(Alignment, HoldsForEverySize) {
  const Allocator allocator = make_allocator();
  for (std::uint32_t size = 1; size <= 768; ++size) {
    const auto address = reinterpret_cast<std::uintptr_t>(slab_malloc(allocator.get(), size));
    ASSERT_EQ(address % alignment_of(class_bytes_for(size)), 0u) << "size " << size;
    ASSERT_EQ(address % 32, 0u) << "size " << size;
  }
}

// R-2.1-2
TEST(Slot, IsWritableToItsLastByteWithoutHarmToItsNeighbours) {
  const Allocator allocator = make_allocator();
  for (const std::uint32_t bytes : kClassBytes) {
    const auto objects = make_objects(allocator.get(), 2 * slots_of(bytes), bytes, 0);
    for (std::size_t i = 0; i < objects.size(); ++i) {
      std::memset(objects[i].pointer, static_cast<int>(i + 1), bytes);
    }
    for (std::size_t i = 0; i < objects.size(); ++i) {
      ASSERT_TRUE(holds_only(objects[i].pointer, bytes, static_cast<unsigned char>(i + 1)))
          << "class " << bytes << " object " << i;
    }
  }
}

// R-2.1-2
TEST(Slot, KeepsAllItsBytesThroughWhateverTheAllocatorDoesBesides) {
  const Allocator allocator = make_allocator(0);
  std::vector<Object> kept;
  for (const std::uint32_t bytes : kClassBytes) {
    for (std::size_t i = 0; i < 3 * slots_of(bytes); ++i) {
      const Object object = make_object(allocator.get(), bytes, 0);
      std::memset(object.pointer, 0xa5, bytes);
      if (i % 2 == 0) {
        kept.push_back(object);
      } else {
        ASSERT_TRUE(free_obj(allocator.get(), object.handle));
      }
    }
  }
  advance(allocator.get(), 20);
  for (const Object& object : kept) {
    const std::size_t bytes = slab_usable_size(allocator.get(), object.pointer);
    ASSERT_TRUE(holds_only(object.pointer, bytes, 0xa5));
  }
}

// R-2.1-6
TEST(LiveObjects, NeverOverlap) {
  const Allocator allocator = make_allocator();
  struct Span {
    std::uintptr_t begin, end;
  };
  std::vector<Span> spans;
  std::uint32_t size = 1;
  for (int i = 0; i < 20000; ++i) {
    const Object object = make_object(allocator.get(), size, static_cast<EpochId>(i) % kEpochs);
    const auto begin = reinterpret_cast<std::uintptr_t>(object.pointer);
    spans.push_back({begin, begin + slab_usable_size(allocator.get(), object.pointer)});
    if (i % 3 == 0) {
      ASSERT_TRUE(free_obj(allocator.get(), object.handle));
      spans.pop_back();
    }
    size = size * 7 % 769;  // 7 generates residues of every magnitude modulo the prime 769
  }
  std::sort(spans.begin(), spans.end(), [](Span a, Span b) { return a.begin < b.begin; });
  for (std::size_t i = 1; i < spans.size(); ++i) {
    ASSERT_LE(spans[i - 1].end, spans[i].begin);
  }
}

}  // namespace
}  // namespace temporal_slab::rules
