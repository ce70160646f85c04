#include "heap/slab_store.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <vector>

namespace temporal_slab::heap {
namespace {

using memory::kPageBytes;
using stats::ClassCounter;
using stats::get;

constexpr std::uint32_t kClass64 = 0;
constexpr std::uint32_t kClass768 = 7;
constexpr std::size_t kSlots64 = 64;

class SlabStoreTest : public testing::Test {
 protected:
  SlabStore& make(std::size_t retain_bytes, std::size_t max_bytes = 0) {
    EXPECT_TRUE(memory::reserve_descriptors());
    stats::put(segment->header.epoch_count, 16);
    // A heap is made in memory that is all zeroes.
    void* const place = std::aligned_alloc(alignof(SlabStore), sizeof(SlabStore));
    std::memset(place, 0, sizeof(SlabStore));
    store_.reset(new (place)
                     SlabStore(*segment, memory::new_allocator_number(), retain_bytes, max_bytes));
    return *store_;
  }
  Object allocate(std::size_t bytes, std::uint32_t epoch) {
    bool zeroed = false;
    return store_->allocate(bytes, epoch, &zeroed);
  }
  std::vector<std::uint64_t> fill(std::uint32_t class_index, std::uint32_t epoch,
                                  std::size_t count) {
    std::vector<std::uint64_t> handles;
    for (std::size_t i = 0; i < count; ++i)
      handles.push_back(allocate(memory::kSizeClasses[class_index].object_bytes, epoch).handle);
    return handles;
  }
  void free(std::uint64_t handle) {
    const Found found = store_->find(handle);
    ASSERT_NE(found.slab, nullptr);
    EXPECT_TRUE(store_->free(found));
  }
  // What Allocator does when the ring comes round to an epoch.
  void reopen(std::uint32_t epoch, std::uint64_t era) {
    store_->retire_incarnation(epoch);
    stats::open_incarnation(*segment, epoch, era, 1, memory::kClassCount);
    store_->opened(epoch, era);
  }
  SlabStore::Discarded discard(std::uint32_t epoch) {
    store_->take_from_heaps(epoch);
    return store_->discard(epoch);
  }
  std::uint64_t counted(std::uint32_t class_index, ClassCounter which) {
    return get(stats::counter(*segment, class_index, which));
  }
  const stats::CellWords& words(std::uint32_t epoch, std::uint32_t class_index) {
    return stats::standing_cell(*segment, epoch, class_index);
  }
  stats::ShardSums sums(std::uint32_t epoch, std::uint32_t class_index) {
    return stats::sum_shards(*segment, epoch, class_index);
  }

