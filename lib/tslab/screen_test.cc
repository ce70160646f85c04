#include "tslab/screen.h"

#include <gtest/gtest.h>

namespace temporal_slab::tslab {
namespace {

TEST(Screen, APipeHasNoSize) { EXPECT_FALSE(screen_size(-1)); }

TEST(Fitting, LeavesTheLastLineToTheCursorAndOthersToTheCaller) {
  EXPECT_EQ(fitting("a\nb\nc\n", {4, 80}, 0), "a\nb\nc\n");
  EXPECT_EQ(fitting("a\nb\nc\n", {5, 80}, 1), "a\nb\nc\n");
  EXPECT_EQ(fitting("", {4, 80}, 0), "");
}

TEST(Fitting, SaysInTheLastLineHowManyAreLeftOut) {
  EXPECT_EQ(fitting("a\nb\nc\n", {3, 80}, 0), "a\n(2 more lines)\n");
  EXPECT_EQ(fitting("a\nb\nc\nd\ne\n", {5, 80}, 1), "a\nb\n(3 more lines)\n");
}

TEST(Fitting, ShowsWhatItCanOnAScreenThatIsTooSmallToSaySo) {
  EXPECT_EQ(fitting("a\nb\nc\n", {2, 80}, 0), "a\n");
  EXPECT_EQ(fitting("a\nb\nc\n", {1, 80}, 5), "");
  EXPECT_EQ(fitting("1234\n5\n6\n", {3, 4}, 0), "1234\n5\n");
}

TEST(Fitting, CountsTheRowsOfLinesThatAreWiderThanTheScreen) {
  const std::string wide(21, 'x');
  EXPECT_EQ(fitting(wide + "\n5\n", {4, 20}, 0), wide + "\n5\n");
  EXPECT_EQ(fitting("5\n" + wide + "\n", {3, 20}, 0), "5\n(1 more line)\n");
  EXPECT_EQ(fitting(wide + "\n6\n7\n", {4, 20}, 0), wide + "\n(2 more lines)\n");
  EXPECT_EQ(fitting("\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E\n6\n", {3, 4}, 0),
            "\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E\n");
}

TEST(Fold, KeepsTheLastColumnInItsPlace) {
  EXPECT_EQ(fold("a b\n1 12345678901234567890\n", 10, 2), "a b\n1 12345678\n  90123456\n  7890\n");
  EXPECT_EQ(fold("1 12345678", 10, 2), "1 12345678");
}

TEST(Fold, BreaksBetweenCharactersAndNotWithinOrBeforeCombiningOnes) {
  EXPECT_EQ(fold("1 1234567\xE6\x97\xA5", 10, 2), "1 1234567\n  \xE6\x97\xA5");
  EXPECT_EQ(fold("1 1234567e\xCC\x81x", 10, 2), "1 1234567e\xCC\x81\n  x");
}

TEST(Fold, LeavesWhatIsTooNarrowToTheTerminal) {
  EXPECT_EQ(fold("1 12345678", 9, 2), "1 12345678");
}

}  // namespace
}  // namespace temporal_slab::tslab
