#include "memory/page_heap.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstring>
#include <vector>

namespace temporal_slab::memory {
namespace {

struct Observed final : GiveBackObserver {
  void on_call(std::uint32_t, bool failed) override { failed ? ++failures : ++calls; }
  void on_page(std::uint32_t) override { ++pages; }
  int calls = 0;
  int failures = 0;
  int pages = 0;
};

class PageHeapTest : public testing::Test {
 protected:
  std::vector<PageNumber> take(PageHeap& heap, int count) {
    std::vector<PageNumber> pages;
    for (int i = 0; i < count; ++i) pages.push_back(heap.take_cold());
    return pages;
  }
  const std::uint64_t id_ = new_allocator_id();
  Observed observed_;
};

TEST_F(PageHeapTest, NeighboursGoBackInOneCall) {
  PageHeap heap(id_, 0);
  const auto pages = take(heap, 10);
  for (const PageNumber page : pages)
    if (page != pages[4]) heap.put_pending(page);
  heap.flush(observed_);
  EXPECT_EQ(observed_.calls, 2) << "one run below the page that stays, one above";
  EXPECT_EQ(observed_.pages, 9);
}

TEST_F(PageHeapTest, APageGivenBackReadsZeroWhenItIsTakenAgain) {
  PageHeap heap(id_, 0);
  const PageNumber page = heap.take_cold();
  std::memset(heap.page_memory(page), 0x5A, kPageBytes);
  heap.put_pending(page);
  heap.flush(observed_);
  ASSERT_EQ(heap.take_cold(), page);
  for (std::uint32_t i = 0; i < kPageBytes; ++i) ASSERT_EQ(heap.page_memory(page)[i], std::byte{0});
}

TEST_F(PageHeapTest, APendingPageIsNotTaken) {
  PageHeap heap(id_, 0);
  const PageNumber page = heap.take_cold();
  heap.put_pending(page);
  EXPECT_NE(heap.take_cold(), page);
}

TEST_F(PageHeapTest, WarmPagesAreTakenLastInFirstOut) {
  PageHeap heap(id_, 0);
  const auto pages = take(heap, 3);
  for (const PageNumber page : pages) heap.put_warm(page);
  EXPECT_EQ(heap.take_warm(), pages[2]);
  EXPECT_EQ(heap.take_warm(), pages[1]);
  EXPECT_EQ(heap.take_warm(), pages[0]);
  EXPECT_EQ(heap.take_warm(), kNoPage);
}

// R-2.1-10
TEST_F(PageHeapTest, TheLimitCountsWarmPagesAndRefusesWithEnomem) {
  PageHeap heap(id_, 3 * kPageBytes + 100);
  const auto pages = take(heap, 3);
  heap.put_warm(pages[0]);
  errno = 0;
  EXPECT_EQ(heap.take_cold(), kNoPage);
  EXPECT_EQ(errno, ENOMEM);
  EXPECT_EQ(heap.take_warm(), pages[0]);
  heap.put_pending(pages[0]);
  heap.flush(observed_);
  EXPECT_NE(heap.take_cold(), kNoPage);
}

// R-2.1-4
TEST_F(PageHeapTest, APageWhoseGenerationsAreUsedUpIsGivenBackAndNotTakenAgain) {
  PageHeap heap(id_, 0);
  const PageNumber page = heap.take_cold();
  heap.slab_left(page, 0, kMaxGeneration + 1);
  heap.put_pending(page);
  heap.flush(observed_);
  EXPECT_EQ(observed_.pages, 1);
  for (int i = 0; i < 100; ++i) EXPECT_NE(heap.take_cold(), page);
}

// R-2.1-4
TEST_F(PageHeapTest, TheNextOwnerOfARegionNumberStartsAboveTheLastOnesGenerations) {
  PageNumber page = kNoPage;
  {
    PageHeap heap(id_, 0);
    page = heap.take_cold();
    heap.slab_left(page, 0, 1000);
  }
  PageHeap next(new_allocator_id(), 0);
  PageNumber other = next.take_cold();
  ASSERT_EQ(other / kPagesPerRegion, page / kPagesPerRegion) << "the number was not used again";
  EXPECT_GE(next.floor_of(other), 1000u);
}

// R-2.1-5
TEST_F(PageHeapTest, PagesAndAddressesOfAnotherOwnerAreNotFound) {
  PageHeap mine(id_, 0);
  PageHeap other(new_allocator_id(), 0);
  const PageNumber page = other.take_cold();
  EXPECT_FALSE(mine.look_up(page).used);
  EXPECT_FALSE(mine.place_of(other.page_memory(page)).used);
  EXPECT_TRUE(other.place_of(other.page_memory(page) + 5).used);
  EXPECT_EQ(other.place_of(other.page_memory(page) + 5).offset_bytes, 5u);
}

TEST_F(PageHeapTest, FloorsOutliveTheEntriesThatAreGivenBackWithTheLastPage) {
  PageHeap heap(id_, 0);
  const auto pages = take(heap, kPagesPerRegion / 2);
  for (const PageNumber page : pages) {
    heap.slab_left(page, 3, 70'000);
    heap.put_pending(page);
  }
  heap.flush(observed_);
  for (const PageNumber page : pages) {
    EXPECT_TRUE(heap.look_up(page).used);
    EXPECT_EQ(heap.look_up(page).slab, nullptr);
    EXPECT_EQ(heap.floor_of(page), 70'000u);
  }
}

TEST_F(PageHeapTest, GoesOnInASecondRegionWhenTheFirstIsFull) {
  PageHeap heap(id_, 0);
  const auto pages = take(heap, kPagesPerRegion + 1);
  EXPECT_NE(pages.front() / kPagesPerRegion, pages.back() / kPagesPerRegion);
  EXPECT_TRUE(heap.look_up(pages.back()).used);
  EXPECT_FALSE(heap.look_up(pages.back() + 1).used);
}

}  // namespace
}  // namespace temporal_slab::memory
