// What a heap keeps empty beside its slabs in use.
#include <gtest/gtest.h>

#include <latch>
#include <thread>
#include <vector>

#include "heap/allocator.h"
#include "stats/segment_reader.h"

namespace temporal_slab::heap {
namespace {

using memory::kPageBytes;

constexpr std::uint32_t kClass64 = 0;
constexpr std::uint32_t kClass128 = 2;
constexpr std::size_t kRetainedPages = 256;

class HeapEmpties : public testing::Test {
 protected:
  ~HeapEmpties() override { Allocator::destroy(allocator_); }

  // As the C API does.
  std::vector<std::uint64_t> fill(std::uint32_t class_index, std::uint32_t epoch,
                                  std::size_t slabs) {
    const memory::SizeClass& of_class = memory::kSizeClasses[class_index];
    std::vector<std::uint64_t> handles;
    for (std::size_t i = 0; i < slabs * of_class.slots; ++i) {
      Object object{};
      if (!allocator_->try_harder(of_class.object_bytes, epoch, &object)) {
        EXPECT_EQ(allocator_->allocate(of_class.object_bytes, epoch, &object), 0);
      }
      handles.push_back(object.handle);
    }
    return handles;
  }
  void free(const std::vector<std::uint64_t>& handles) {
    for (const std::uint64_t handle : handles)
      if (!allocator_->try_harder(handle)) {
        EXPECT_EQ(allocator_->free(handle), 0);
      }
  }
  void fill_and_free(std::uint32_t class_index, std::uint32_t epoch, std::size_t slabs) {
    free(fill(class_index, epoch, slabs));
  }
  stats::Snapshot snapshot() {
    stats::Snapshot taken;
    std::string error;
    EXPECT_TRUE(stats::read_snapshot(stats::MemoryView(&allocator_->segment()),
                                     stats::read_context(0), &taken, &error))
        << error;
    return taken;
  }
  std::uint64_t locks() {
    std::uint64_t sum = 0;
    for (const stats::ClassRow& row : snapshot().classes)
      sum += row.lock_fast_acquire + row.lock_contended;
    return sum;
  }

  Allocator* allocator_ = Allocator::create({"test", false, kRetainedPages* kPageBytes, 0});
};

// R-2.1-7
TEST_F(HeapEmpties, SlabsThatBeginAndEndTakeNoMutex) {
  for (int i = 0; i < 3; ++i) fill_and_free(kClass128, 0, 40);
  const std::uint64_t before = locks();
  for (int i = 0; i < 10; ++i) fill_and_free(kClass128, 0, 40);
  EXPECT_EQ(locks(), before);
}

// R-2.2-7
TEST_F(HeapEmpties, AreAllThatTheThreadEmptiedBeyondWhatIsRetained) {
  fill_and_free(kClass128, 0, 2 * kRetainedPages);
  const stats::ClassRow row = snapshot().classes[kClass128];
  EXPECT_EQ(snapshot().epochs[0].total_reclaimable_slabs + row.cache_size, 2 * kRetainedPages);
  EXPECT_EQ(row.madvise_bytes, 0u);
}

// R-2.2-7
TEST_F(HeapEmpties, ServeAnotherClassAndEpoch) {
  fill_and_free(kClass128, 0, 40);
  fill(kClass64, 5, 40);
  // The one that the thread allocates from in the other epoch stays there.
  EXPECT_EQ(snapshot().estimated_slab_rss_bytes, 41 * kPageBytes);
  EXPECT_EQ(snapshot().epochs[0].total_reclaimable_slabs, 1u);
}

// R-2.1-10 R-2.2-7
TEST_F(HeapEmpties, ServeAnotherThreadThatHasNoOtherMemory) {
  Allocator::destroy(allocator_);
  allocator_ = Allocator::create({"test", false, kRetainedPages * kPageBytes, 41 * kPageBytes});
  fill_and_free(kClass128, 0, 40);
  std::thread([&] { fill(kClass128, 1, 40); }).join();
}

// R-2.1-7: of one epoch after another, with another thread that may look at them.
TEST_F(HeapEmpties, ServeOneEpochAfterAnotherBesideAnotherThread) {
  std::latch started(1);
  std::latch ended(1);
  std::thread other([&] {
    fill(kClass64, 0, 1);
    started.count_down();
    ended.wait();
  });
  started.wait();
  for (std::uint32_t epoch = 1; epoch < 10; ++epoch) fill_and_free(kClass128, epoch, 200);
  const std::uint64_t bytes = snapshot().estimated_slab_rss_bytes;
  ended.count_down();
  other.join();
  EXPECT_LE(bytes, (200 + 64 + 10) * kPageBytes) << "they were not used again";
}

// R-2.2-6
TEST_F(HeapEmpties, GoToTheReserveWhenAnEpochIsLeft) {
  fill_and_free(kClass128, 1, 100);
  allocator_->close(1);
  EXPECT_EQ(snapshot().classes[kClass128].cache_size, 100u);
  fill(kClass128, 0, kRetainedPages + 10);
  std::uint64_t objects = 0;
  ASSERT_EQ(allocator_->discard(0, &objects), 0);
  EXPECT_EQ(snapshot().classes[kClass128].cache_size, kRetainedPages);
}

// R-2.2-6
TEST_F(HeapEmpties, GoWithTheThread) {
  std::thread([&] { fill_and_free(kClass128, 0, 40); }).join();
  allocator_->close(0);
  EXPECT_EQ(snapshot().classes[kClass128].cache_size, 40u);
  fill(kClass128, 1, kRetainedPages + 10);
  std::uint64_t objects = 0;
  ASSERT_EQ(allocator_->discard(1, &objects), 0);
  EXPECT_EQ(snapshot().classes[kClass128].cache_size, kRetainedPages);
}

// R-2.2-6
TEST_F(HeapEmpties, OfManyThreadsAreWithinWhatIsRetainedWhenAnEpochIsLeft) {
  constexpr int kThreads = 6;
  std::latch freed(kThreads);
  std::latch looked(1);
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i)
    threads.emplace_back([&] {
      fill_and_free(kClass128, 0, 100);
      freed.count_down();
      looked.wait();
    });
  freed.wait();
  allocator_->close(5);
  const stats::Snapshot taken = snapshot();
  looked.count_down();
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(taken.estimated_slab_rss_bytes, kRetainedPages * kPageBytes);
}

}  // namespace
}  // namespace temporal_slab::heap
