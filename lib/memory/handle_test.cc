#include "memory/handle.h"

#include <gtest/gtest.h>

namespace temporal_slab::memory {
namespace {

TEST(Handle, EveryFieldComesBackFromThePackedForm) {
  constexpr PageNumber kLastPage = (PageNumber{1} << kPageNumberBits) - 1;
  for (const PageNumber page : {PageNumber{0}, PageNumber{1}, PageNumber{16384}, kLastPage}) {
    for (const std::uint32_t slot : {0u, 1u, 63u}) {
      for (const std::uint32_t generation : {1u, 2u, kMaxGeneration}) {
        const Handle back = Handle::unpack(Handle{page, slot, generation}.pack());
        EXPECT_EQ(back.page, page);
        EXPECT_EQ(back.slot, slot);
        EXPECT_EQ(back.generation, generation);
      }
    }
  }
}

TEST(Handle, EveryBitPatternIsTheHandleOfWhatItUnpacksTo) {
  for (std::uint32_t bit = 0; bit < 64; ++bit) {
    const std::uint64_t bits = std::uint64_t{1} << bit;
    EXPECT_EQ(Handle::unpack(bits).pack(), bits);
    EXPECT_EQ(Handle::unpack(~bits).pack(), ~bits);
  }
}

TEST(Handle, FirstGenerationOfTheFirstSlotIsNotZero) { EXPECT_NE((Handle{0, 0, 1}.pack()), 0u); }

}  // namespace
}  // namespace temporal_slab::memory
