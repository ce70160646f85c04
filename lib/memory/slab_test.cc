#include "memory/slab.h"

#include <gtest/gtest.h>

#include <new>

namespace temporal_slab::memory {
namespace {

constexpr std::uint32_t kClass768 = 7;

class SlabTest : public testing::Test {
 protected:
  Slab* make(std::uint32_t floor) {
    auto* slab = new (descriptor_) Slab;
    slab->set_up(1, 1, page_, kClass768, 3, 17, floor);
    return slab;
  }

 private:
  alignas(Slab) std::byte descriptor_[Slab::descriptor_bytes(kClass768)];
  std::byte page_[kPageBytes];
};

TEST_F(SlabTest, GivesEachSlotOnceLowestFirst) {
  Slab* slab = make(1);
  for (std::uint32_t i = 0; i < slab->size_class().slots; ++i) EXPECT_EQ(slab->take_slot(), i);
  EXPECT_EQ(slab->free_bits, 0u);
  EXPECT_EQ(slab->live, slab->size_class().slots);
}

TEST_F(SlabTest, AFreedSlotComesBackWithTheNextGeneration) {
  Slab* slab = make(5);
  const std::uint32_t slot = slab->take_slot();
  EXPECT_EQ(slab->word(slot).generation(), 5u);
  slab->put_slot(slot);
  EXPECT_EQ(slab->take_slot(), slot);
  EXPECT_EQ(slab->word(slot).generation(), 6u);
}

// R-2.1-4
TEST_F(SlabTest, ASlotWhoseGenerationsAreUsedUpIsRetired) {
  Slab* slab = make(kMaxGeneration);
  const std::uint32_t slot = slab->take_slot();
  slab->put_slot(slot);
  EXPECT_EQ(slab->word(slot).state(), SlotState::kRetired);
  EXPECT_GT(slab->next_floor(), kMaxGeneration) << "a retired slot has had its last generation";
  EXPECT_NE(slab->take_slot(), slot);
  EXPECT_GT(slab->next_floor(), kMaxGeneration) << "the page would be used again";
}

TEST_F(SlabTest, TheNextFloorIsAboveEveryGenerationThatAHandleHas) {
  Slab* slab = make(10);
  EXPECT_EQ(slab->next_floor(), 10u) << "no slot was ever taken";
  const std::uint32_t slot = slab->take_slot();
  EXPECT_EQ(slab->next_floor(), 11u) << "a live object has generation 10";
  slab->put_slot(slot);
  EXPECT_EQ(slab->next_floor(), 11u);
  slab->take_slot();
  slab->take_slot();
  EXPECT_EQ(slab->next_floor(), 12u);
}

}  // namespace
}  // namespace temporal_slab::memory
