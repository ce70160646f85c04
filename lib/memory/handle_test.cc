#include "memory/handle.h"

#include <gtest/gtest.h>

namespace temporal_slab::memory {
namespace {

TEST(Handle, EveryFieldComesBackFromThePackedForm) {
  constexpr Granule kLast = (Granule{1} << kGranuleBits) - 1;
  for (const Granule granule : {Granule{0}, Granule{1}, Granule{16384}, kLast}) {
    for (const std::uint32_t slot : {0u, 1u, 63u}) {
      for (const std::uint32_t generation : {1u, 2u, kMaxGeneration}) {
        const Handle back = Handle::unpack(Handle{granule, slot, generation}.pack());
        EXPECT_EQ(back.granule, granule);
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
