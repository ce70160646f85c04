#include "tslab/display.h"

#include <gtest/gtest.h>
#include <locale.h>

#include <limits>

namespace temporal_slab::tslab {
namespace {

TEST(DisplayName, LeavesPlainNamesAlone) {
  for (const char* name : {"main", "a", "cache-of-sessions.eu-west/1:2@x+_Z9"})
    EXPECT_EQ(display_name(name), name);
}

TEST(DisplayName, QuotesAllOthers) {
  EXPECT_EQ(display_name(""), "\"\"");
  EXPECT_EQ(display_name("-"), "-");
  EXPECT_EQ(display_name("two words"), "\"two words\"");
  EXPECT_EQ(display_name("say \"hi\"\\"), "\"say \\x22hi\\x22\\\"");
  EXPECT_EQ(display_name("caf\xC3\xA9"), "\"caf\xC3\xA9\"");
  EXPECT_EQ(display_name("\x1B[31m"), "\"\\x1b[31m\"");
}

TEST(DisplayTime, HasAtMostTwoUnits) {
  EXPECT_EQ(display_time(0), "0s");
  EXPECT_EQ(display_time(59), "59s");
  EXPECT_EQ(display_time(60), "1m00s");
  EXPECT_EQ(display_time(612), "10m12s");
  EXPECT_EQ(display_time(3599), "59m59s");
  EXPECT_EQ(display_time(3600), "1h00m");
  EXPECT_EQ(display_time(3 * 3600 + 5 * 60 + 59), "3h05m");
  EXPECT_EQ(display_time(86399), "23h59m");
  EXPECT_EQ(display_time(86400), "1d00h");
  EXPECT_EQ(display_time(std::numeric_limits<std::uint64_t>::max()), "213503982334601d07h");
}

TEST(DisplayWidth, CountsColumnsAndNotBytesOrCharacters) {
  EXPECT_EQ(display_width(""), 0u);
  EXPECT_EQ(display_width("abc"), 3u);
  EXPECT_EQ(display_width("caf\xC3\xA9"), 4u);
  EXPECT_EQ(display_width("cafe\xCC\x81"), 4u);                      // combining acute
  EXPECT_EQ(display_width("\xE6\x97\xA5\xE6\x9C\xAC"), 4u);          // wide
  EXPECT_EQ(display_width("\xEF\xBD\xB1"), 1u);                      // halfwidth katakana
  EXPECT_EQ(display_width("\xF0\x9F\x98\x80"), 2u);                  // emoji
  EXPECT_EQ(display_width("\xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D"), 4u);  // right to left
  EXPECT_EQ(display_width("\xFF\xC3"), 2u);                          // no UTF-8
}

TEST(DisplayWidth, DoesNotDependOnTheLocaleOfTheProcess) {
  const locale_t c = newlocale(LC_ALL_MASK, "C", nullptr);
  const locale_t before = uselocale(c);
  EXPECT_EQ(display_width("\xE6\x97\xA5"), 2u);
  EXPECT_EQ(uselocale(before), c);
  freelocale(c);
}

}  // namespace
}  // namespace temporal_slab::tslab
