// Allocators as wholes, many at once.
#include <gtest/gtest.h>

#include <atomic>

#include "capi/rules_memory_support.h"

namespace temporal_slab::rules {
namespace {

// R-2.1-5
TEST(ManyAllocators, ArePerfectStrangers) {
  std::vector<Allocator> allocators;
  std::vector<Object> objects;
  for (unsigned i = 0; i < 100; ++i) {
    allocators.push_back(make_allocator());
    advance(allocators[i].get(), i);
    objects.push_back(make_object(allocators[i].get(), 64, i % kEpochs));
  }
  for (unsigned i = 0; i < 100; ++i) {
    ASSERT_EQ(epoch_current(allocators[i].get()), i % kEpochs);
    ASSERT_EQ(slab_epoch_era(allocators[i].get(), i % kEpochs), i);
    for (unsigned j = 0; j < 100; ++j) {
      if (i == j) continue;
      ASSERT_FALSE(free_obj(allocators[i].get(), objects[j].handle));
    }
    ASSERT_EQ(global_stats(allocators[i].get()).total_allocs, 1u);
    ASSERT_EQ(global_stats(allocators[i].get()).invalid_frees, 99u);
  }
  for (unsigned i = 0; i < 100; ++i) {
    ASSERT_TRUE(free_obj(allocators[i].get(), objects[i].handle));
  }
}

// R-2.1-4
TEST(AllocatorsMadeByManyThreadsAtOnce, AreAllGood) {
  std::atomic<int> wrong{0};
  run_threads(4, [&](unsigned index) {
    for (int i = 0; i < 100; ++i) {
      const Allocator allocator = make_allocator();
      const auto objects = make_objects(allocator.get(), 100, kClassBytes[index], 0);
      wrong += free_objects(allocator.get(), objects) != 100;
      wrong += free_objects(allocator.get(), objects) != 0;
    }
  });
  EXPECT_EQ(wrong.load(), 0);
}

}  // namespace
}  // namespace temporal_slab::rules
