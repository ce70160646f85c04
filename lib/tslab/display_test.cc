#include "tslab/display.h"

#include <gtest/gtest.h>

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
  EXPECT_EQ(display_name("say \"hi\"\\"), "\"say \\\"hi\\\"\\\\\"");
  EXPECT_EQ(display_name("caf\xC3\xA9"), "\"caf\xC3\xA9\"");
  EXPECT_EQ(display_name("\x1B[31m"), "\"\\u001b[31m\"");
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

TEST(DisplayWidth, CountsCharacters) {
  EXPECT_EQ(display_width(""), 0u);
  EXPECT_EQ(display_width("abc"), 3u);
  EXPECT_EQ(display_width("caf\xC3\xA9 \xE6\x97\xA5"), 6u);
}

}  // namespace
}  // namespace temporal_slab::tslab
