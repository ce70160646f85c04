// slab_realloc and slab_malloc: which incarnation, and what happens to contents.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "capi/rules_memory_support.h"

namespace temporal_slab::rules {
namespace {

std::uint64_t live_in(SlabAllocator* allocator, EpochId epoch) {
  std::uint64_t live = 0;
  for (std::uint32_t i = 0; i < kClassBytes.size(); ++i) {
    live += epoch_stats(allocator, i, epoch).live_objects;
  }
  return live;
}

// An object of `bytes` in an epoch that is not current, filled to the brim.
void* make_full(SlabAllocator* allocator, std::size_t bytes, EpochId epoch, unsigned char value) {
  void* pointer = slab_malloc_epoch(allocator, bytes, epoch);
  std::memset(pointer, value, bytes);
  return pointer;
}

// Each byte tells its place, so that bytes which moved are noticed.
unsigned char byte_at(std::size_t place) {
  return static_cast<unsigned char>(place * 131 + (place >> 8) * 29 + 7);
}

// R-2.1-1
TEST(Realloc, KeepsTheContentsFromEveryClassToEveryClass) {
  const Allocator allocator = make_allocator();
  for (const std::uint32_t from : kClassBytes) {
    for (const std::uint32_t to : kClassBytes) {
      auto* const pointer =
          static_cast<unsigned char*>(slab_malloc_epoch(allocator.get(), from, 0));
      ASSERT_NE(pointer, nullptr);
      for (std::size_t i = 0; i < from; ++i) pointer[i] = byte_at(i);
      const auto* const moved =
          static_cast<const unsigned char*>(slab_realloc(allocator.get(), pointer, to));
      ASSERT_NE(moved, nullptr) << from << " to " << to;
      EXPECT_GE(slab_usable_size(allocator.get(), moved), to);
      for (std::size_t i = 0; i < std::min(from, to); ++i)
        ASSERT_EQ(moved[i], byte_at(i)) << from << " to " << to << ", byte " << i;
    }
  }
}

// R-2.1-1
TEST(Realloc, LeavesOneLiveObject) {
  const Allocator allocator = make_allocator();
  void* pointer = slab_malloc(allocator.get(), 64);
  for (const std::size_t bytes : {768u, 64u, 300u, 301u, 1u, 768u}) {
    pointer = slab_realloc(allocator.get(), pointer, bytes);
    EXPECT_EQ(live_in(allocator.get(), 0), 1u) << bytes;
  }
  slab_free(allocator.get(), pointer);
  EXPECT_EQ(live_in(allocator.get(), 0), 0u);
}

// R-2.1-3
TEST(Realloc, StaysInTheObjectsOwnIncarnation) {
  const Allocator allocator = make_allocator();
  void* pointer = slab_malloc_epoch(allocator.get(), 64, 5);
  pointer = slab_realloc(allocator.get(), pointer, 768);
  EXPECT_NE(pointer, nullptr);
  EXPECT_EQ(live_in(allocator.get(), 5), 1u);
  EXPECT_EQ(live_in(allocator.get(), 0), 0u);
}

// R-2.2-8
TEST(Realloc, DoesNotGrowAnObjectOfAClosingEpoch) {
  const Allocator allocator = make_allocator();
  void* pointer = make_full(allocator.get(), 64, 0, 0x42);
  epoch_close(allocator.get(), 0);
  EXPECT_EQ(errno_after([&] { EXPECT_EQ(slab_realloc(allocator.get(), pointer, 768), nullptr); }),
            ESTALE);
  EXPECT_EQ(slab_usable_size(allocator.get(), pointer), 64u);
  EXPECT_TRUE(holds_only(pointer, 64, 0x42));
}

// R-2.2-8
TEST(Realloc, DoesNotGrowACarriedObject) {
  const Allocator allocator = make_allocator();
  void* pointer = make_full(allocator.get(), 64, 0, 0x42);
  advance(allocator.get(), 16);
  ASSERT_EQ(slab_epoch_state(allocator.get(), 0), EPOCH_ACTIVE);
  EXPECT_EQ(errno_after([&] { EXPECT_EQ(slab_realloc(allocator.get(), pointer, 768), nullptr); }),
            ESTALE);
  EXPECT_TRUE(holds_only(pointer, 64, 0x42));
}

// R-2.2-5
TEST(Realloc, ShrinksAnObjectOfAClosingEpoch) {
  const Allocator allocator = make_allocator();
  void* pointer = make_full(allocator.get(), 768, 0, 0x42);
  epoch_close(allocator.get(), 0);
  void* shrunk = slab_realloc(allocator.get(), pointer, 10);
  ASSERT_NE(shrunk, nullptr);
  EXPECT_TRUE(holds_only(shrunk, 10, 0x42));
  EXPECT_EQ(live_in(allocator.get(), 0), 1u);
}

// R-2.2-5
TEST(Realloc, KeepsAnObjectOfAClosingEpochAtItsSize) {
  const Allocator allocator = make_allocator();
  void* pointer = make_full(allocator.get(), 768, 0, 0x42);
  epoch_close(allocator.get(), 0);
  void* kept = slab_realloc(allocator.get(), pointer, 768);
  ASSERT_NE(kept, nullptr);
  EXPECT_TRUE(holds_only(kept, 768, 0x42));
}

// R-2.1-10
TEST(Realloc, LeavesTheObjectWhenThereIsNoMemory) {
  const Allocator allocator = make_allocator(0, kSlabBytes);
  void* pointer = make_full(allocator.get(), 64, 0, 0x42);
  EXPECT_EQ(errno_after([&] { EXPECT_EQ(slab_realloc(allocator.get(), pointer, 768), nullptr); }),
            ENOMEM);
  EXPECT_TRUE(holds_only(pointer, 64, 0x42));
  EXPECT_EQ(slab_usable_size(allocator.get(), pointer), 64u);
}

// R-2.1-5
TEST(Realloc, OfAFreedObjectIsRefused) {
  const Allocator allocator = make_allocator();
  void* pointer = slab_malloc(allocator.get(), 64);
  slab_free(allocator.get(), pointer);
  EXPECT_EQ(errno_after([&] { EXPECT_EQ(slab_realloc(allocator.get(), pointer, 96), nullptr); }),
            ESTALE);
  EXPECT_EQ(global_stats(allocator.get()).total_allocs, 1u);
}

// R-2.1-1
TEST(Realloc, OfNullAllocatesInTheCurrentEpoch) {
  const Allocator allocator = make_allocator();
  epoch_advance(allocator.get());
  EXPECT_NE(slab_realloc(allocator.get(), nullptr, 64), nullptr);
  EXPECT_EQ(live_in(allocator.get(), 1), 1u);
}

// R-2.1-1
TEST(SlabMalloc, GoesToTheCurrentEpochWhereverTheRingStands) {
  const Allocator allocator = make_allocator();
  for (int turn = 0; turn < 40; ++turn) {
    const EpochId current = epoch_current(allocator.get());
    ASSERT_NE(slab_malloc(allocator.get(), 64), nullptr);
    EXPECT_EQ(epoch_stats(allocator.get(), 0, current).live_objects,
              1u + static_cast<std::uint64_t>(turn / 16))
        << "turn " << turn;
    epoch_advance(allocator.get());
  }
}

// R-2.2-8
TEST(SlabMalloc, IsNeverRefusedWhileAnotherThreadTurnsTheRing) {
  const Allocator allocator = make_allocator();
  std::atomic<bool> done{false};
  int refused = 0;
  run_threads(2, [&](unsigned index) {
    if (index == 0) {
      for (int i = 0; i < 20000; ++i) {
        void* pointer = slab_malloc(allocator.get(), 64);
        if (pointer == nullptr) ++refused;
        slab_free(allocator.get(), pointer);
      }
      done.store(true);
    } else {
      while (!done.load()) epoch_advance(allocator.get());
    }
  });
  EXPECT_EQ(refused, 0);
}

}  // namespace
}  // namespace temporal_slab::rules
