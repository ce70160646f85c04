// A slab changes its owner when the system has no memory any more.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <temporal_slab/slab_stats.h>

#include <thread>
#include <vector>

#include "harness/faults/failing_calls.h"
#include "harness/invariants/invariants.h"

namespace temporal_slab::faults {
namespace {

constexpr std::uint32_t kBytes = 64;
constexpr std::size_t kSlots = 64;
constexpr std::uint32_t kLargestSlot = 32768;

// R-2.1-7 R-2.1-10: what waits to be collected does not wait at the wrong heap then.
TEST(WhenTheSystemHasNoMemory, ASlabThatChangesItsOwnerHasNothingToCollect) {
  SlabAllocator* const allocator = slab_allocator_create();
  std::vector<SlabHandle> handles(2 * kSlots);
  for (SlabHandle& handle : handles)
    ASSERT_NE(alloc_obj_epoch(allocator, kBytes, 0, &handle), nullptr);
  ASSERT_NE(slab_malloc_epoch(allocator, kBytes, 0), nullptr);  // a third slab is in use
  ASSERT_TRUE(free_obj(allocator, handles[0]));
  ASSERT_TRUE(free_obj(allocator, handles[kSlots]));
  std::size_t found = 0;
  std::thread other([&] {
    EXPECT_NE(slab_malloc_epoch(allocator, kBytes, 2), nullptr);
    const Faults faults(1, Faults::Last::kAll);
    for (const std::uint32_t bytes : {kLargestSlot, kBytes})
      while (slab_malloc_epoch(allocator, bytes, 2) != nullptr) {
      }
    EXPECT_EQ(errno, ENOMEM);
    // Collected because no page was to be had for long; then one of the slabs is taken.
    EXPECT_TRUE(free_obj(allocator, handles[1]));
    EXPECT_NE(slab_malloc_epoch(allocator, kBytes, 0), nullptr);
    // The other one's waits when it is taken.
    EXPECT_TRUE(free_obj(allocator, handles[2]));
    EXPECT_TRUE(free_obj(allocator, handles[kSlots + 2]));
    while (slab_malloc_epoch(allocator, kBytes, 0) != nullptr) ++found;
    EXPECT_EQ(errno, ENOMEM);
  });
  other.join();
  EXPECT_EQ(found, 5 - 1 + kSlots - 1) << "what was freed, and the rest of the third slab";
  EXPECT_THAT(harness::invariants::walk(allocator), testing::IsEmpty());
  for (std::size_t i = 0; i < 2 * kSlots; ++i)
    EXPECT_NE(slab_malloc_epoch(allocator, kBytes, 0), nullptr);
  for (std::size_t i = 3; i < kSlots; ++i) EXPECT_TRUE(free_obj(allocator, handles[i])) << i;
  EXPECT_THAT(harness::invariants::walk(allocator), testing::IsEmpty());
  slab_allocator_free(allocator);
}

}  // namespace
}  // namespace temporal_slab::faults
