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
  std::vector<SlabHandle> handles(kSlots);
  for (SlabHandle& handle : handles)
    ASSERT_NE(alloc_obj_epoch(allocator, kBytes, 0, &handle), nullptr);
  ASSERT_NE(slab_malloc_epoch(allocator, kBytes, 0), nullptr);  // another slab is in use
  ASSERT_TRUE(free_obj(allocator, handles[0]));
  std::size_t found = 0;
  std::thread other([&] {
    EXPECT_NE(slab_malloc_epoch(allocator, kBytes, 2), nullptr);
    EXPECT_TRUE(free_obj(allocator, handles[1]));  // waits at the first thread's heap
    const Faults faults(1, Faults::Last::kAll);
    while (slab_malloc_epoch(allocator, kLargestSlot, 2) != nullptr) {
    }
    while (slab_malloc_epoch(allocator, kBytes, 0) != nullptr) ++found;
    EXPECT_EQ(errno, ENOMEM);
  });
  other.join();
  EXPECT_GE(found, 2 + kSlots - 1) << "two slots that were freed, and the rest of the other slab";
  EXPECT_THAT(harness::invariants::walk(allocator), testing::IsEmpty());
  for (std::size_t i = 0; i < 2 * kSlots; ++i)
    EXPECT_NE(slab_malloc_epoch(allocator, kBytes, 0), nullptr);
  for (std::size_t i = 2; i < kSlots; ++i) EXPECT_TRUE(free_obj(allocator, handles[i])) << i;
  EXPECT_THAT(harness::invariants::walk(allocator), testing::IsEmpty());
  slab_allocator_free(allocator);
}

}  // namespace
}  // namespace temporal_slab::faults
