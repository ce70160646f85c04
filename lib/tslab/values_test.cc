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

TEST(Seconds, MayHaveAFraction) {
  EXPECT_EQ(parse_seconds("0.1"), milliseconds(100));
  EXPECT_EQ(parse_seconds(".25"), milliseconds(250));
  EXPECT_EQ(parse_seconds("2"), milliseconds(2000));
  EXPECT_EQ(parse_seconds("86400"), milliseconds(86'400'000));
}

TEST(Seconds, AreBoundedAndPlain) {
  for (const char* text : {"", "0", "-1", "0.09", "86400.1", "1e3", "0x1", "nan", "inf", "-inf",
                           "1s", " 1", "1,5", "999999999999999999999999999999"})
    EXPECT_EQ(parse_seconds(text), std::nullopt) << text;
}

}  // namespace
}  // namespace temporal_slab::tslab
