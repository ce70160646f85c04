#include "memory/slab.h"

#include <gtest/gtest.h>

namespace temporal_slab::memory {
namespace {

constexpr std::uint32_t kClass768 = 7;
constexpr std::uint64_t kIdentity = identity_of(77);

class SlabTest : public testing::Test {
 protected:
  // The next tenant of the descriptor, whose words say this generation.
  bool make(std::uint32_t generation, std::uint32_t class_index = kClass768) {
    for (std::uint32_t i = 0; i < kWordsPerGranule; ++i)
      slab().set_word(i, SlotWord(generation - 1, SlotState::kFree));
    return again(class_index);
  }
  bool again(std::uint32_t class_index = kClass768) {
    return slab().set_up(kIdentity, page_, 1, class_index, 3, 17);
  }
  Slab& slab() { return descriptor_.slab; }
  void take(std::uint32_t slot) {
    slab().busy |= std::uint64_t{1} << slot;
    slab().set_word(slot, slab().word(slot).taken());
  }

  alignas(kPageBytes) std::byte page_[kPageBytes];

 private:
  struct {
    Slab slab;
    AtomicSlotWord words[kWordsPerGranule];
  } descriptor_ = {};
};

TEST_F(SlabTest, BeginsEmptyWithEachSlotToBeHad) {
  ASSERT_TRUE(make(1));
  EXPECT_EQ(slab().room(), base::low_bits(slab().size_class().slots));
  EXPECT_EQ(slab().busy, 0u);
  EXPECT_TRUE(slab().stands());
}

TEST_F(SlabTest, AFreedSlotComesBackWithTheNextGeneration) {
  ASSERT_TRUE(make(5));
  take(2);
  EXPECT_EQ(slab().word(2).generation(), 5u);
  slab().put_slot(2);
  EXPECT_EQ(slab().word(2).bits(), SlotWord(6, SlotState::kFree).bits());
  EXPECT_EQ(slab().busy, 0u);
}

// R-2.1-4
TEST_F(SlabTest, ASlotWhoseGenerationsAreUsedUpIsRetired) {
  ASSERT_TRUE(make(kMaxGeneration));
  take(0);
  slab().put_slot(0);
  EXPECT_EQ(slab().word(0).state(), SlotState::kRetired);
  EXPECT_EQ(slab().room() & 1, 0u);
  EXPECT_EQ(slab().busy, 0u) << "it keeps no slab from being empty";
}

// R-2.1-4
TEST_F(SlabTest, TheNextTenantRaisesEveryGeneration) {
  ASSERT_TRUE(make(10));
  take(1);
  slab().end();
  ASSERT_TRUE(again());
  for (std::uint32_t i = 0; i < slab().size_class().slots; ++i)
    EXPECT_EQ(slab().word(i).bits(), SlotWord(11, SlotState::kFree).bits());
}

// R-2.1-4
TEST_F(SlabTest, TheNextTenantLeavesOutSlotsWhoseGenerationsAreUsedUp) {
  ASSERT_TRUE(make(3));
  slab().set_word(1, SlotWord(kMaxGeneration, SlotState::kFree));
  slab().set_word(2, SlotWord(kMaxGeneration, SlotState::kLive));
  slab().end();
  ASSERT_TRUE(again());
  EXPECT_EQ(slab().room(), base::low_bits(slab().size_class().slots) & ~std::uint64_t{6});
  EXPECT_EQ(slab().word(1).state(), SlotState::kRetired);
  EXPECT_EQ(slab().word(2).state(), SlotState::kRetired);
  EXPECT_EQ(slab().word(0).bits(), SlotWord(4, SlotState::kFree).bits());
}

// R-2.1-4
TEST_F(SlabTest, ADescriptorWhoseGenerationsAreUsedUpHasNoNextTenant) {
  ASSERT_TRUE(make(kMaxGeneration));
  slab().end();
  EXPECT_FALSE(again());
  EXPECT_FALSE(slab().stands());
}

// R-2.1-5
TEST_F(SlabTest, FindsTheSlotsThatBeginAtAnAddressAndNoOthers) {
  for (std::uint32_t i = 4; i < 8; ++i) {  // classes of 256 to 768: 16 words are here
    if (i != 4) slab().end();
    ASSERT_TRUE(i == 4 ? make(1, i) : again(i));
    const SizeClass& of_class = kSizeClasses[i];
    for (std::uint32_t offset = 0; offset < kPageBytes; ++offset) {
      const bool begins =
          offset % of_class.object_bytes == 0 && offset / of_class.object_bytes < of_class.slots;
      const std::uint32_t slot = slab().slot_at(page_ + offset);
      EXPECT_EQ(slot < of_class.slots, begins) << offset;
      if (begins) {
        EXPECT_EQ(slot, offset / of_class.object_bytes);
      }
    }
  }
}

// R-2.1-5
TEST(Identity, IsWhatNoTwoWordsOfSlotsAre) {
  const auto low = static_cast<std::uint32_t>(kIdentity);
  EXPECT_EQ(SlotWord::of_bits(low).generation(), 0u) << "no slot's word has that";
  EXPECT_NE(low, 0u) << "fresh memory";
}

}  // namespace
}  // namespace temporal_slab::memory
