#include "render/text.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <limits>

#include "base/utf8.h"

namespace temporal_slab::render {
namespace {

std::string megabytes(std::uint64_t bytes) {
  std::string out;
  append_megabytes(out, bytes);
  return out;
}

std::string safe(std::string_view text) {
  std::string out;
  append_terminal_safe(out, text);
  return out;
}

std::string json_string(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

TEST(Megabytes, AreWhatPrintfRoundsTo) {
  for (std::uint64_t bytes = 0; bytes <= 4 << 20; bytes += 512) {
    char expected[32];
    std::snprintf(expected, sizeof expected, "%.2fMB", static_cast<double>(bytes) / 1048576.0);
    ASSERT_EQ(megabytes(bytes), expected) << bytes;
  }
}

TEST(Megabytes, CarryIntoTheWholePart) {
  EXPECT_EQ(megabytes((1 << 20) - 1), "1.00MB");
  EXPECT_EQ(megabytes(0), "0.00MB");
  EXPECT_EQ(megabytes(4 << 20), "4.00MB");
}

TEST(Megabytes, AreExactAtTheLargestValue) {
  EXPECT_EQ(megabytes(std::numeric_limits<std::uint64_t>::max()), "17592186044416.00MB");
  EXPECT_EQ(megabytes((std::uint64_t{1} << 60) + 131072 * 3), "1099511627776.38MB");
}

TEST(TerminalSafe, PlainTextAndBackslashesStayAsTheyAre) {
  for (const std::string_view text :
       {"test-request-123", R"(C:\x)", "\xE6\x97\xA5 e\xCC\x81 \xF0\x9F\x98\x80"})
    EXPECT_EQ(safe(text), text);
}

TEST(TerminalSafe, ControlsAreShownAsTheirBytes) {
  EXPECT_EQ(safe("\x1B[2J"), "\\x1b[2J");
  EXPECT_EQ(safe("a\nb\tc\x7F"), "a\\x0ab\\x09c\\x7f");
  EXPECT_EQ(safe("\xC2\x9B"
                 "31m"),
            "\\xc2\\x9b31m");
}

TEST(TerminalSafe, BidirectionalControlsAndLineSeparatorsAreShownAsTheirBytes) {
  EXPECT_EQ(safe("\xE2\x80\xAE"), "\\xe2\\x80\\xae");
  EXPECT_EQ(safe("\xE2\x81\xA6"), "\\xe2\\x81\\xa6");
  EXPECT_EQ(safe("\xD8\x9C"), "\\xd8\\x9c");
  EXPECT_EQ(safe("\xE2\x80\xA8"), "\\xe2\\x80\\xa8");
}

TEST(TerminalSafe, InvalidBytesAreShownAsTheyAreAndTheTextGoesOn) {
  EXPECT_EQ(safe("a\xFFz"), "a\\xffz");
  EXPECT_EQ(safe("a\xF0\x9F\x98z"), "a\\xf0\\x9f\\x98z");
  EXPECT_EQ(safe("\xE2\x82"), "\\xe2\\x82");
}

TEST(TerminalSafe, NoCodePointThatDisturbsComesThrough) {
  const std::u32string_view disturbing =
      U"\u061C\u200E\u200F\u2028\u2029\u202A\u202B\u202C\u202D\u202E\u2066\u2067\u2068\u2069";
  for (std::uint32_t c = 0; c < 0x110000; ++c) {
    const bool expected = c < 0x20 || (c >= 0x7F && c < 0xA0) ||
                          disturbing.find(static_cast<char32_t>(c)) != disturbing.npos;
    ASSERT_EQ(disturbs_terminal(c), expected) << std::hex << c;
  }
}

TEST(JsonString, QuotesBackslashesAndControlsAreEscaped) {
  EXPECT_EQ(json_string(R"("\)"), R"("\"\\")");
  EXPECT_EQ(json_string(std::string_view("\0\n\x1F", 3)), R"("\u0000\u000a\u001f")");
  EXPECT_EQ(json_string("\x7F\xC2\x85\xE2\x80\xAE"), R"("\u007f\u0085\u202e")");
}

TEST(JsonString, IllFormedBytesBecomeReplacementCharacters) {
  EXPECT_EQ(json_string("a\xFFz"), "\"a\xEF\xBF\xBDz\"");
  EXPECT_TRUE(base::is_well_formed_utf8(json_string("\xF0\x9F\x98 \xED\xA0\x80")));
}

TEST(StateNames, AreTheTwoOfTheContract) {
  EXPECT_EQ(state_name(stats::EpochState::kActive), "ACTIVE");
  EXPECT_EQ(state_name(stats::EpochState::kClosing), "CLOSING");
}

}  // namespace
}  // namespace temporal_slab::render
