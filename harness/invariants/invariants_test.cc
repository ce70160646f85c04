#include "harness/invariants/invariants.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <cstdlib>
#include <functional>

#include "base/memory_marks.h"
#include "harness/invariants/inside.h"

namespace temporal_slab::harness::invariants {
namespace {

using heap::SlabKind;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// An allocator with live, empty, full, carried, warm and given-back slabs.
class Walked : public ::testing::Test {
 protected:
  Walked() {
    SlabOptions options;
    slab_options_init(&options);
    options.retain_bytes = 3 * memory::kPageBytes;
    allocator_ = slab_allocator_create_with(&options);
    allocate(21, 768, 1);
    for (int i = 0; i < 18; ++i) epoch_advance(allocator_);
    allocate(21, 768, 2);
    epoch_advance(allocator_);
    allocate(40, 512, 3);
    slab_epoch_discard(allocator_, 3);
    slab_malloc(allocator_, 64);
    allocate(5, 8000, 4);
    allocate(2, 100'000, 4);
    allocate(1, std::size_t{40} << 20, 4);  // a region of its own
  }
  ~Walked() override {
    if (undo_) undo_();
    EXPECT_THAT(walk(allocator_), IsEmpty());
    slab_allocator_free(allocator_);
  }

  void allocate(int count, std::size_t size, EpochId epoch) {
    for (int i = 0; i < count; ++i) EXPECT_NE(slab_malloc_epoch(allocator_, size, epoch), nullptr);
  }
  heap::SlabStore& slabs() { return store(*reinterpret_cast<heap::Allocator*>(allocator_)); }
  heap::Heap& own_heap() { return slabs().heaps().at(1); }
  memory::PageHeap& page_heap() { return pages(slabs()); }
  memory::Region& region() {
    memory::Region* region = regions(page_heap());
    while (region->one_run) region = region->next;
    return *region;
  }
  memory::Slab& slab(SlabKind kind) {
    for (auto& of_epoch : cells(slabs()))
      for (heap::Cell& cell : of_epoch)
        if (cell.list(kind).front() != nullptr) return *cell.list(kind).front();
    std::abort();
  }
  stats::Segment& segment() {
    return const_cast<stats::Segment&>(reinterpret_cast<heap::Allocator*>(allocator_)->segment());
  }

  // Changes a value; it is put right at the end.
  template <typename T>
  void damage(T& what, T value) {
    undo_ = [&what, was = what] { what = was; };
    what = value;
  }
  void damage(stats::Word& word) {
    stats::add(word, 1);
    undo_ = [&word] { stats::sub(word, 1); };
  }
  // Has the page table name another slab for one page of a slab's.
  void damage(memory::Slab& slab, std::uint32_t page, memory::Slab* other) {
    memory::PageEntry& entry = region().entries[slab.page % memory::kPagesPerRegion + page];
    undo_ = [&] { entry.set_slab(&slab); };
    entry.set_slab(other);
  }
  void expect_told(const std::string& part) {
    EXPECT_THAT(walk(allocator_), Contains(HasSubstr(part)));
  }

  SlabAllocator* allocator_;
  std::function<void()> undo_;
};

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

TEST_F(Walked, OwnSlabOfAnotherOwner) {
  memory::Slab& s = *lists(own_heap())[4][memory::class_of(8000)].full.front();
  undo_ = [&] { s.owner.store(1, sync::kRelaxed); };
  s.owner.store(2, sync::kRelaxed);
  expect_told("is a heap's that does not own it");
}

TEST_F(Walked, SlabOfNobodyWithAnOwner) {
  memory::Slab& s = slab(SlabKind::kPartial);
  undo_ = [&] { s.owner.store(0, sync::kRelaxed); };
  s.owner.store(1, sync::kRelaxed);
  expect_told("has an owner that has it not");
}

TEST_F(Walked, RemoteBitThatIsMissing) {
  memory::Slab& s = *lists(own_heap())[4][memory::class_of(8000)].full.front();
  const memory::SlotWord word = s.word(0);
  undo_ = [&s, word] { s.set_word(0, word); };
  s.set_word(0, memory::SlotWord(word.generation(), memory::SlotState::kFreedRemotely));
  expect_told("remote bits of slots freed remotely");
}

TEST_F(Walked, OwnerThatDoesNotKnow) {
  damage(attached(own_heap()), attached(own_heap()) & ~(1U << 4));
  expect_told("owns slabs and does not know");
}

TEST_F(Walked, OwnedSlabsOfAClosedEpoch) {
  damage(stats::standing_record(segment(), 4).state);
  expect_told("owns slabs of an epoch that is not ACTIVE");
}

TEST_F(Walked, KeptPages) {
  damage(kept_pages(slabs()), kept_pages(slabs()) + 1);
  expect_told("pages that heaps may keep empty");
}

TEST_F(Walked, EmptySlabThatIsNotAccountedFor) {
  void* const object = slab_malloc_epoch(allocator_, 500, 4);
  slab_free(allocator_, object);
  ASSERT_NE(kept(own_heap())[4], 0u);
  damage(kept(own_heap())[4], 0U);
  expect_told("an empty slab is not accounted for");
}

TEST_F(Walked, FigureOfAHeap) {
  damage(segment().heaps[0].cells[4][memory::class_of(8000)].full_slabs);
  expect_told("the figure of slabs of kind 1");
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
