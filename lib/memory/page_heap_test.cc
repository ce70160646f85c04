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
  PageHeapTest() { EXPECT_TRUE(reserve_descriptors()); }

  std::vector<std::byte*> take(PageHeap& heap, int count) {
    std::vector<std::byte*> pages;
    for (int i = 0; i < count; ++i) pages.push_back(heap.take(1, 1));
    return pages;
  }
  // A slab that stands on a run.
  Slab* stand(PageHeap& heap, std::byte* run, std::uint32_t pages, std::uint32_t class_index) {
    Slab* const slab = descriptors_.take(class_index);
    EXPECT_TRUE(slab->set_up(identity_of(id_), run, pages, class_index, 0, 0));
    heap.name(slab);
    return slab;
  }
  static void put(PageHeap& heap, std::byte* run, std::uint32_t pages) { heap.put(run, pages, 3); }

  const std::uint32_t id_ = new_allocator_number();
  Descriptors descriptors_{id_};
  Observed observed_;
};

std::byte* after(std::byte* page, std::size_t pages) { return page + pages * kPageBytes; }

TEST_F(PageHeapTest, NeighboursGoBackInOneCall) {
  PageHeap heap(id_, 0);
  const auto pages = take(heap, 10);
  for (std::byte* const page : pages)
    if (page != pages[4]) put(heap, page, 1);
  heap.flush(observed_);
  EXPECT_EQ(observed_.calls, 2) << "one run below the page that stays, one above";
  EXPECT_EQ(observed_.pages, 9u);
}

TEST_F(PageHeapTest, APageGivenBackReadsZeroWhenItIsTakenAgain) {
  PageHeap heap(id_, 0);
  std::byte* const page = heap.take(1, 1);
  std::memset(page, 0x5A, kPageBytes);
  put(heap, page, 1);
  heap.flush(observed_);
  ASSERT_EQ(heap.take(1, 1), page);
  for (std::uint32_t i = 0; i < kPageBytes; ++i) ASSERT_EQ(page[i], std::byte{0});
}

TEST_F(PageHeapTest, APendingPageIsNotTaken) {
  PageHeap heap(id_, 0);
  std::byte* const page = heap.take(1, 1);
  put(heap, page, 1);
  EXPECT_NE(heap.take(1, 1), page);
}

// R-2.1-10
TEST_F(PageHeapTest, TheLimitRefusesWithEnomem) {
  PageHeap heap(id_, 3 * kPageBytes + 100);
  const auto pages = take(heap, 3);
  errno = 0;
  EXPECT_EQ(heap.take(1, 1), nullptr);
  EXPECT_EQ(errno, ENOMEM);
  put(heap, pages[0], 1);
  heap.flush(observed_);
  EXPECT_NE(heap.take(1, 1), nullptr);
}

// R-2.1-5
TEST_F(PageHeapTest, AddressesOfAnotherOwnerAreNotFound) {
  PageHeap mine(id_, 0);
  PageHeap other(new_allocator_number(), 0);
  std::byte* const page = other.take(1, 1);
  EXPECT_FALSE(mine.was_used(page));
  EXPECT_TRUE(other.was_used(page + 5));
  EXPECT_FALSE(other.was_used(page + kPageBytes)) << "not yet";
}

TEST_F(PageHeapTest, GoesOnInASecondRegionWhenTheFirstIsFull) {
  PageHeap heap(id_, 0);
  const auto pages = take(heap, kPagesPerRegion + 1);
  EXPECT_NE(region_number_of(pages.front()), region_number_of(pages.back()));
  EXPECT_TRUE(heap.was_used(pages.back()));
  EXPECT_FALSE(heap.was_used(after(pages.back(), 1)));
}

TEST_F(PageHeapTest, EveryPageOfARunNamesTheSlab) {
  PageHeap heap(id_, 0);
  heap.take(1, 1);
  std::byte* const run = heap.take(5, 1);
  Slab* const slab = stand(heap, run, 5, kLargeClass);
  for (std::uint32_t i = 0; i < 5; ++i) {
    EXPECT_EQ(granule_at(after(run, i) + 7), granule_of(slab));
    EXPECT_EQ(heap.slab_at(after(run, i)), slab);
  }
  slab->end();
  put(heap, run, 5);
  for (std::uint32_t i = 0; i < 5; ++i) {
    EXPECT_EQ(heap.slab_at(after(run, i)), nullptr);
    EXPECT_LT(granule_at(after(run, i)), kChunkGranules) << "no descriptor is there";
  }
}

TEST_F(PageHeapTest, AnAddressOfNobodyNamesNoDescriptor) {
  int local = 0;
  for (const void* const address :
       {static_cast<const void*>(&local), static_cast<const void*>(nullptr),
        reinterpret_cast<const void*>(~std::uintptr_t{0}),
        reinterpret_cast<const void*>(std::uintptr_t{1} << 48)})
    EXPECT_EQ(granule_at(address), 0u);
}

// R-2.1-2
TEST_F(PageHeapTest, ARunIsAlignedAndWhatThatLeavesOutIsTakenLater) {
  PageHeap heap(id_, 0);
  std::byte* const odd = heap.take(1, 1);
  std::byte* const run = heap.take(32, 8);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(run) % (8 * kPageBytes), 0u);
  for (std::byte* page = after(odd, 1); page < run; page = after(page, 1))
    EXPECT_EQ(heap.take(1, 1), page);
}

TEST_F(PageHeapTest, ARunTakesTheFirstPlaceThatIsLongEnough) {
  PageHeap heap(id_, 0);
  std::byte* const first = heap.take(12, 1);
  put(heap, after(first, 1), 2);
  put(heap, after(first, 5), 4);
  heap.flush(observed_);
  EXPECT_EQ(observed_.calls, 2);
  EXPECT_EQ(heap.take(3, 1), after(first, 5));
  EXPECT_EQ(heap.take(2, 1), after(first, 1));
  EXPECT_EQ(heap.take(1, 1), after(first, 8));
}

// R-2.1-1 R-2.1-10
TEST_F(PageHeapTest, ARunLongerThanARegionHasOneOfItsOwnWhichTheNextOneTakesOver) {
  PageHeap heap(id_, 0);
  const std::uint32_t pages = 3 * kPagesPerRegion + 1;
  std::byte* const run = heap.take(pages, 1);
  Slab* const slab = stand(heap, run, pages, kLargeClass);
  EXPECT_EQ(heap.mapped_pages(), pages);
  std::byte* last = run + slab->bytes() - 1;
  *last = std::byte{1};
  EXPECT_EQ(heap.slab_at(last), slab);
  EXPECT_NE(region_number_of(heap.take(1, 1)), region_number_of(run));

  slab->end();
  put(heap, run, pages);
  heap.flush(observed_);
  EXPECT_EQ(observed_.calls, 1);
  EXPECT_EQ(observed_.pages, pages);
  EXPECT_EQ(heap.mapped_pages(), 1u);
  EXPECT_TRUE(heap.was_used(last)) << "a second free is told as one";
  EXPECT_EQ(heap.slab_at(last), nullptr);
  EXPECT_EQ(heap.take(2 * kPagesPerRegion, 1), run);
  EXPECT_EQ(*last, std::byte{0}) << "it was given back";
}

}  // namespace
}  // namespace temporal_slab::memory
