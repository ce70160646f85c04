// The explorer against the axioms, on programs drawn by lot: the same outcomes, no more, no fewer.
#include <gtest/gtest.h>

#include <cstdlib>

#include "harness/explorer/litmus/axioms.h"
#include "harness/explorer/litmus/draw.h"

namespace temporal_slab::explorer::litmus {
namespace {

void expect_same(const Program& program) {
  Result result;
  const Outcomes reached = reached_outcomes(program, &result);
  const Outcomes allowed = consistent_outcomes(program, false);
  ASSERT_TRUE(result.complete) << to_text(program) << "\n" << result.report;
  for (const Outcome& each : reached) {
    ASSERT_TRUE(allowed.contains(each)) << to_text(program) << "\nforbidden: " << to_text(each);
  }
  for (const Outcome& each : allowed) {
    ASSERT_TRUE(reached.contains(each)) << to_text(program) << "\nnot reached: " << to_text(each);
  }
}

// Times as many when asked for: EXPLORER_LITMUS_TIMES=20.
int programs(int number) {
  const char* const times = std::getenv("EXPLORER_LITMUS_TIMES");
  return times == nullptr ? number : number * std::atoi(times);
}

TEST(ExplorerAgainstAxioms, TwoThreadsReachExactlyWhatIsConsistent) {
  Random random(20);
  for (int i = 0; i < programs(300) && !::testing::Test::HasFatalFailure(); ++i) {
    expect_same(draw(random, 2, 4, 7));
  }
}

TEST(ExplorerAgainstAxioms, ThreeThreadsReachExactlyWhatIsConsistent) {
  Random random(3);
  for (int i = 0; i < programs(150) && !::testing::Test::HasFatalFailure(); ++i) {
    expect_same(draw(random, 3, 3, 7));
  }
}

TEST(ExplorerAgainstAxioms, FourThreadsReachExactlyWhatIsConsistent) {
  Random random(4);
  for (int i = 0; i < programs(40) && !::testing::Test::HasFatalFailure(); ++i) {
    expect_same(draw(random, 4, 2, 7));
  }
}

}  // namespace
}  // namespace temporal_slab::explorer::litmus
