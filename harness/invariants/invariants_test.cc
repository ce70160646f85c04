#include "harness/invariants/invariants.h"

#include <sys/mman.h>

#include "base/memory_marks.h"
#include "harness/invariants/walked.h"

namespace temporal_slab::harness::invariants {
namespace {

TEST_F(Walked, SoundIsTold) { EXPECT_THAT(walk(allocator_), IsEmpty()); }

TEST_F(Walked, BusyBit) {
  damage(full_slab().busy, full_slab().busy ^ 1);
  expect_told(": busy is");
}

TEST_F(Walked, BitOfACellWhoseSlotIsNotFree) {
  damage(cell().free_bits, cell().free_bits | 1);
  expect_told("is to be given out and is not free");
}

TEST_F(Walked, BitOfACellThatTheSlabDoesNotKnow) {
  damage(cell().free_bits, cell().free_bits & (cell().free_bits - 1));
  expect_told(": busy is");
}

TEST_F(Walked, CellThatSaysAnotherSlab) {
  damage(cell().handle_base, cell().handle_base + 64);
  expect_told("the cell says another slab");
}

TEST_F(Walked, BitsWithoutASlab) {
  damage(own_heap().cell(9, 3).free_bits, std::uint64_t{1});
  expect_told("bits without a slab");
}

TEST_F(Walked, OwnSlabOfAnotherOwner) {
  damage(full_slab().owner, static_cast<std::uint8_t>(2 | memory::kFull));
  expect_told(": owner is 130");
}

TEST_F(Walked, FullSlabThatDoesNotSaySo) {
  damage(full_slab().owner, std::uint8_t{1});
  expect_told(": owner is 1, must be 129");
}

TEST_F(Walked, RemoteBitThatIsMissing) {
  memory::Slab& s = full_slab();
  const memory::SlotWord word = s.word(0);
  undo_ = [&s, word] { s.set_word(0, word); };
  s.set_word(0, memory::SlotWord(word.generation(), memory::SlotState::kFreedRemotely));
  expect_told("remote bits of slots freed remotely");
}

TEST_F(Walked, SlabWithoutItsIdentity) {
  damage(full_slab().identity, std::uint64_t{0});
  expect_told("does not say whose it is");
}

TEST_F(Walked, SlabInTheCellOfAnotherEpoch) {
  damage(full_slab().epoch_number, std::uint8_t{5});
  expect_told("cell of another class or epoch");
}

TEST_F(Walked, SlabOfAnotherEra) {
  damage(full_slab().era, full_slab().era + 1000);
  expect_told(": era is");
}

TEST_F(Walked, CarriedSlabOfAnEraToCome) {
  damage(carried_slab().era, carried_slab().era + 1000);
  expect_told("of an era that stands or is to come");
}

TEST_F(Walked, BrokenListLink) {
  damage(full_slab().previous, memory::granule_of(&carried_slab()));
  expect_told("previous does not point back");
}

TEST_F(Walked, SlabInTwoLists) {
  damage(carried_slab().next, memory::granule_of(&full_slab()));
  expect_told("two lists, or twice in one");
}

TEST_F(Walked, HeapThatDoesNotKnowOfItsSlabs) {
  damage(used(own_heap())[4], 0U);
  expect_told("has slabs and does not know");
}

TEST_F(Walked, OwnedSlabsOfAClosedEpoch) {
  damage(stats::standing_record(segment(), 4).state);
  expect_told("has slabs of an epoch that is not ACTIVE");
}

TEST_F(Walked, PagesInUseOfAHeap) {
  damage(in_use_pages(own_heap()), in_use_pages(own_heap()) + 1);
  expect_told("heap 1: pages of slabs in use");
}

TEST_F(Walked, EmptySlabThatStands) {
  damage(kept_slab().identity, std::uint64_t{1});
  expect_told("is kept empty and stands");
}

TEST_F(Walked, RetainedPages) {
  damage(retained_pages(cache(slabs())), retained_pages(cache(slabs())) + 1);
  expect_told("retained pages is");
}

TEST_F(Walked, ReserveAboveRetainBytes) {
  slab_epoch_discard(allocator_, epoch_current(allocator_));
  own_heap().leave_empty_slabs();
  while (memory::Slab* const slab = own_heap().pop_empty(memory::shape_of(6)))
    cache(slabs()).keep(slab);
  auto& most = const_cast<std::size_t&>(retain_pages(cache(slabs())));
  damage(most, std::size_t{0});
  expect_told("than retain_bytes allows");
}

TEST_F(Walked, FigureOfSlabs) {
  damage(stats::standing_cell(segment(), 2, 7).full_slabs);
  expect_told("full_slabs is");
}

TEST_F(Walked, FigureOfAHeap) {
  damage(segment().heaps[1].cells[4][memory::class_of(8000)].full_slabs);
  expect_told("full_slabs is");
}

TEST_F(Walked, FigureOfSlabsInUse) {
  damage(segment().heaps[1].cells[4][memory::class_of(8000)].in_use_slabs);
  expect_told("in_use_slabs is");
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
  damage(region().word(index_of(full_slab())), memory::Granule{1});
  expect_told("is in 0 places");
}

TEST_F(Walked, PageOfARunWithTheSlabOfAnotherPage) {
  ASSERT_EQ(full_slab().pages(), 8u);
  damage(region().word(index_of(full_slab()) + 7), memory::granule_of(&carried_slab()));
  expect_told("names the slab of another page");
}

TEST_F(Walked, PageTableWithASlabThatIsNowhere) {
  damage(region().word(index_of(full_slab())), memory::granule_of(&full_slab()) + 1);
  expect_told("names a slab that is nowhere");
}

TEST_F(Walked, BytesOfLargerObjects) {
  damage(stats::standing_record(segment(), 4).large_bytes);
  expect_told("large_bytes is");
}

TEST_F(Walked, MappedPages) {
  damage(mapped_pages(page_heap()), mapped_pages(page_heap()) + 1);
  expect_told("mapped pages is");
}

TEST_F(Walked, PagesInUseOfARegion) {
  damage(region().in_use, region().in_use + 1);
  expect_told("pages in use is");
}

TEST_F(Walked, PageThatIsFreeAndUnderASlab) {
  auto free = region().free;
  free.insert(index_of(full_slab()));
  damage(region().free, free);
  expect_told("is in 2 places");
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
