#include "harness/invariants/invariants.h"

#include <sys/mman.h>

#include "base/memory_marks.h"
#include "harness/invariants/walked.h"

namespace temporal_slab::harness::invariants {
namespace {

TEST_F(Walked, SoundIsTold) { EXPECT_THAT(walk(allocator_), IsEmpty()); }

TEST_F(Walked, FreeBitOfALiveSlot) {
  memory::Slab& s = slab(SlabKind::kPartial);
  damage(s.free_bits, s.free_bits ^ 1);
  expect_told("free_bits");
}

TEST_F(Walked, LiveCount) {
  memory::Slab& s = slab(SlabKind::kPartial);
  damage(s.live, static_cast<std::uint8_t>(s.live + 1));
  expect_told(": live is");
}

TEST_F(Walked, SlabInTheListOfAnotherKind) {
  memory::Slab& s = slab(SlabKind::kCarriedFull);
  damage(s.era, s.era + 1000);
  expect_told("of an era to come");
}

TEST_F(Walked, SlabInTheCellOfAnotherEpoch) {
  memory::Slab& s = slab(SlabKind::kPartial);
  damage(s.epoch, static_cast<std::uint8_t>(s.epoch + 1));
  expect_told("cell of another class or epoch");
}

TEST_F(Walked, BrokenListLink) {
  memory::Slab& s = slab(SlabKind::kFull);
  damage(s.previous, &slab(SlabKind::kPartial));
  expect_told("previous does not point back");
}

TEST_F(Walked, SlabInTwoLists) {
  memory::Slab& s = slab(SlabKind::kCarriedPartial);
  damage(s.next, &s);
  expect_told("two lists, or twice in one");
}

TEST_F(Walked, SlabInUseThatStandsNowhere) {
  damage(cells(slabs())[9][0].in_use, reinterpret_cast<memory::Slab*>(this));
  expect_told("the slab in use stands in no list");
}

TEST_F(Walked, FigureOfSlabs) {
  damage(stats::standing_cell(segment(), 2, 7).full_slabs);
  expect_told("the figure of slabs of kind 1");
}

TEST_F(Walked, FigureOfObjects) {
  damage(stats::standing_cell(segment(), 2, 7).live_objects);
  expect_told("live_objects is");
}

TEST_F(Walked, FigureOfCarriedObjects) {
  damage(stats::standing_cell(segment(), 1, 7).carried_objects);
  expect_told("carried_objects is");
}

TEST_F(Walked, Allocs) {
  damage(stats::counter(segment(), 7, stats::ClassCounter::k_allocs));
  expect_told("class 7: allocs - frees");
}

TEST_F(Walked, NewSlabCount) {
  damage(stats::counter(segment(), 7, stats::ClassCounter::k_new_slab_count));
  expect_told("class 7: slabs set up less those that left");
}

TEST_F(Walked, CacheSize) {
  damage(stats::counter(segment(), 6, stats::ClassCounter::k_cache_size));
  expect_told("class 6: cache_size");
}

TEST_F(Walked, EraOfTheStore) {
  damage(era(slabs())[15], std::uint64_t{999});
  expect_told("the store's era of epoch 15");
}

TEST_F(Walked, PageTableWithoutTheSlab) {
  memory::Slab& s = slab(SlabKind::kPartial);
  memory::PageEntry& entry = region().entries[s.page % memory::kPagesPerRegion];
  entry.set_no_slab(s.class_index);
  undo_ = [&] { entry.set_slab(&s); };
  expect_told("is in 0 places");
}

TEST_F(Walked, PageTableWithTheSlabOfAnotherPage) {
  damage(slab(SlabKind::kPartial), 0, &slab(SlabKind::kFull));
  expect_told("names the slab of another page");
}

TEST_F(Walked, PageOfARunWithTheSlabOfAnotherPage) {
  memory::Slab& s = *lists(own_heap())[4][memory::class_of(8000)].full.front();
  ASSERT_EQ(s.pages(), 8u);
  damage(s, 7, &slab(SlabKind::kPartial));
  expect_told("names the slab of another page");
}

TEST_F(Walked, BytesOfLargerObjects) {
  damage(stats::standing_record(segment(), 4).large_bytes);
  expect_told("large_bytes is");
}

TEST_F(Walked, WarmStackThatIsShorter) {
  memory::WarmStack& stack = warm(page_heap())[0];
  damage(stack.runs, stack.runs - 1);
  expect_told("is in 0 places");
}

TEST_F(Walked, MappedPages) {
  damage(mapped_pages(page_heap()), mapped_pages(page_heap()) + 1);
  expect_told("mapped pages is");
}

TEST_F(Walked, PagesInUseOfARegion) {
  damage(region().in_use, region().in_use + 1);
  expect_told("pages in use is");
}

TEST_F(Walked, AttachedEmptySlabs) {
  damage(attached_empty_pages(slabs()), attached_empty_pages(slabs()) + 1);
  expect_told("pages of attached empty slabs");
}

TEST_F(Walked, PageThatIsFreeAndUnderASlab) {
  auto free = region().free;
  free.insert(slab(SlabKind::kPartial).page % memory::kPagesPerRegion);
  damage(region().free, free);
  expect_told("is in 2 places");
}

TEST_F(Walked, WarmReserveAboveRetainBytes) {
  auto& most = const_cast<std::size_t&>(retain_pages(slabs()));
  damage(most, std::size_t{1});
  expect_told("than retain_bytes allows");
}

TEST_F(Walked, GivenBackPageThatIsResident) {
  auto free = region().free;
  const std::uint32_t page = free.take_lowest();
  std::byte* memory = region().page_memory(page);
  base::mark_ordinary(memory, memory::kPageBytes);
  *memory = std::byte{1};
  undo_ = [memory] { ::madvise(memory, memory::kPageBytes, MADV_DONTNEED); };
  expect_told("was given back and is resident");
}

TEST_F(Walked, UnusedPageThatIsResident) {
  std::byte* memory = region().page_memory(region().fresh);
  *memory = std::byte{1};
  undo_ = [memory] { ::madvise(memory, memory::kPageBytes, MADV_DONTNEED); };
  expect_told("was never used and is resident");
}

}  // namespace
}  // namespace temporal_slab::harness::invariants
