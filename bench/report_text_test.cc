#include <gtest/gtest.h>

#include <limits>

#include "bench/report.h"

namespace temporal_slab::bench {
namespace {

Report three_rows() {
  const Comparison measured{
      .ours = 5, .peer = 10, .ratio = 0.5, .ratio_low = 0.45, .ratio_high = 0.55, .ratios = {}};
  return {.effort = {.repetitions = 21, .repetition_ms = 20},
          .rows = {{"alloc + free, batch of 64", "mimalloc", measured, 0.5, 1.0},
                   {"inc or dec, 1 thread", "fetch_add", measured, 0.5, std::nullopt},
                   {"alloc + free, geometric mean", "mimalloc", std::nullopt, 0.9, 0.8}}};
}

TEST(BenchReport, SaysOfEachRowWhetherItsBudgetIsMet) {
  EXPECT_EQ(to_text(three_rows()),
            "medians of 21 repetitions of about 20 ms, ours and peer in turn; ns an operation"
            " unless it says otherwise\n"
            "\n"
            "what                              ours  peer               peer's    ratio"
            "  quartiles         budget\n"
            "alloc + free, batch of 64         5.00  mimalloc            10.00     0.50"
            "  0.45..0.55       <= 1.00  met\n"
            "inc or dec, 1 thread              5.00  fetch_add           10.00     0.50"
            "  0.45..0.55\n"
            "alloc + free, geometric mean         -  mimalloc                -     0.90"
            "  -                <= 0.80  not met\n");
}

TEST(BenchReport, ARatioOnItsBudgetMeetsIt) {
  Report report = three_rows();
  report.rows = {{"a", "b", std::nullopt, 0.8, 0.8}};
  EXPECT_TRUE(to_text(report).ends_with("<= 0.80  met\n"));
}

TEST(BenchReport, IsSaneWithFiniteRatiosAboveZeroAlone) {
  EXPECT_TRUE(is_sane(three_rows()));
  for (const double nonsense : {0.0, -1.0, std::numeric_limits<double>::infinity(),
                                std::numeric_limits<double>::quiet_NaN()}) {
    Report report = three_rows();
    report.rows[1].ratio = nonsense;
    EXPECT_FALSE(is_sane(report)) << nonsense;
  }
  EXPECT_FALSE(is_sane(Report{}));
}

TEST(BenchReport, IsSaneWithADifferenceOfTimesBelowZero) {
  Report report = three_rows();
  report.rows[1].difference = true;
  report.rows[1].ratio = -0.1;
  EXPECT_TRUE(is_sane(report));
  report.rows[1].ratio = std::numeric_limits<double>::infinity();
  EXPECT_FALSE(is_sane(report));
}

}  // namespace
}  // namespace temporal_slab::bench
