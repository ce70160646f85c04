// Each mechanism by itself under every schedule within the bounds of its scenarios.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>

#include "harness/modelled/mechanisms/scenario.h"
#include "harness/modelled/places.h"
#include "temporal_slab_explorer/where.h"

namespace temporal_slab::modelled {
namespace {

class Mechanism : public testing::TestWithParam<Scenario> {};

TEST_P(Mechanism, HoldsUnderEverySchedule) {
  explorer::line_of_code = line_of_code;
  const Scenario& scenario = GetParam();
  const auto start = std::chrono::steady_clock::now();
  const explorer::Result result = scenario.explore(scenario.options);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  EXPECT_TRUE(result.passed()) << result.report;
  const bool exhaustive = scenario.options.search == explorer::Search::kExhaustive;
  EXPECT_EQ(result.complete, exhaustive) << result.covered;
  std::printf("%s; %.1f s, %.0f steps each\n", result.covered.c_str(), took.count(),
              static_cast<double>(result.steps) / static_cast<double>(result.schedules));
}

const auto kName = [](const testing::TestParamInfo<Scenario>& info) {
  return std::string(info.param.name);
};
INSTANTIATE_TEST_SUITE_P(BiasedSection, Mechanism, testing::ValuesIn(biased_section_scenarios()),
                         kName);

}  // namespace
}  // namespace temporal_slab::modelled
