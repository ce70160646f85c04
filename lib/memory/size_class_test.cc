#include "memory/size_class.h"

#include <gtest/gtest.h>

namespace temporal_slab::memory {
namespace {

// R-2.1-1
TEST(SizeClass, SmallestThatFitsIsTakenForEverySize) {
  for (std::size_t bytes = 1; bytes <= kMaxSlotBytes; ++bytes) {
    const std::uint32_t index = class_of(bytes);
    EXPECT_GE(kSizeClasses[index].object_bytes, bytes);
    if (index > 0) {
      EXPECT_LT(kSizeClasses[index - 1].object_bytes, bytes);
    }
  }
}

TEST(SizeClass, SlotsOfAClassFitItsSlab) {
  for (std::uint32_t i = 0; i < kLargeClass; ++i) {
    const SizeClass& c = kSizeClasses[i];
    EXPECT_LE(c.slots * c.object_bytes, c.slab_bytes);
    EXPECT_GT((c.slots + 1) * c.object_bytes, c.slab_bytes);
  }
}

// R-2.1-1
TEST(SizeClass, ALargerObjectGetsTheWholePagesThatItNeeds) {
  EXPECT_EQ(class_of(kMaxSlotBytes + 1), kLargeClass);
  EXPECT_EQ(class_of(kMaxObjectBytes), kLargeClass);
  EXPECT_EQ(slab_pages_for(kMaxSlotBytes), 32u);
  EXPECT_EQ(slab_pages_for(kMaxSlotBytes + 1), 9u);
  EXPECT_EQ(slab_pages_for(kMaxSlotBytes + kPageBytes), 9u);
  EXPECT_EQ(slab_pages_for(kMaxObjectBytes), kMaxObjectBytes / kPageBytes);
}

// R-2.1-2
TEST(SizeClass, ARunIsAlignedForEachClassThatItServes) {
  for (std::uint32_t i = 0; i < kLargeClass; ++i) {
    const RunKind kind = kRunKinds.kinds[run_kind_of(i)];
    EXPECT_EQ(kind.pages, kSizeClasses[i].slab_pages());
    EXPECT_EQ(kind.alignment_pages * kPageBytes % std::min(slot_alignment(i), kPageBytes * 8), 0u);
    EXPECT_EQ(kSizeClasses[i].object_bytes % slot_alignment(i), 0u);
  }
}

// What the C++ memory resource rests on.
TEST(SizeClass, ASizeThatIsAMultipleOfAPowerOfTwoIsAlignedToIt) {
  for (std::uint32_t alignment = 1; alignment <= kPageBytes; alignment *= 2)
    for (std::uint32_t bytes = alignment; bytes <= kMaxSlotBytes; bytes += alignment)
      ASSERT_EQ(slot_alignment(class_of(bytes)) % alignment, 0u) << bytes << " at " << alignment;
}

TEST(Reciprocal, GivesTheQuotientOfEveryOffsetAndSaysWhetherAnythingIsLeft) {
  for (std::uint32_t i = 0; i < kLargeClass; ++i)
    for (std::uint64_t offset = 0; offset < kSizeClasses[i].slab_bytes; ++offset) {
      const std::uint64_t product = offset * reciprocal_of(i);
      ASSERT_EQ(product >> 32, offset / kSizeClasses[i].object_bytes) << i << ", " << offset;
      ASSERT_EQ(static_cast<std::uint32_t>(product) < reciprocal_of(i),
                offset % kSizeClasses[i].object_bytes == 0)
          << i << ", " << offset;
    }
}

}  // namespace
}  // namespace temporal_slab::memory