  std::unique_ptr<stats::Segment> segment = std::make_unique<stats::Segment>();
  struct End {
    void operator()(SlabStore* store) const {
      store->~SlabStore();
      std::free(store);
    }
  };
  std::unique_ptr<SlabStore, End> store_;
};

// R-3-7
TEST_F(SlabStoreTest, CountsTheKindsOfSlabsAsTheyFillAndDrain) {
  make(1 << 20);
  const auto handles = fill(kClass64, 2, 2 * kSlots64 + 1);
  EXPECT_EQ(sums(2, kClass64).full_slabs, 2u);
  EXPECT_EQ(sums(2, kClass64).partial_slabs, 1u) << "the one in use";
  EXPECT_EQ(sums(2, kClass64).live_objects, 2 * kSlots64 + 1);
  free(handles[0]);
  EXPECT_EQ(sums(2, kClass64).full_slabs, 1u);
  EXPECT_EQ(sums(2, kClass64).partial_slabs, 2u);
  for (std::size_t i = 1; i < handles.size(); ++i) free(handles[i]);
  EXPECT_EQ(sums(2, kClass64).partial_slabs, 1u) << "the one in use stays attached";
  EXPECT_EQ(sums(2, kClass64).in_use_slabs, 1u);
  EXPECT_EQ(sums(2, kClass64).live_objects, 0u);
  EXPECT_EQ(counted(kClass64, ClassCounter::k_cache_size), 2u);
}

// R-2.1-10 R-2.2-7
TEST_F(SlabStoreTest, AnotherClassTakesTheEmptySlabOfAnActiveEpoch) {
  make(1 << 20, kPageBytes);
  free(fill(kClass64, 0, 1).front());
  ASSERT_EQ(sums(0, kClass64).in_use_slabs, 1u);
  EXPECT_NE(allocate(memory::kSizeClasses[kClass768].object_bytes, 5).address, nullptr);
  EXPECT_EQ(sums(0, kClass64).in_use_slabs, 0u);
}

// R-2.2-6
TEST_F(SlabStoreTest, WhatIsKeptEmptyIsWithinTheBoundWhenAnEpochIsLeft) {
  make(2 * kPageBytes);
  std::vector<std::uint64_t> all;
  for (std::uint32_t epoch = 0; epoch < 8; ++epoch)
    all.push_back(fill(kClass768, epoch, 1).front());
  for (const std::uint64_t handle : all) free(handle);
  store_->take_from_heaps(7);
  store_->drain();
  std::uint64_t in_use = 0;
  for (std::uint32_t epoch = 0; epoch < 8; ++epoch) in_use += sums(epoch, kClass768).in_use_slabs;
  EXPECT_EQ(in_use + counted(kClass768, ClassCounter::k_cache_size), 2u);
  EXPECT_EQ(counted(kClass768, ClassCounter::k_madvise_bytes), 6 * kPageBytes);
}

// R-2.2-7
TEST_F(SlabStoreTest, HalfOfWhatWasNotNeededForASecondGoes) {
  constexpr std::uint64_t kSecondNs = 1'000'000'000;
  make(0);
  Heap* const heap = store_->heaps().join(1, 0);
  store_->heaps().entered_by(heap);
  const auto use = [&](std::size_t slabs) {
    for (const std::uint64_t handle : fill(kClass64, 0, slabs * kSlots64)) free(handle);
  };
  use(101);
  ASSERT_EQ(heap->empty_pages(), 100u) << "one more is in use";
  store_->age(kSecondNs);
  store_->age(2 * kSecondNs - 1);
  EXPECT_EQ(heap->empty_pages(), 100u) << "not yet a second";
  store_->age(2 * kSecondNs);
  EXPECT_EQ(heap->empty_pages(), 100u) << "of that second nothing is known";
  use(41);
  store_->age(3 * kSecondNs);
  EXPECT_EQ(heap->empty_pages(), 70u) << "of 100, 40 were needed";
  store_->age(4 * kSecondNs);
  EXPECT_EQ(heap->empty_pages(), 35u);
  store_->heaps().entered_by(nullptr);
}

// R-2.1-6: a bit of a second free at the same moment waits at an empty slab, and what is collected
// with it empties another one, when the first gets its next tenant.
TEST_F(SlabStoreTest, WhatIsCollectedMeanwhileDoesNotTakeThePlaceOfTheSlabThatIsUsed) {
  make(1 << 20);
  Heap* const heap = store_->heaps().join(1, 0);
  store_->heaps().entered_by(heap);
  const auto handles = fill(kClass64, 0, 3 * kSlots64);
  std::uint64_t retries = 0;
  const Found twice = store_->find(handles[0]);
  heap->free_remotely(twice.slab, twice.slot, twice.word, &retries);
  twice.slab->set_word(twice.slot, twice.word);  // as the owner's store would find it
  for (std::size_t i = 0; i < kSlots64; ++i) free(handles[i]);
  for (std::size_t i = kSlots64 + 1; i < 2 * kSlots64; ++i) free(handles[i]);
  const Found last = store_->find(handles[kSlots64]);
  heap->free_remotely(last.slab, last.slot, last.word, &retries);
  ASSERT_EQ(heap->empty_pages(), 1u);

  const std::uint64_t first = fill(kClass64, 1, 1).front();
  const std::uint64_t second = fill(kClass64, 2, 1).front();
  const Found found = store_->find(first);
  ASSERT_NE(found.slab, nullptr);
  EXPECT_NE(found.slab, store_->find(second).slab);
  EXPECT_EQ(heap->empty_pages(), 0u);
  store_->heaps().entered_by(nullptr);
}

// R-2.1-10
TEST_F(SlabStoreTest, ASlotThatCameBackToAnotherHeapsSlabInUseMakesRoom) {
  make(0, kPageBytes);
  Heap* const owner = store_->heaps().join(1, 0);
  Heap* const other = store_->heaps().join(2, 0);
  store_->heaps().entered_by(owner);
  const auto handles = fill(kClass64, 0, kSlots64);
  free(handles[5]);
  store_->heaps().entered_by(other);
  const Object object = allocate(64, 0);
  ASSERT_NE(object.address, nullptr) << "its owner's cell has nothing to give, the slab has";
  EXPECT_EQ(store_->find(object.handle).slab->owner.load(sync::kRelaxed) & ~memory::kFull,
            other->number());
  store_->heaps().entered_by(nullptr);
}

// R-2.1-4
TEST_F(SlabStoreTest, AHandleStaysStaleWhenItsPageServesAnotherClass) {
  make(1 << 20, kPageBytes);
  const auto old = fill(kClass64, 0, kSlots64);
  for (const std::uint64_t handle : old) free(handle);
  for (int round = 0; round < 50; ++round) {
    const auto fresh = fill(round % 2 == 0 ? kClass768 : kClass64, 1, 5);
    for (const std::uint64_t handle : old) {
      const Found found = store_->find(handle);
      ASSERT_EQ(found.slab, nullptr);
      ASSERT_EQ(found.error, ESTALE);
    }
    for (const std::uint64_t handle : fresh) free(handle);
  }
}

// R-2.1-3
TEST_F(SlabStoreTest, NewObjectsNeverShareASlabWithCarriedOnes) {
  make(1 << 20);
  const auto old = fill(kClass64, 3, 10);
  reopen(3, 16);
  const auto fresh = fill(kClass64, 3, 10);
  EXPECT_NE(store_->find(old[0]).slab, store_->find(fresh[0]).slab);
  EXPECT_FALSE(store_->stands(*store_->find(old[0]).slab));
  EXPECT_EQ(get(words(3, kClass64).carried_partial_slabs), 1u);
  EXPECT_EQ(get(words(3, kClass64).carried_objects), 10u);
  EXPECT_EQ(get(words(3, kClass64).live_objects) + sums(3, kClass64).live_objects, 10u);
  for (const std::uint64_t handle : old) free(handle);
  EXPECT_EQ(get(words(3, kClass64).carried_partial_slabs), 0u);
  EXPECT_EQ(get(words(3, kClass64).carried_objects), 0u);
}

// R-2.2-9
TEST_F(SlabStoreTest, ADiscardFreesWhatStandsAndLeavesWhatIsCarried) {
  make(0);
  const auto old = fill(kClass64, 3, 100);
  reopen(3, 16);
  const auto fresh = fill(kClass64, 3, 1000);
  const auto discarded = discard(3);
  EXPECT_EQ(discarded.objects, 1000u);
  EXPECT_EQ(discarded.given_back_bytes, 16 * kPageBytes);
  for (const std::uint64_t handle : fresh) EXPECT_EQ(store_->find(handle).error, ESTALE);
  for (const std::uint64_t handle : old) EXPECT_NE(store_->find(handle).slab, nullptr);
  EXPECT_EQ(get(words(3, kClass64).live_objects) + sums(3, kClass64).live_objects, 0u);
}

// R-2.1-5
TEST_F(SlabStoreTest, AGenerationThatWasNeverHandedOutIsForged) {
  make(1 << 20);
  const auto live = memory::Handle::unpack(fill(kClass64, 0, 1).front());
  const auto forged = [&](std::uint32_t slot, std::uint32_t generation) {
    return store_->find(memory::Handle{live.granule, slot, generation}.pack()).error;
  };
  EXPECT_EQ(forged(live.slot, live.generation + 1), EINVAL);
  EXPECT_EQ(forged(live.slot + 1, live.generation), EINVAL) << "that slot was never taken";
  EXPECT_EQ(forged(live.slot, memory::kMaxGeneration), EINVAL);
}

}  // namespace
}  // namespace temporal_slab::heap
