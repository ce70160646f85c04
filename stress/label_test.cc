#include "stress/label.h"

#include <gtest/gtest.h>

namespace temporal_slab::stress {
namespace {

TEST(StressLabel, BelongsToItsEpochAndEra) {
  const std::string label = make_label(15, 1234567890123, 999999);
  EXPECT_LT(label.size(), SLAB_LABEL_BYTES);
  EXPECT_TRUE(label_belongs(label, 15, 1234567890123));
  EXPECT_FALSE(label_belongs(label, 15, 1234567890124));
  EXPECT_FALSE(label_belongs(label, 5, 1234567890123));
}

TEST(StressLabel, WithoutAnEraBelongsToEachOfItsEpoch) {
  const std::string label = make_label(3, std::nullopt, 1);
  EXPECT_TRUE(label_belongs(label, 3, 0));
  EXPECT_TRUE(label_belongs(label, 3, 77));
  EXPECT_FALSE(label_belongs(label, 4, 0));
}

TEST(StressLabel, AMixtureOfTwoBelongsNowhere) {
  const std::string one = make_label(3, 19, 111111);
  const std::string other = make_label(3, 19, 222222);
  ASSERT_EQ(one.size(), other.size());
  for (std::size_t cut = 1; cut < one.size(); ++cut) {
    const std::string torn = one.substr(0, cut) + other.substr(cut);
    EXPECT_EQ(label_belongs(torn, 3, 19), torn == one || torn == other) << torn;
  }
}

TEST(StressLabel, AnEmptyOneBelongsEverywhereAndAForeignOneNowhere) {
  EXPECT_TRUE(label_belongs("", 1, 2));
  EXPECT_FALSE(label_belongs("request", 1, 2));
}

}  // namespace
}  // namespace temporal_slab::stress
