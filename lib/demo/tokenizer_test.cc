#include "demo/tokenizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace temporal_slab::demo {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> words_of(const std::vector<std::string_view>& pieces) {
  std::vector<std::string> words;
  Tokenizer tokenizer([&](std::string_view word) {
    words.emplace_back(word);
    return true;
  });
  for (const std::string_view piece : pieces) EXPECT_TRUE(tokenizer.feed(piece));
  EXPECT_TRUE(tokenizer.finish());
  return words;
}

TEST(Tokenizer, SplitsAtEverythingButLetters) {
  EXPECT_THAT(words_of({" Don't stop-2day,\tOK?\n"}), ElementsAre("don", "t", "stop", "day", "ok"));
}

TEST(Tokenizer, TakesTheBordersOfTheAlphabetExactly) {
  EXPECT_THAT(words_of({"@A[Z`a{z"}), ElementsAre("a", "z", "a", "z"));
}

TEST(Tokenizer, TakesBytesAboveAsciiAndNulAsBorders) {
  EXPECT_THAT(words_of({std::string_view("na\xc3\xafve\0x", 8)}), ElementsAre("na", "ve", "x"));
}

TEST(Tokenizer, FindsWordsAcrossPieces) {
  EXPECT_THAT(words_of({"on", "E tw", "", "o", " ", "three"}), ElementsAre("one", "two", "three"));
}

TEST(Tokenizer, KeepsWordsOfAnyLength) {
  const std::string longest(100'000, 'Q');
  EXPECT_THAT(words_of({longest}), ElementsAre(std::string(100'000, 'q')));
}

TEST(Tokenizer, FindsNoWordWhereNoLetterIs) { EXPECT_THAT(words_of({"", "12 \n"}), IsEmpty()); }

TEST(Tokenizer, StopsWhenTheSinkSaysSo) {
  int seen = 0;
  Tokenizer tokenizer([&](std::string_view) { return ++seen < 2; });
  EXPECT_FALSE(tokenizer.feed("a b c d "));
  EXPECT_EQ(seen, 2);
}

}  // namespace
}  // namespace temporal_slab::demo
