// The library under every schedule: two and three threads of calls, each history explained by the
// model, the invariants looked at after each step, every plain access checked for races.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>

#include "harness/modelled/library.h"
#include "harness/parallel/program.h"

namespace temporal_slab::modelled {
namespace {

using Program = parallel::Program<Spec>;

void explored(const Program& program, int preemptions) {
  explorer::Options options;
  options.preemptions = preemptions;
  options.stale_reads = 1;
  options.spurious_failures = 0;
  const auto start = std::chrono::steady_clock::now();
  const explorer::Result result = parallel::explore<Spec, Subject>(program, options);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  EXPECT_TRUE(result.passed()) << result.report;
  EXPECT_TRUE(result.complete) << result.covered;
  std::printf("%s; %.0f schedules/s, %.0f steps each\n", result.covered.c_str(),
              static_cast<double>(result.schedules) / took.count(),
              static_cast<double>(result.steps) / static_cast<double>(result.schedules));
}

TEST(Scenarios, DecsRaceForTheLastReference) {
  explored({{{Make::kInc, 0}}, {{{Make::kDec, 0}}, {{Make::kDec, 0}}}, {{Make::kGet, 0}}}, 2);
}

TEST(Scenarios, AdvanceBesideIncAndGet) {
  explored({{}, {{{Make::kAdvance}}, {{Make::kAcquire}, {Make::kRelease}}}, {{Make::kGet, 0}}}, 1);
}

TEST(Scenarios, CloseBesideAlloc) {
  explored({{{Make::kAlloc, 0, 0}},
            {{{Make::kClose, 0}}, {{Make::kAlloc, 0, 0}, {Make::kFree, 0}}},
            {{Make::kFree, 0}}},
           1);
}

}  // namespace
}  // namespace temporal_slab::modelled
