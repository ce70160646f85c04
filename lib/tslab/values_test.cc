#include "tslab/values.h"

#include <gtest/gtest.h>

#include <limits>

namespace temporal_slab::tslab {
namespace {

using std::chrono::milliseconds;

TEST(Rows, AreWholeNumbersFromOneUpwards) {
  EXPECT_EQ(parse_rows("1"), 1u);
  EXPECT_EQ(parse_rows("007"), 7u);
  EXPECT_EQ(parse_rows("18446744073709551615"), std::numeric_limits<std::size_t>::max());
}

TEST(Rows, AreNothingElse) {
  for (const char* text : {"", "0", "-1", "+1", " 1", "1 ", "1.0", "1e3", "0x10", "five",
                           "18446744073709551616", "99999999999999999999999999"})
    EXPECT_EQ(parse_rows(text), std::nullopt) << text;
}

TEST(Interval, IsOfSecondsOrSaysOfWhat) {
  EXPECT_EQ(parse_interval("0.1"), milliseconds(100));
  EXPECT_EQ(parse_interval(".25"), milliseconds(250));
  EXPECT_EQ(parse_interval("2"), milliseconds(2000));
  EXPECT_EQ(parse_interval("86400"), milliseconds(86'400'000));
  EXPECT_EQ(parse_interval("500ms"), milliseconds(500));
  EXPECT_EQ(parse_interval("1.5s"), milliseconds(1500));
  EXPECT_EQ(parse_interval("5m"), milliseconds(300'000));
  EXPECT_EQ(parse_interval("1h30m"), milliseconds(5'400'000));
  EXPECT_EQ(parse_interval("1d"), milliseconds(86'400'000));
  EXPECT_EQ(parse_interval("23h59m59s999ms"), milliseconds(86'399'999));
}

TEST(Interval, IsBoundedAndPlain) {
  for (const char* text : {"",
                           "0",
                           "-1",
                           "0.09",
                           "86400.1",
                           "1e3",
                           "0x1",
                           "nan",
                           "inf",
                           "-inf",
                           " 1",
                           "1,5",
                           "999999999999999999999999999999",
                           "5 m",
                           "m",
                           "5min",
                           "5M",
                           "1m5",
                           "30m1h",
                           "1m1m",
                           "1s1s",
                           "1..5",
                           "99ms",
                           "2d",
                           "1d1ms",
                           "s5"})
    EXPECT_EQ(parse_interval(text), std::nullopt) << text;
}

TEST(Age, IsOfWholeSeconds) {
  EXPECT_EQ(parse_age("0"), 0u);
  EXPECT_EQ(parse_age("300"), 300u);
  EXPECT_EQ(parse_age("18446744073709551615"), ~std::uint64_t{0});
  EXPECT_EQ(parse_age("5m"), 300u);
  EXPECT_EQ(parse_age("1.5m"), 90u);
  EXPECT_EQ(parse_age("2d12h"), 216'000u);
  EXPECT_EQ(parse_age("2000ms"), 2u);
  for (const char* text :
       {"", "-1", "0.5s", "1500ms", "5x", "1e3", "999999999999d", "18446744073709551616"})
    EXPECT_EQ(parse_age(text), std::nullopt) << text;
}

}  // namespace
}  // namespace temporal_slab::tslab
