// The walk of heaps.
#include "harness/invariants/walked.h"

namespace temporal_slab::harness::invariants {
namespace {

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

TEST_F(Walked, BitOfACellWithoutEmptySlabs) {
  damage(empties(own_heap())[4], 1U);
  expect_told("the bit for empty slabs is not true");
}

TEST_F(Walked, EmptyPagesOfAHeap) {
  damage(empty_pages(own_heap()), empty_pages(own_heap()) + 1);
  expect_told("heap 1: pages of empty slabs");
}

TEST_F(Walked, RoomOfAHeap) {
  damage(room_pages(own_heap()), room_pages(own_heap()) + 1);
  expect_told("heap 1: pages reserved");
}

TEST_F(Walked, RoomOfAHeapBelowZero) {
  damage(room_pages(own_heap()), room_pages(own_heap()) - 1000);
  expect_told("heap 1: more is kept empty than was reserved");
}

TEST_F(Walked, FigureOfAHeap) {
  damage(segment().heaps[0].cells[4][memory::class_of(8000)].full_slabs);
  expect_told("the figure of slabs of kind 1");
}

}  // namespace
}  // namespace temporal_slab::harness::invariants
