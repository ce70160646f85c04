// References that threads count for themselves, until one drops what it does not hold: under every
// schedule, each history explained by the model.
#include <gtest/gtest.h>

#include <functional>
#include <vector>

#include "harness/modelled/scenario.h"

namespace temporal_slab::modelled {
namespace {

const std::vector<Scenario>& scenarios() {
  using enum Make;
  static const std::vector<Scenario> all = {
      // R-2.3-1
      {"OwnCountsBesideGet",
       {{},
        {{{kInc, 0}, {kMeet, 2}, {kInc, 0}, {kDec, 0}, {kGet, 0}},
         {{kInc, 0}, {kMeet, 2}, {kDec, 0}, {kGet, 0}}},
        {}}},
      // (one more here, then one less there: never none)
      {"OwnCountsMoveBesideGet",
       {{},
        {{{kInc, 0}, {kDec, 0}, {kMeet, 1}, {kMeet, 5}, {kInc, 0}, {kMeet, 7}},
         {{kMeet, 2}, {kInc, 0}, {kMeet, 5}, {kMeet, 7}, {kDec, 0}},
         {{kMeet, 5}, {kGet, 0}}},
        {}}},
      {"OwnCountBesideAnothersDec",
       {{},
        {{{kInc, 0}, {kMeet, 2}, {kDec, 0}, {kInc, 0}}, {{kMeet, 2}, {kDec, 0}, {kGet, 0}}},
        {{kGet, 0}}}},
      {"ThreadEndsBesideAnothersDec",
       {{}, {{{kInc, 0}, {kMeet, 2}, {kInc, 0}}, {{kMeet, 2}, {kDec, 0}, {kGet, 0}}}, {{kGet, 0}}}},
      {"ThreadEndsBesideAnothersCount",
       {{},
        {{{kInc, 0}, {kMeet, 2}}, {{kMeet, 2}, {kInc, 0}, {kDec, 0}, {kDec, 0}, {kGet, 0}}},
        {{kGet, 0}}}},
      {"TryCloseBesideOwnCount",
       {{},
        {{{kInc, 0}, {kMeet, 2}, {kDec, 0}, {kInc, 0}, {kState, 0}}, {{kMeet, 2}, {kTryClose, 0}}},
        {{kGet, 0}, {kState, 0}}}},
      {"OwnDropsBesideTryClose",
       {{},
        {{{kInc, 0}, {kInc, 0}, {kMeet, 2}, {kDec, 0}, {kDec, 0}, {kDec, 0}, {kGet, 0}},
         {{kMeet, 2}, {kTryClose, 0}}},
        {}}},
      // R-2.2-2, R-2.2-3
      {"OwnCountBesideAdvanceToIt",
       {{},
        {{{kInc, 1}, {kDec, 1}, {kMeet, 2}, {kInc, 1}, {kEra, 1}}, {{kMeet, 2}, {kAdvance}}},
        {{kGet, 1}, {kCurrent}}}},
      {"AcquireAgainBesideAdvance",
       {{},
        {{{kAcquire}, {kRelease}, {kMeet, 2}, {kAcquire}, {kRelease}},
         {{kMeet, 2}, {kAdvance}, {kGet, 0}}},
        {{kGet, 0}, {kGet, 1}}}},
      // R-2.5-4
      {"ExitBesideOwnCount",
       {{},
        {{{kWrap, 0, 1}, {kEnter}, {kMeet, 2}, {kExit}},
         {{kAcquire}, {kRelease}, {kMeet, 2}, {kAcquire}}},
        {{kState, 0}, {kGet, 0}}}},
  };
  return all;
}

class ReferenceScenario : public testing::TestWithParam<Scenario> {};

// Of three threads as many as can be seen.
TEST_P(ReferenceScenario, HoldsUnderEverySchedule) {
  const Program& program = GetParam().program;
  const bool two = program.threads.size() == 2;
  const explorer::Result result =
      parallel::explore<Spec, Subject>(program, two ? within(1, 1) : by_priorities(3000));
  EXPECT_TRUE(result.passed()) << result.report;
  EXPECT_EQ(result.complete, two) << result.covered;
}

TEST_P(ReferenceScenario, HoldsUnderRandomPriorities) {
  const explorer::Result result =
      parallel::explore<Spec, Subject>(GetParam().program, by_priorities(150));
  EXPECT_TRUE(result.passed()) << result.report;
}

INSTANTIATE_TEST_SUITE_P(Each, ReferenceScenario, testing::ValuesIn(scenarios()), name_of);

// R-2.3-1, without the clock that histories share: what a thread counted for itself is seen by one
// who looks after a look of that thread's.
TEST(ReferenceOrders, OwnCountsComeBeforeLooks) {
  using enum Make;
  const auto counts = [] {
    Subject subject;
    std::uint64_t seen[2] = {};
    const auto work = [&](std::uint8_t t) {
      subject.apply({kInc, 0, 0, t});
      subject.apply({kMeet, 2, 0, t});
      subject.apply({kInc, 0, 0, t});
      seen[t] = subject.apply({kGet, 0, 0, t}).value;
    };
    explorer::parallel([&] { work(0); }, [&] { work(1); });
    explorer::check(seen[0] == 4 || seen[1] == 4, "one of them looked after both had counted");
  };
  const auto states = [] {
    Subject subject;
    Result state;
    std::uint64_t seen = 0;
    explorer::parallel(
        [&] {
          subject.apply({kInc, 2, 0, 0});
          subject.apply({kMeet, 2, 0, 0});
          subject.apply({kInc, 2, 0, 0});
          state = subject.apply({kState, 0, 0, 0});
        },
        [&] {
          subject.apply({kMeet, 2, 0, 1});
          subject.apply({kClose, 0, 0, 1});
          seen = subject.apply({kGet, 2, 0, 1}).value;
        });
    explorer::check(state == subject.apply({kState, 0, 0, 0}) || seen == 2,
                    "who saw the epoch open had counted before it closed");
  };
  for (const auto& body : {std::function<void()>(counts), std::function<void()>(states)}) {
    // Each count is read twice.
    const explorer::Result result = explorer::explore(within(1, 2), body);
    EXPECT_TRUE(result.passed()) << result.report;
    EXPECT_TRUE(result.complete) << result.covered;
  }
}

}  // namespace
}  // namespace temporal_slab::modelled
