#include "memory/page_heap.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstring>
#include <vector>

namespace temporal_slab::memory {
namespace {

struct Observed final : GiveBackObserver {
  void on_call(std::uint32_t, bool failed) override { failed ? ++failures : ++calls; }
  void on_pages(std::uint32_t, std::uint32_t count) override { pages += count; }
  int calls = 0;
  int failures = 0;
  std::uint32_t pages = 0;
};

class PageHeapTest : public testing::Test {
 protected:
  std::vector<PageNumber> take(PageHeap& heap, int count) {
    std::vector<PageNumber> pages;
    for (int i = 0; i < count; ++i) pages.push_back(heap.take_cold(1, 1));
    return pages;
  }
  // A slab came and went.
  static void come_and_go(PageHeap& heap, PageNumber first, std::uint32_t pages,
                          std::uint32_t class_index, std::uint32_t floor) {
    Slab slab{};
    slab.page = first;
    slab.class_index = static_cast<std::uint8_t>(class_index);
    if (slab.is_large()) slab.large_pages = pages;
    ASSERT_EQ(slab.pages(), pages);
    heap.slab_arrived(&slab);
    heap.slab_left(slab, floor);
  }
  const std::uint64_t id_ = new_allocator_id();
  Observed observed_;
};

TEST_F(PageHeapTest, NeighboursGoBackInOneCall) {
  PageHeap heap(id_, 0);
  const auto pages = take(heap, 10);
  for (const PageNumber page : pages)
    if (page != pages[4]) heap.put_pending(page, 1);
  heap.flush(observed_);
  EXPECT_EQ(observed_.calls, 2) << "one run below the page that stays, one above";
  EXPECT_EQ(observed_.pages, 9u);
}

TEST_F(PageHeapTest, APageGivenBackReadsZeroWhenItIsTakenAgain) {
  PageHeap heap(id_, 0);
  const PageNumber page = heap.take_cold(1, 1);
  std::memset(heap.page_memory(page), 0x5A, kPageBytes);
  heap.put_pending(page, 1);
  heap.flush(observed_);
  ASSERT_EQ(heap.take_cold(1, 1), page);
  for (std::uint32_t i = 0; i < kPageBytes; ++i) ASSERT_EQ(heap.page_memory(page)[i], std::byte{0});
}

TEST_F(PageHeapTest, APendingPageIsNotTaken) {
  PageHeap heap(id_, 0);
  const PageNumber page = heap.take_cold(1, 1);
  heap.put_pending(page, 1);
  EXPECT_NE(heap.take_cold(1, 1), page);
}

TEST_F(PageHeapTest, WarmPagesAreTakenLastInFirstOut) {
  PageHeap heap(id_, 0);
  const auto pages = take(heap, 3);
  for (const PageNumber page : pages) heap.put_warm(page, 0);
  EXPECT_EQ(heap.take_warm(0), pages[2]);
  EXPECT_EQ(heap.take_warm(0), pages[1]);
  EXPECT_EQ(heap.take_warm(0), pages[0]);
  EXPECT_EQ(heap.take_warm(0), kNoPage);
}

// R-2.1-10
TEST_F(PageHeapTest, TheLimitCountsWarmPagesAndRefusesWithEnomem) {
  PageHeap heap(id_, 3 * kPageBytes + 100);
  const auto pages = take(heap, 3);
  heap.put_warm(pages[0], 0);
  errno = 0;
  EXPECT_EQ(heap.take_cold(1, 1), kNoPage);
  EXPECT_EQ(errno, ENOMEM);
  EXPECT_EQ(heap.take_warm(0), pages[0]);
  heap.put_pending(pages[0], 1);
  heap.flush(observed_);
  EXPECT_NE(heap.take_cold(1, 1), kNoPage);
}

// R-2.1-4
TEST_F(PageHeapTest, APageWhoseGenerationsAreUsedUpIsGivenBackAndNotTakenAgain) {
  PageHeap heap(id_, 0);
  const PageNumber page = heap.take_cold(1, 1);
  come_and_go(heap, page, 1, 0, kMaxGeneration + 1);
  heap.put_pending(page, 1);
  heap.flush(observed_);
  EXPECT_EQ(observed_.pages, 1u);
  for (int i = 0; i < 100; ++i) EXPECT_NE(heap.take_cold(1, 1), page);
}

// R-2.1-4
TEST_F(PageHeapTest, TheNextOwnerOfARegionNumberStartsAboveTheLastOnesGenerations) {
  PageNumber page = kNoPage;
  {
    PageHeap heap(id_, 0);
    page = heap.take_cold(1, 1);
    come_and_go(heap, page, 1, 0, 1000);
  }
  PageHeap next(new_allocator_id(), 0);
  PageNumber other = next.take_cold(1, 1);
  ASSERT_EQ(other / kPagesPerRegion, page / kPagesPerRegion) << "the number was not used again";
  EXPECT_GE(next.floor_of(other), 1000u);
}

// R-2.1-5
TEST_F(PageHeapTest, PagesAndAddressesOfAnotherOwnerAreNotFound) {
  PageHeap mine(id_, 0);
  PageHeap other(new_allocator_id(), 0);
  const PageNumber page = other.take_cold(1, 1);
  EXPECT_FALSE(mine.look_up(page).used);
  EXPECT_FALSE(mine.place_of(other.page_memory(page)).used);
  EXPECT_TRUE(other.place_of(other.page_memory(page) + 5).used);
}

TEST_F(PageHeapTest, FloorsOutliveTheEntriesThatAreGivenBackWithTheLastPage) {
  PageHeap heap(id_, 0);
  const auto pages = take(heap, kPagesPerRegion / 2);
  for (const PageNumber page : pages) {
    come_and_go(heap, page, 1, 3, 70'000);
    heap.put_pending(page, 1);
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

TEST_F(PageHeapTest, EveryPageOfARunNamesTheSlabAndTheOffsetIntoIt) {
  PageHeap heap(id_, 0);
  heap.take_cold(1, 1);
  Slab slab{};
  slab.page = heap.take_cold(5, 1);
  slab.class_index = kLargeClass;
  slab.large_pages = 5;
  slab.memory = heap.page_memory(slab.page);
  heap.slab_arrived(&slab);
  for (std::uint32_t i = 0; i < 5; ++i) {
    EXPECT_EQ(heap.look_up(slab.page + i).slab, &slab);
    const auto place = heap.place_of(slab.memory + i * kPageBytes + 7);
    EXPECT_EQ(place.slab, &slab);
    EXPECT_EQ(place.offset_bytes, i * kPageBytes + 7);
  }
  heap.slab_left(slab, 100'009);
  for (std::uint32_t i = 0; i < 5; ++i) EXPECT_EQ(heap.look_up(slab.page + i).slab, nullptr);
  EXPECT_EQ(heap.floor_of(slab.page), 100'009u);
}

// R-2.1-2
TEST_F(PageHeapTest, ARunIsAlignedAndWhatThatLeavesOutIsTakenLater) {
  PageHeap heap(id_, 0);
  const PageNumber odd = heap.take_cold(1, 1);
  const PageNumber run = heap.take_cold(32, 8);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(heap.page_memory(run)) % (8 * kPageBytes), 0u);
  for (PageNumber page = odd + 1; page < run; ++page) EXPECT_EQ(heap.take_cold(1, 1), page);
}

TEST_F(PageHeapTest, ARunTakesTheFirstPlaceThatIsLongEnough) {
  PageHeap heap(id_, 0);
  const PageNumber first = heap.take_cold(12, 1);
  heap.put_pending(first + 1, 2);
  heap.put_pending(first + 5, 4);
  heap.flush(observed_);
  EXPECT_EQ(observed_.calls, 2);
  EXPECT_EQ(heap.take_cold(3, 1), first + 5);
  EXPECT_EQ(heap.take_cold(2, 1), first + 1);
  EXPECT_EQ(heap.take_cold(1, 1), first + 8);
}

TEST_F(PageHeapTest, WarmRunsOfOneKindServeThatKind) {
  PageHeap heap(id_, 0);
  const std::uint32_t kind = run_kind_of(class_of(32768));
  const RunKind shape = kRunKinds.kinds[kind];
  const PageNumber run = heap.take_cold(shape.pages, shape.alignment_pages);
  heap.put_warm(run, kind);
  EXPECT_EQ(heap.warm_pages(), shape.pages);
  EXPECT_FALSE(heap.has_warm(0));
  EXPECT_EQ(heap.take_warm(0), kNoPage);
  EXPECT_EQ(heap.take_warm(kind), run);
  EXPECT_EQ(heap.warm_pages(), 0u);
}

// R-2.1-1 R-2.1-10
TEST_F(PageHeapTest, ARunLongerThanARegionHasOneOfItsOwnWhichTheNextOneTakesOver) {
  PageHeap heap(id_, 0);
  const std::uint32_t pages = 3 * kPagesPerRegion + 1;
  Slab slab{};
  slab.page = heap.take_cold(pages, 1);
  slab.class_index = kLargeClass;
  slab.large_pages = pages;
  slab.memory = heap.page_memory(slab.page);
  heap.slab_arrived(&slab);
  EXPECT_EQ(heap.mapped_pages(), pages);
  std::byte* last = slab.memory + slab.bytes() - 1;
  *last = std::byte{1};
  EXPECT_EQ(heap.place_of(last).slab, &slab);
  EXPECT_EQ(heap.place_of(last).offset_bytes, slab.bytes() - 1);
  EXPECT_FALSE(heap.look_up(slab.page + 1).used) << "no handle names it";
  EXPECT_NE(heap.take_cold(1, 1) / kPagesPerRegion, slab.page / kPagesPerRegion);

  heap.slab_left(slab, 100'077);
  heap.put_pending(slab.page, pages);
  heap.flush(observed_);
  EXPECT_EQ(observed_.calls, 1);
  EXPECT_EQ(observed_.pages, pages);
  EXPECT_EQ(heap.mapped_pages(), 1u);
  EXPECT_TRUE(heap.place_of(last).used) << "a second free is told as one";
  EXPECT_EQ(heap.place_of(last).slab, nullptr);
  EXPECT_EQ(heap.take_cold(2 * kPagesPerRegion, 1), slab.page);
  EXPECT_EQ(heap.floor_of(slab.page), 100'077u);
  EXPECT_EQ(*last, std::byte{0}) << "it was given back";
}

}  // namespace
}  // namespace temporal_slab::memory
