// Memory that goes back, as the kernel sees it page by page.
#include <gtest/gtest.h>

#include <barrier>
#include <cstring>

#include "capi/rules_memory_support.h"

namespace temporal_slab::rules {
namespace {

// Objects whose pages are there, because their bytes were written.
std::vector<Object> make_touched(SlabAllocator* allocator, std::size_t count, std::uint32_t bytes,
                                 EpochId epoch) {
  const auto objects = make_objects(allocator, count, bytes, epoch);
  for (const Object& object : objects) std::memset(object.pointer, 1, bytes);
  return objects;
}

std::size_t resident(const std::vector<Object>& objects) {
  return resident_pages(pages_of(objects));
}

// R-2.2-6
TEST(ClosingADrainedEpoch, GivesEveryPageBackBeforeItReturns) {
  const Allocator allocator = make_allocator(0);
  for (const std::uint32_t bytes : kClassBytes) {
    const EpochId current = epoch_current(allocator.get());
    const auto objects = make_touched(allocator.get(), 100 * slots_of(bytes), bytes, current);
    ASSERT_EQ(resident(objects), 100u);
    free_objects(allocator.get(), objects);
    epoch_close(allocator.get(), current);
    EXPECT_EQ(resident(objects), 0u) << "class " << bytes;
  }
}

// R-2.2-6
TEST(AdvancingFromADrainedEpoch, GivesEveryPageBackBeforeItReturns) {
  const Allocator allocator = make_allocator(0);
  const auto objects = make_touched(allocator.get(), 1000, 768, 0);
  free_objects(allocator.get(), objects);
  epoch_advance(allocator.get());
  EXPECT_EQ(resident(objects), 0u);
}

// R-2.2-6
TEST(ClosingAnEpoch, KeepsThePagesThatStillHoldAnObjectAndNoOther) {
  const Allocator allocator = make_allocator(0);
  const auto objects = make_touched(allocator.get(), 100 * slots_of(256), 256, 0);
  std::vector<Object> kept;
  std::vector<Object> freed;
  for (std::size_t i = 0; i < objects.size(); ++i) {
    (i / slots_of(256) % 3 == 0 && i % slots_of(256) == 5 ? kept : freed).push_back(objects[i]);
  }
  free_objects(allocator.get(), freed);
  epoch_close(allocator.get(), 0);
  EXPECT_EQ(resident(kept), kept.size());
  EXPECT_EQ(resident(objects), kept.size());
}

// R-2.2-6
TEST(ClosingAnEpoch, GivesBackTheSlabThatAnIdleThreadWasAllocatingFrom) {
  const Allocator allocator = make_allocator(0);
  std::vector<Object> objects;
  std::barrier step(2);
  run_threads(2, [&](unsigned index) {
    if (index == 0) {
      objects = make_touched(allocator.get(), 10, 64, 0);
      free_objects(allocator.get(), objects);
    }
    step.arrive_and_wait();  // the thread stays, idle, until the epoch is closed
    if (index == 1) {
      epoch_close(allocator.get(), 0);
      EXPECT_EQ(resident(objects), 0u);
    }
    step.arrive_and_wait();
  });
}

// R-2.2-6
TEST(ClosingAnEpoch, GivesBackWhatAThreadThatExitedHadDrained) {
  const Allocator allocator = make_allocator(0);
  std::vector<Object> objects;
  run_threads(1, [&](unsigned) {
    objects = make_touched(allocator.get(), 500, 64, 0);
    free_objects(allocator.get(), objects);
  });
  epoch_close(allocator.get(), 0);
  EXPECT_EQ(resident(objects), 0u);
}

// Empty slabs that an epoch has, and those in the warm reserve.
struct EmptySlabs {
  std::uint64_t attached = 0;
  std::uint64_t warm = 0;
};
EmptySlabs empty_slabs(SlabAllocator* allocator, EpochId epoch) {
  EmptySlabs count;
  for (std::uint32_t i = 0; i < kClassBytes.size(); ++i) {
    count.attached += epoch_stats(allocator, i, epoch).reclaimable_slab_count;
    SlabClassStats of_class;
    slab_stats_class(allocator, i, &of_class);
    count.warm += of_class.cache_size;
  }
  return count;
}

// One object of each size came and went: a slab of each class is empty, in the epoch or not.
void leave_empty_slabs(SlabAllocator* allocator, EpochId epoch) {
  for (const std::uint32_t bytes : kClassBytes)
    EXPECT_TRUE(free_obj(allocator, make_object(allocator, bytes, epoch).handle));
}

// R-2.2-6
TEST(ClosingAnEpoch, LeavesItsEmptySlabsToTheReserveBeforeItReturns) {
  for (const EpochId epoch : {0u, 7u}) {
    const Allocator allocator = make_allocator(64 * kSlabBytes);
    leave_empty_slabs(allocator.get(), epoch);
    const EmptySlabs before = empty_slabs(allocator.get(), epoch);
    epoch_close(allocator.get(), epoch);
    const EmptySlabs after = empty_slabs(allocator.get(), epoch);
    EXPECT_EQ(after.attached, 0u);
    EXPECT_EQ(after.warm, before.attached + before.warm);
  }
}

// R-2.2-6
TEST(AdvancingFromAnEpoch, LeavesItsEmptySlabsToTheReserveBeforeItReturns) {
  const Allocator allocator = make_allocator(64 * kSlabBytes);
  leave_empty_slabs(allocator.get(), 0);
  const EmptySlabs before = empty_slabs(allocator.get(), 0);
  epoch_advance(allocator.get());
  const EmptySlabs after = empty_slabs(allocator.get(), 0);
  EXPECT_EQ(after.attached, 0u);
  EXPECT_EQ(after.warm, before.attached + before.warm);
}

class Reserve : public testing::TestWithParam<std::size_t> {};

// R-2.2-6
TEST_P(Reserve, IsAllThatStaysOfADrainedEpoch) {
  const std::size_t retain_bytes = GetParam();
  const Allocator allocator = make_allocator(retain_bytes);
  const auto objects = make_touched(allocator.get(), 500 * slots_of(512), 512, 0);
  free_objects(allocator.get(), objects);
  epoch_close(allocator.get(), 0);
  EXPECT_LE(resident(objects) * kSlabBytes, retain_bytes);
  EXPECT_LE(global_stats(allocator.get()).estimated_slab_rss_bytes, retain_bytes);
}

// R-2.2-6
TEST_P(Reserve, IsFilledBeforeAnythingIsGivenBack) {
  const std::size_t retain_bytes = GetParam();
  const Allocator allocator = make_allocator(retain_bytes);
  const auto objects = make_touched(allocator.get(), 500 * slots_of(512), 512, 0);
  free_objects(allocator.get(), objects);
  epoch_close(allocator.get(), 0);
  EXPECT_EQ(resident(objects), retain_bytes / kSlabBytes);
}

// Objects of each class in each epoch, all freed.
std::vector<Object> leave_empty_slabs_everywhere(SlabAllocator* allocator) {
  std::vector<Object> all;
  for (EpochId epoch = 0; epoch < kEpochs; ++epoch) {
    for (const std::uint32_t bytes : kClassBytes) {
      const auto objects = make_touched(allocator, 10 * slots_of(bytes), bytes, epoch);
      all.insert(all.end(), objects.begin(), objects.end());
    }
  }
  free_objects(allocator, all);
  return all;
}

// R-2.2-6
TEST_P(Reserve, IsAllThatStaysOfActiveEpochsWhenAnotherIsLeft) {
  void (*const leave[])(SlabAllocator*) = {
      [](SlabAllocator* a) { epoch_close(a, 3); }, [](SlabAllocator* a) { epoch_advance(a); },
      [](SlabAllocator* a) { slab_epoch_try_close(a, 3); },
      [](SlabAllocator* a) { slab_epoch_discard(a, 3); }, slab_allocator_trim};
  for (const auto leaves : leave) {
    const std::size_t retain_bytes = GetParam();
    const Allocator allocator = make_allocator(retain_bytes);
    const auto all = leave_empty_slabs_everywhere(allocator.get());
    leaves(allocator.get());
    EXPECT_LE(resident(all) * kSlabBytes, retain_bytes);
    EXPECT_LE(global_stats(allocator.get()).estimated_slab_rss_bytes, retain_bytes);
  }
}

INSTANTIATE_TEST_SUITE_P(OfBytes, Reserve,
                         testing::Values(0u, 1u, kSlabBytes, 16 * kSlabBytes,
                                         17 * kSlabBytes + 4095, 256 * kSlabBytes),
                         [](const auto& test) { return std::to_string(test.param); });

// R-2.2-6
TEST(Trimming, GivesEverythingBackThatIsEmpty) {
  const Allocator allocator = make_allocator();
  const auto all = leave_empty_slabs_everywhere(allocator.get());
  EXPECT_NE(resident(all), 0u);
  slab_allocator_trim(allocator.get());
  EXPECT_EQ(resident(all), 0u);
  EXPECT_EQ(global_stats(allocator.get()).estimated_slab_rss_bytes, 0u);
}

// R-2.2-6
TEST(Trimming, KeepsWhatLives) {
  const Allocator allocator = make_allocator();
  const auto objects = make_touched(allocator.get(), 1000, 64, 0);
  slab_allocator_trim(allocator.get());
  for (const Object& object : objects)
    EXPECT_EQ(*static_cast<const unsigned char*>(object.pointer), 1);
  EXPECT_EQ(free_objects(allocator.get(), objects), objects.size());
}

// R-2.2-7
TEST(EmptySlabsOfAnActiveEpoch, StayWithTheirThreadWithoutASystemCall) {
  const Allocator allocator = make_allocator();
  for (int round = 0; round < 3; ++round)
    free_objects(allocator.get(), make_touched(allocator.get(), 100000, 128, 0));
  const SlabGlobalStats before = global_stats(allocator.get());
  std::size_t pages = 0;
  for (int round = 0; round < 10; ++round) {
    const auto objects = make_objects(allocator.get(), 100000, 128, 0);
    pages = resident(objects);
    free_objects(allocator.get(), objects);
  }
  EXPECT_EQ(pages, 100000 / slots_of(128)) << "pages had gone";
  EXPECT_EQ(global_stats(allocator.get()).total_madvise_calls, before.total_madvise_calls);
}

// How the last object of a slab may go.
struct LateFree {
  const char* name;
  void (*free)(SlabAllocator*, const Object&);
};

class LastObjectOfAClosingEpoch : public testing::TestWithParam<LateFree> {};

// R-2.2-7
TEST_P(LastObjectOfAClosingEpoch, TakesItsPageWithIt) {
  const Allocator allocator = make_allocator(0);
  const auto objects = make_touched(allocator.get(), slots_of(128), 128, 0);
  epoch_close(allocator.get(), 0);
  for (std::size_t i = 1; i < objects.size(); ++i) {
    GetParam().free(allocator.get(), objects[i]);
    ASSERT_EQ(resident(objects), 1u) << "an object still lives there";
  }
  GetParam().free(allocator.get(), objects[0]);
  EXPECT_EQ(resident(objects), 0u);
  EXPECT_EQ(global_stats(allocator.get()).net_slabs, 0u);
}

INSTANTIATE_TEST_SUITE_P(
    Freed, LastObjectOfAClosingEpoch,
    testing::Values(
        LateFree{"ByHandle", [](SlabAllocator* a, const Object& o) { free_obj(a, o.handle); }},
        LateFree{"ByPointer", [](SlabAllocator* a, const Object& o) { slab_free(a, o.pointer); }},
        LateFree{"ByAnotherThread",
                 [](SlabAllocator* a, const Object& o) {
                   run_threads(1, [&](unsigned) { free_obj(a, o.handle); });
                 }}),
    [](const auto& test) { return std::string(test.param.name); });

// R-2.2-7
TEST(LateFreesByManyThreads, GiveEveryPageBack) {
  constexpr unsigned kThreads = 4;
  const Allocator allocator = make_allocator(0);
  const auto objects = make_touched(allocator.get(), 20000, 96, 0);
  epoch_close(allocator.get(), 0);
  run_threads(kThreads, [&](unsigned index) {
    for (std::size_t i = index; i < objects.size(); i += kThreads) {
      free_obj(allocator.get(), objects[i].handle);
    }
  });
  EXPECT_EQ(resident(objects), 0u);
  EXPECT_EQ(global_stats(allocator.get()).net_slabs, 0u);
}

// R-2.2-6 R-2.2-7
TEST(FreesThatRaceWithAClose, GiveEveryPageBack) {
  const Allocator allocator = make_allocator(0);
  for (int round = 0; round < 100; ++round) {
    const EpochId current = epoch_current(allocator.get());
    const auto objects = make_touched(allocator.get(), 600, 64, current);
    run_threads(3, [&](unsigned index) {
      if (index == 2) {
        epoch_close(allocator.get(), current);
      } else {
        for (std::size_t i = index; i < objects.size(); i += 2) {
          free_obj(allocator.get(), objects[i].handle);
        }
      }
    });
    ASSERT_EQ(resident(objects), 0u) << "round " << round;
  }
}

// R-2.2-7
TEST(FreeingTheAllocator, GivesEveryPageBack) {
  std::vector<Object> objects;
  {
    const Allocator allocator = make_allocator();
    objects = make_touched(allocator.get(), 10000, 256, 0);
    free_objects(allocator.get(), {objects.begin(), objects.begin() + 5000});
  }
  EXPECT_EQ(resident(objects), 0u);
}

}  // namespace
}  // namespace temporal_slab::rules
