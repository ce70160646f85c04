// Labels and names: which bytes stay, which are replaced, where they are cut.
#include <gtest/gtest.h>

#include <cstring>
#include <random>

#include "capi/rules_json_support.h"

namespace temporal_slab::rules {
namespace {

const std::string kReplacement = "\xef\xbf\xbd";

std::string relabel(SlabAllocator* allocator, const std::string& label) {
  slab_epoch_set_label(allocator, 0, label.c_str());
  return label_of(allocator, 0);
}

struct Text {
  const char* name;
  std::string given;
  std::string kept;
};

void PrintTo(const Text& text, std::ostream* out) { *out << text.name; }

bool is_well_formed(const std::string& text) {
  try {
    (void)Json(text).dump();
    return true;
  } catch (const Json::type_error&) {
    return false;
  }
}

std::string repeat(const std::string& part, std::size_t times) {
  std::string whole;
  for (std::size_t i = 0; i < times; ++i) whole += part;
  return whole;
}

const Text kTexts[] = {
    {"Empty", "", ""},
    {"Ascii", "request-17", "request-17"},
    {"ThirtyOneBytes", repeat("a", 31), repeat("a", 31)},
    {"ThirtyTwoBytes", repeat("a", 32), repeat("a", 31)},
    {"FourThousandBytes", repeat("ab", 2000), repeat("ab", 15) + "a"},
    {"ControlCharacters",
     "a\x01\n\t\x7f"
     "b",
     "a\x01\n\t\x7f"
     "b"},
    {"QuotesAndBackslash", "\"\\\"\\", "\"\\\"\\"},
    {"TwoByteSequences", "\xc3\xa9\xc3\xbc", "\xc3\xa9\xc3\xbc"},
    {"FourByteSequence", "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80"},
    {"BidirectionalOverride",
     "\xe2\x80\xae"
     "abc",
     "\xe2\x80\xae"
     "abc"},
    {"LargestCodePoint", "\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf"},
    {"TwoByteSequenceThatFits", repeat("a", 29) + "\xc3\xa9", repeat("a", 29) + "\xc3\xa9"},
    {"TwoByteSequenceCutAtItsMiddle", repeat("a", 30) + "\xc3\xa9", repeat("a", 30)},
    {"ThreeByteSequenceThatFits", repeat("a", 28) + "\xe2\x82\xac",
     repeat("a", 28) + "\xe2\x82\xac"},
    {"ThreeByteSequenceCutAfterOne", repeat("a", 30) + "\xe2\x82\xac", repeat("a", 30)},
    {"ThreeByteSequenceCutAfterTwo", repeat("a", 29) + "\xe2\x82\xac", repeat("a", 29)},
    {"FourByteSequenceThatFits", repeat("a", 27) + "\xf0\x9f\x98\x80",
     repeat("a", 27) + "\xf0\x9f\x98\x80"},
    {"FourByteSequenceCutAfterOne", repeat("a", 30) + "\xf0\x9f\x98\x80", repeat("a", 30)},
    {"FourByteSequenceCutAfterTwo", repeat("a", 29) + "\xf0\x9f\x98\x80", repeat("a", 29)},
    {"FourByteSequenceCutAfterThree", repeat("a", 28) + "\xf0\x9f\x98\x80", repeat("a", 28)},
    {"SequencesToTheBrim", repeat("\xf0\x9f\x98\x80", 9), repeat("\xf0\x9f\x98\x80", 7)},
    {"ByteThatIsNeverUtf8",
     "a\xff"
     "b",
     "a" + kReplacement + "b"},
    {"ContinuationAlone",
     "a\x80"
     "b",
     "a" + kReplacement + "b"},
    {"LeadAlone",
     "a\xc3"
     "b",
     "a" + kReplacement + "b"},
    {"LeadAtTheEnd", "a\xc3", "a" + kReplacement},
    // Replaced first, then cut: ten replacements are 30 bytes, an eleventh is cut.
    {"BadBytesToTheBrim", repeat("\xff", 40), repeat(kReplacement, 10)},
    {"BadByteThatNoLongerFits", repeat("a", 30) + "\xff", repeat("a", 30)},
    {"BadByteThatJustFits",
     repeat("a", 28) + "\xff"
                       "b",
     repeat("a", 28) + kReplacement},
};

class LabelOf : public testing::TestWithParam<Text> {};

// R-2.4-1
TEST_P(LabelOf, IsReplacedThenCut) {
  const Allocator allocator = make_allocator();
  EXPECT_EQ(relabel(allocator.get(), GetParam().given), GetParam().kept);
}

// R-2.4-1
TEST_P(LabelOf, IsTheSameInASnapshot) {
  const Allocator allocator = make_allocator();
  slab_epoch_set_label(allocator.get(), 0, GetParam().given.c_str());
  EXPECT_EQ(snapshot(allocator.get())["epochs"][0]["label"], GetParam().kept);
}

// R-2.4-1
TEST_P(LabelOf, IsTheSameAsAnAllocatorsName) {
  const Allocator allocator = make_named_allocator(GetParam().given);
  EXPECT_EQ(snapshot(allocator.get())["allocator"], GetParam().kept);
}

INSTANTIATE_TEST_SUITE_P(Text, LabelOf, testing::ValuesIn(kTexts),
                         [](const auto& test) { return std::string(test.param.name); });

// R-2.4-1
TEST(Label, OfIllFormedSequencesHasAReplacementForThem) {
  const Allocator allocator = make_allocator();
  for (const char* given :
       {"\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80", "\xed\xbf\xbf", "\xf4\x90\x80\x80",
        "\xf8\x88\x80\x80\x80", "\xe2\x82", "\xf0\x9f\x98"}) {
    const std::string kept = relabel(allocator.get(), std::string("a") + given + "z");
    EXPECT_EQ(kept.front(), 'a');
    EXPECT_EQ(kept.back(), 'z');
    EXPECT_EQ(kept.compare(1, 3, kReplacement), 0);
    EXPECT_EQ((kept.size() - 2) % 3, 0u) << "something but replacements";
  }
}

// R-2.4-1
TEST(Label, OfAnyBytesIsWellFormedAndAtMostThirtyOneBytes) {
  const Allocator allocator = make_allocator();
  std::mt19937 random(7);
  for (int i = 0; i < 100000; ++i) {
    std::string given(random() % 48, '\0');
    for (char& byte : given) byte = static_cast<char>(random() % 255 + 1);
    const std::string kept = relabel(allocator.get(), given);
    ASSERT_LE(kept.size(), 31u);
    ASSERT_TRUE(is_well_formed(kept));
  }
}

// R-2.4-1
TEST(Label, IsLeftByNullAndClearedByTheEmptyOne) {
  const Allocator allocator = make_allocator();
  slab_epoch_set_label(allocator.get(), 0, "kept");
  slab_epoch_set_label(allocator.get(), 0, nullptr);
  EXPECT_EQ(label_of(allocator.get(), 0), "kept");
  slab_epoch_set_label(allocator.get(), 0, "");
  EXPECT_EQ(label_of(allocator.get(), 0), "");
}

// R-2.4-1
TEST(Label, ThatIsShorterThanTheFormerOneLeavesNothingOfIt) {
  const Allocator allocator = make_allocator();
  for (std::size_t length = 32; length-- > 0;) {
    const std::string label(length, static_cast<char>('a' + length % 26));
    ASSERT_EQ(relabel(allocator.get(), label), label);
  }
}

// R-2.4-1
TEST(GetLabel, ReturnsTheLengthAndEndsWithNul) {
  const Allocator allocator = make_allocator();
  for (const char* label : {"", "a", "1234567890123456789012345678901"}) {
    slab_epoch_set_label(allocator.get(), 0, label);
    char out[SLAB_LABEL_BYTES];
    std::memset(out, '!', sizeof out);
    EXPECT_EQ(slab_epoch_get_label(allocator.get(), 0, out), std::strlen(label));
    EXPECT_STREQ(out, label);
  }
}

// R-2.4-1
TEST(Label, OfEachEpochIsItsOwn) {
  const Allocator allocator = make_allocator();
  for (EpochId epoch = 0; epoch < kEpochs; ++epoch) {
    slab_epoch_set_label(allocator.get(), epoch, std::to_string(epoch).c_str());
  }
  for (EpochId epoch = 0; epoch < kEpochs; ++epoch) {
    EXPECT_EQ(label_of(allocator.get(), epoch), std::to_string(epoch));
  }
}

}  // namespace
}  // namespace temporal_slab::rules
