#include "memory/descriptors.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <set>
#include <vector>

namespace temporal_slab::memory {
namespace {

constexpr std::uint32_t kClass64 = 0;
constexpr std::uint32_t kClass128 = 2;
constexpr std::uint32_t kClass768 = 7;

class DescriptorsTest : public testing::Test {
 protected:
  DescriptorsTest() { EXPECT_TRUE(reserve_descriptors()); }

  Slab* make(Descriptors& descriptors, std::uint32_t class_index) {
    Slab* const slab = descriptors.take(class_index);
    EXPECT_TRUE(slab->set_up(identity_of(1), page_, 1, class_index, 0, 0));
    return slab;
  }
  static std::uint32_t take_slot(Slab* slab, std::uint32_t slot) {
    slab->set_word(slot, slab->word(slot).taken());
    return slab->word(slot).generation();
  }
  static std::uint32_t words_of(std::uint32_t class_index) {
    return (granules_for(slots_of(class_index)) - 1) * kWordsPerGranule;
  }

  std::byte page_[kPageBytes];
};

TEST_F(DescriptorsTest, LieOnLinesOfTheirOwnAndDoNotMeet) {
  Descriptors descriptors(new_allocator_number());
  std::set<Granule> taken;
  for (int i = 0; i < 1000; ++i)
    for (const std::uint32_t class_index : {kClass64, kClass128, kClass768}) {
      const Granule first = granule_of(descriptors.take(class_index));
      for (std::uint32_t g = 0; g < granules_for(slots_of(class_index)); ++g)
        ASSERT_TRUE(taken.insert(first + g).second);
    }
}

TEST_F(DescriptorsTest, AreUsedAgain) {
  Descriptors descriptors(new_allocator_number());
  Slab* const first = descriptors.take(kClass128);
  descriptors.put(first);
  EXPECT_EQ(descriptors.take(kClass128), first);
}

// R-2.1-4
TEST_F(DescriptorsTest, GoOnFromTheirLastGenerationsWhenTheirMemoryWentBack) {
  Descriptors descriptors(new_allocator_number());
  constexpr std::uint32_t kMany = 20 * kChunkGranules / 3;
  std::vector<Slab*> slabs;
  for (std::uint32_t i = 0; i < kMany; ++i) slabs.push_back(make(descriptors, kClass128));
  for (int i = 0; i < 7; ++i) {
    take_slot(slabs[9], 3);
    slabs[9]->busy |= 8;
    slabs[9]->put_slot(3);
  }
  const Granule granule = granule_of(slabs[9]);
  const std::uint32_t last = slabs[9]->word(3).generation();
  for (Slab* slab : slabs) {
    slab->end();
    descriptors.put(slab);
  }
  descriptors.trim();
  EXPECT_EQ(slabs[9]->word(3).bits(), 0u) << "its memory is there still";
  EXPECT_EQ(descriptors.judge({granule, 3, last - 1}), ESTALE);
  EXPECT_EQ(descriptors.judge({granule, 3, last}), EINVAL);
  std::uint32_t found = 0;
  for (std::uint32_t i = 0; i < kMany; ++i) {
    Slab* const slab = make(descriptors, kClass128);
    if (granule_of(slab) != granule) continue;
    ++found;
    for (std::uint32_t slot = 0; slot < words_of(kClass128); ++slot)
      EXPECT_GE(slab->word(slot).generation(), last);
  }
  EXPECT_EQ(found, 1u);
}

// R-2.1-4 R-2.1-5
TEST_F(DescriptorsTest, OfTheNextAllocatorStartAboveTheLastOnesGenerations) {
  Granule granule = 0;
  std::uint32_t last = 0;
  {
    Descriptors descriptors(new_allocator_number());
    Slab* const slab = make(descriptors, kClass64);
    granule = granule_of(slab);
    last = take_slot(slab, 40);
    slab->end();
  }
  Descriptors next(new_allocator_number());
  EXPECT_EQ(next.judge({granule, 40, last}), EINVAL) << "another's";
  Slab* const slab = make(next, kClass64);
  ASSERT_EQ(granule_of(slab), granule) << "the chunk was not used again";
  EXPECT_GT(slab->word(40).generation(), last);
  EXPECT_EQ(next.judge({granule, 40, last}), EINVAL) << "another's still";
}

// R-2.1-5
TEST_F(DescriptorsTest, TellWhatWasGivenOutFromWhatNeverWas) {
  Descriptors descriptors(new_allocator_number());
  Slab* const slab = make(descriptors, kClass128);
  const Granule granule = granule_of(slab);
  const std::uint32_t generation = take_slot(slab, 5);
  slab->end();
  EXPECT_EQ(descriptors.judge({granule, 5, generation}), ESTALE) << "it was discarded";
  EXPECT_EQ(descriptors.judge({granule, 5, generation + 1}), EINVAL);
  EXPECT_EQ(descriptors.judge({granule, 6, generation}), EINVAL) << "that slot was never taken";
  EXPECT_EQ(descriptors.judge({granule, 5, 0}), EINVAL);
  EXPECT_EQ(descriptors.judge({granule, 63, generation}), EINVAL) << "no such slot";
  EXPECT_EQ(descriptors.judge({granule + 1, 5, generation}), EINVAL) << "the middle of one";
  EXPECT_EQ(descriptors.judge({granule + 30, 5, generation}), EINVAL) << "nobody's yet";
  EXPECT_EQ(descriptors.judge({0, 5, generation}), EINVAL);
  EXPECT_EQ(descriptors.judge({(Granule{1} << kGranuleBits) - 1, 5, generation}), EINVAL);
}

// R-2.1-5: a handle of each generation and slot near a descriptor, of which none names a header
// of this allocator but the first granule.
TEST_F(DescriptorsTest, SayWhoseTheyAreAtTheirFirstGranuleAlone) {
  const std::uint32_t number = new_allocator_number();
  Descriptors descriptors(number);
  for (std::uint32_t i = 0; i < 50; ++i) {
    Slab* const slab = descriptors.take(kClass64);
    ASSERT_TRUE(slab->set_up(identity_of(number), page_, 1, kClass64, 0, i));
    for (std::uint32_t slot = 0; slot < 64; slot += 3) take_slot(slab, slot);
  }
  std::uint32_t headers = 0;
  for (Granule granule = 0; granule < granule_limit(); ++granule)
    headers += slab_at(granule)->identity.load() == identity_of(number) ? 1 : 0;
  EXPECT_EQ(headers, 50u);
}

// R-2.1-4
TEST_F(DescriptorsTest, AChunkWhoseGenerationsAreUsedUpIsNobodysAgain) {
  Granule granule = 0;
  Descriptors::age_next_chunk(kClass128, kMaxGeneration);
  {
    Descriptors descriptors(new_allocator_number());
    Slab* const slab = make(descriptors, kClass128);
    granule = granule_of(slab);
    EXPECT_EQ(take_slot(slab, 0), kMaxGeneration);
    slab->end();
  }
  Descriptors next(new_allocator_number());
  for (int i = 0; i < 1000; ++i)
    EXPECT_NE(granule_of(next.take(kClass128)) / kChunkGranules, granule / kChunkGranules);
}

}  // namespace
}  // namespace temporal_slab::memory
