#include "base/duration.h"

#include <gtest/gtest.h>

namespace temporal_slab::base {
namespace {

using std::chrono::milliseconds;

TEST(Duration, IsOfNumbersWithUnitsTheLargerOneFirst) {
  EXPECT_EQ(parse_duration("500ms"), milliseconds(500));
  EXPECT_EQ(parse_duration("0.5s"), milliseconds(500));
  EXPECT_EQ(parse_duration("1m30s"), milliseconds(90'000));
  EXPECT_EQ(parse_duration("1h30m"), milliseconds(5'400'000));
  EXPECT_EQ(parse_duration("1d2h3m4s5ms"), milliseconds(93'784'005));
  EXPECT_EQ(parse_duration("0"), milliseconds(0));
}

TEST(Duration, OfANumberAloneIsOfSecondsOrOfWhatTheCallerSays) {
  EXPECT_EQ(parse_duration("90"), milliseconds(90'000));
  EXPECT_EQ(parse_duration(".25"), milliseconds(250));
  EXPECT_EQ(parse_duration("90", "ms"), milliseconds(90));
  EXPECT_EQ(parse_duration("90s", "ms"), milliseconds(90'000));
}

TEST(Duration, IsNothingElse) {
  for (const char* text :
       {"",      "m",    "s5",   "5 m", "5min", "5M",      "1m5",
        "30m1h", "1m1m", "-1",   "+1",  "1e3",  "0x1",     "nan",
        "inf",   "1,5",  "1..5", " 1",  "1 ",   "106752d", "999999999999999999999999999999"})
    for (const char* unit : {"s", "ms"})
      EXPECT_EQ(parse_duration(text, unit), std::nullopt) << text;
}

TEST(Duration, ReachesAsFarAsNanosecondsCount) {
  EXPECT_EQ(parse_duration("106751d"), std::chrono::hours(24 * 106751));
}

}  // namespace
}  // namespace temporal_slab::base
