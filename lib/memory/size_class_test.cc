#include "memory/size_class.h"

#include <gtest/gtest.h>

namespace temporal_slab::memory {
namespace {

// R-2.1-1
TEST(SizeClass, SmallestThatFitsIsTakenForEverySize) {
  for (std::size_t bytes = 1; bytes <= kMaxObjectBytes; ++bytes) {
    const std::uint32_t index = class_of(bytes);
    EXPECT_GE(kSizeClasses[index].object_bytes, bytes);
    if (index > 0) {
      EXPECT_LT(kSizeClasses[index - 1].object_bytes, bytes);
    }
  }
}

TEST(SizeClass, SlotsOfAClassFitItsSlab) {
  for (const SizeClass& c : kSizeClasses) {
    EXPECT_LE(c.slots * c.object_bytes, c.slab_bytes);
    EXPECT_GT((c.slots + 1) * c.object_bytes, c.slab_bytes);
  }
}

}  // namespace
}  // namespace temporal_slab::memory
