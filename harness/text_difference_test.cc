#include "harness/text_difference.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace temporal_slab::harness {
namespace {

TEST(TextDifference, IsEmptyForEqualTexts) {
  EXPECT_EQ(text_difference("x", "same\n", "same\n"), "");
}

TEST(TextDifference, ShowsTheLinesThatDifferWithTwoLinesAround) {
  EXPECT_EQ(text_difference("list.txt", "a\nb\nc\nd\ne\nf\n", "a\nb\nc\nX\ne\nf\n"),
            "--- list.txt\n"
            "+++ what came out\n"
            "@@ line 4 @@\n"
            " b\n"
            " c\n"
            "-d\n"
            "+X\n"
            " e\n"
            " f\n");
}

TEST(TextDifference, AMissingNewlineAtTheEndIsSeen) {
  EXPECT_EQ(text_difference("x", "a\n", "a"),
            "--- x\n+++ what came out\n@@ line 1 @@\n-a\n+a (no newline)\n");
}

TEST(TextDifference, LinesAddedOrGoneAtTheEndAreSeen) {
  EXPECT_EQ(text_difference("x", "", "new\n"), "--- x\n+++ what came out\n@@ line 1 @@\n+new\n");
  EXPECT_EQ(text_difference("x", "a\na\n", "a\n"),
            "--- x\n+++ what came out\n@@ line 2 @@\n a\n-a\n");
}

TEST(TextDifference, ALongLineIsCutToTheFirstDifference) {
  std::string expected(30'000, '.');
  std::string actual = expected;
  expected.replace(20'000, 3, "old");
  actual.replace(20'000, 3, "new");
  const std::string difference = text_difference("x", expected, actual);
  EXPECT_NE(difference.find("bytes... ...."), difference.npos);
  EXPECT_NE(difference.find("old"), difference.npos);
  EXPECT_NE(difference.find("new"), difference.npos);
  EXPECT_LT(difference.size(), 400u);
}

TEST(TextDifference, ManyLinesFitOnAScreen) {
  std::string expected;
  std::string actual;
  for (int i = 0; i < 1000; ++i) {
    expected += "e" + std::to_string(i) + "\n";
    actual += "a" + std::to_string(i) + "\n";
  }
  const std::string difference = text_difference("x", expected, actual);
  EXPECT_LE(std::count(difference.begin(), difference.end(), '\n'), 50);
  EXPECT_NE(difference.find("-... 980 lines more"), difference.npos);
}

TEST(TextDifference, WhatATerminalWouldNotShowIsWritten) {
  EXPECT_NE(text_difference("x", "a\x1B[0m\n", "a\n").find("-a\\x1b[0m"), std::string::npos);
}

}  // namespace
}  // namespace temporal_slab::harness
