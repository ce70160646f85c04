// Run by faults_without_membarrier: that programs under it are really without, and go by the mutex.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <temporal_slab/slab_alloc.h>
#include <unistd.h>

#include <thread>
#include <vector>

#include "harness/invariants/invariants.h"
#include "sync/biased_section.h"

namespace temporal_slab::faults {
namespace {

TEST(WithoutMembarrier, BothSidesPay) {
  EXPECT_EQ(syscall(SYS_membarrier, MEMBARRIER_CMD_QUERY, 0, 0), -1);
  EXPECT_EQ(sync::Bias::of_this_process().payer(), sync::Bias::Payer::kBoth);
}

TEST(WithoutMembarrier, NoThreadGetsAHeapAndAllCallsWork) {
  constexpr std::size_t kThreads = 3;
  SlabAllocator* const allocator = slab_allocator_create();
  ASSERT_NE(allocator, nullptr);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < kThreads; ++t)
    threads.emplace_back([&] {
      for (int round = 0; round < 50; ++round) {
        std::vector<void*> objects;
        for (std::size_t bytes = 8; bytes < 100'000; bytes += bytes)
          objects.push_back(slab_malloc(allocator, bytes));
        const EpochId epoch = epoch_current(allocator);
        epoch_advance(allocator);
        epoch_close(allocator, epoch);
        for (void* const object : objects) {
          EXPECT_NE(object, nullptr);
          slab_free(allocator, object);
        }
      }
    });
  for (std::thread& thread : threads) thread.join();
  const stats::Segment& figures = reinterpret_cast<heap::Allocator*>(allocator)->segment();
  EXPECT_EQ(stats::get(figures.heap_count), 1U) << "that of the mutex";
  EXPECT_THAT(harness::invariants::walk(allocator), testing::IsEmpty());
  slab_allocator_free(allocator);
}

}  // namespace
}  // namespace temporal_slab::faults
