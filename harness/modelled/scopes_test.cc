// Scopes and references that go from thread to thread: under every schedule, each history explained
// by the model.
#include <gtest/gtest.h>

#include <vector>

#include "harness/modelled/scenario.h"

namespace temporal_slab::modelled {
namespace {

constexpr std::uint32_t kKeep = 0;
constexpr std::uint32_t kCloses = 1;
constexpr std::uint32_t kDiscards = 2;

const std::vector<Scenario>& scenarios() {
  using enum Make;
  static const std::vector<Scenario> all = {
      // R-2.3-6
      {"AnotherDropsBesideTheHolderWhoTakesAgain",
       {{},
        {{{kAcquire}, {kAcquire}, {kMeet, 2}, {kReleaseOf, 1}, {kAcquire}, {kGet, 0}},
         {{kInc, 0}, {kMeet, 2}, {kReleaseOf, 1}, {kReleaseOf, 1}, {kGet, 0}}},
        {{kGet, 0}}}},
      {"AnotherDropsBesideTheHoldersDec",
       {{},
        {{{kAcquire}, {kMeet, 2}, {kInc, 0}, {kDec, 0}, {kDec, 0}},
         {{kMeet, 2}, {kReleaseOf, 1}, {kReleaseOf, 1}, {kGet, 0}}},
        {{kGet, 0}}}},
      {"TheHolderEndsBesideAnotherWhoDrops",
       {{},
        {{{kAcquire}, {kAcquire}, {kAcquire}, {kMeet, 2}},
         {{kInc, 1}, {kMeet, 2}, {kReleaseOf, 1}, {kReleaseOf, 1}, {kGet, 0}}},
        {{kGet, 0}}}},
      {"AnotherDropsBesideAdvanceToIt",
       {{},
        {{{kAcquire}, {kMeet, 2}, {kAdvance}, {kCurrent}},
         {{kInc, 5}, {kMeet, 2}, {kReleaseOf, 1}, {kReleaseOf, 1}, {kGet, 0}}},
        {{kGet, 0}, {kGet, 5}}},
       0},
      {"AnotherDropsBesideTryClose",
       {{},
        {{{kAcquire}, {kMeet, 2}, {kTryClose, 0}, {kState, 0}},
         {{kInc, 5}, {kMeet, 2}, {kReleaseOf, 1}, {kGet, 0}}},
        {{kGet, 0}, {kState, 0}}}},
      // R-2.2-10. To open is long: what is read stale beside it is the lot's, and of those above.
      {"OpenBesideOpen",
       {{},
        {{{kOpen, 1}}, {{kOpen, 2}}},
        {{kCurrent}, {kGet, 0}, {kGet, 1}, {kGetLabel, 0}, {kGetLabel, 1}}},
       0},
      {"OpenBesideReader",
       {{{kInc, 0}, {kDec, 0}}, {{{kOpen, 1}}, {{kGetLabel, 0}, {kGet, 0}}}, {}},
       0},
      {"OpenOfTheNextBesideReader",
       {{{kAlloc, 0, 0}}, {{{kOpen, 1}}, {{kCurrent}, {kGetLabel, 1}, {kGet, 1}}}, {}},
       0},
      {"OpenBesideAllocation",
       {{}, {{{kOpen, 1}, {kEra, 0}}, {{kAlloc, 0, 0}, {kAlloc, 0, 1}}}, {{kCurrent}, {kState, 0}}},
       0},
      {"OpenBesideAdvance",
       {{}, {{{kOpen, 1}, {kStateRef, 1}}, {{kAdvance}, {kCurrent}}}, {{kCurrent}, {kGetLabel, 0}}},
       0},
      // R-2.5-4 of scopes
      {"FinishBesideFinish",
       {{},
        {{{kOpen, 1}, {kMeet, 2}, {kFinishOf, 1, kCloses}, {kState, 0}},
         {{kMeet, 2}, {kDup, 1}, {kFinishOf, 2, kCloses}, {kState, 0}}},
        {{kCurrent}, {kGet, 0}}},
       0},
      {"OneReferenceIsFinishedTwice",
       {{},
        {{{kOpen, 1}, {kMeet, 2}, {kFinishOf, 1, kCloses}},
         {{kMeet, 2}, {kFinishOf, 1, kDiscards}, {kGet, 0}}},
        {{kCurrent}, {kGet, 0}}},
       0},
      {"DupBesideFinish",
       {{},
        {{{kOpen, 1}, {kAllocRef, 1, 0}, {kMeet, 2}, {kFinishOf, 1, kDiscards}},
         {{kMeet, 2}, {kDup, 1}, {kAllocRef, 1, 0}, {kReleaseOf, 2}}},
        {{kCurrent}, {kGet, 0}, {kState, 0}}},
       0},
      {"KeepBesideClose",
       {{},
        {{{kOpen, 1}, {kMeet, 2}, {kFinishOf, 1, kKeep}},
         {{kMeet, 2}, {kDup, 1}, {kFinishOf, 2, kCloses}}},
        {{kCurrent}, {kState, 0}}},
       0},
  };
  return all;
}

// R-2.3-6. Three threads: more schedules than can be seen, so by lot.
TEST(LibraryScenario, TwoDropWhatOneTook) {
  using enum Make;
  const Program program = {{},
                           {{{kAcquire}, {kAcquire}, {kAcquire}, {kMeet, 3}},
                            {{kInc, 5}, {kMeet, 3}, {kReleaseOf, 1}, {kReleaseOf, 1}},
                            {{kInc, 5}, {kMeet, 3}, {kReleaseOf, 1}, {kGet, 0}}},
                           {{kGet, 0}}};
  for (const explorer::Search search : {explorer::Search::kPct, explorer::Search::kRandom}) {
    explorer::Options options = by_priorities(1000);
    options.search = search;
    const explorer::Result result = parallel::explore<Spec, Subject>(program, options);
    EXPECT_TRUE(result.passed()) << result.report;
  }
}

INSTANTIATE_TEST_SUITE_P(OfScopes, LibraryScenario, testing::ValuesIn(scenarios()), name_of);

// A ring of two, which is held where it is full.
struct RingOfTwo : Subject {
  static constexpr model::Ring kRing{2, false};
  RingOfTwo() : Subject(64 * 1024, 0, kRing) {}
};
struct SpecOfTwo : Spec {
  SpecOfTwo() : Spec(RingOfTwo::kRing) {}
};

explorer::Result explore_ring_of_two(const Program& program, const explorer::Options& options) {
  const parallel::Program<SpecOfTwo> same{program.prefix, program.threads, program.suffix};
  return parallel::explore<SpecOfTwo, RingOfTwo>(same, options);
}

const std::vector<Scenario>& scenarios_of_two() {
  using enum Make;
  static const std::vector<Scenario> all = [] {
    std::vector<Scenario> scenarios = {
        // R-2.2-2 R-2.2-3
        {"AdvanceBesideOwnCount",
         {{{kInc, 1}},
          {{{kInc, 0}, {kDec, 0}, {kMeet, 2}, {kInc, 0}, {kEra, 0}}, {{kMeet, 2}, {kAdvance}}},
          {{kCurrent}, {kGet, 0}, {kEra, 0}}}},
        {"AdvanceInPlaceBesideOwner",
         {{{kInc, 1}, {kAlloc, 0, 0}},
          {{{kAlloc, 0, 0}, {kAlloc, 0, 1}, {kFree, 0}}, {{kAdvance}, {kFreeShared, 0}}},
          {{kCurrent}, {kEra, 0}}}},
        {"OpenWhereTheRingIsHeld",
         {{{kOpen, 1}, {kInc, 1}},
          {{{kOpen, 2}, {kGetLabel, 0}}, {{kDec, 0}, {kClose, 0}, {kState, 0}}},
          {{kCurrent}, {kGet, 0}, {kGetLabel, 0}}}},
        // R-2.2-11
        {"LateReferenceBesideReuse",
         {{{kInc, 1}},
          {{{kOpen, 1}, {kMeet, 2}, {kFinishOf, 1, kCloses}, {kOpen, 2}},
           {{kMeet, 2}, {kAllocRef, 1, 0}, {kSetLabelRef, 1, 3}, {kStateRef, 1}}},
          {{kCurrent}, {kGetLabel, 0}}}},
        {"LateCloseBesideReuse",
         {{{kInc, 1}},
          {{{kOpen, 1}, {kMeet, 2}, {kFinishOf, 1, kCloses}, {kAdvance}},
           {{kMeet, 2}, {kCloseRef, 1}, {kDup, 1}}},
          {{kCurrent}, {kEra, 0}, {kGet, 0}}}},
        {"LateFinishBesideReuse",
         {{{kInc, 1}},
          {{{kOpen, 1}, {kMeet, 2}, {kFinishOf, 1, kCloses}, {kAdvance}},
           {{kMeet, 2}, {kFinishOf, 1, kCloses}, {kGet, 0}}},
          {{kCurrent}, {kEra, 0}, {kGet, 0}}}},
    };
    for (Scenario& scenario : scenarios) {
      scenario.explore = explore_ring_of_two;
      scenario.stale_reads = 0;
    }
    return scenarios;
  }();
  return all;
}

INSTANTIATE_TEST_SUITE_P(OfARingOfTwo, LibraryScenario, testing::ValuesIn(scenarios_of_two()),
                         name_of);

}  // namespace
}  // namespace temporal_slab::modelled
