// The library under every schedule: two and three threads of calls, each history explained by the
// model, the invariants looked at after each step, every plain access checked for races.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "harness/modelled/scenario.h"

namespace temporal_slab::modelled {
namespace {

// By a thread of its own: eight objects in two slabs; then the first slab is emptied but for
// its last `left` objects. With none left it is one that the heap keeps empty.
std::vector<Call> two_slabs(std::uint32_t left, const std::vector<Call>& then) {
  std::vector<Call> calls;
  for (std::uint32_t i = 0; i < 8; ++i) calls.push_back({Make::kAllocBig, 0, i});
  for (std::uint32_t i = 0; i < 4 - left; ++i) calls.push_back({Make::kFree, i});
  calls.insert(calls.end(), then.begin(), then.end());
  return calls;
}

// The owner's calls: it has all slots of a slab, and does then what follows.
std::vector<Call> full_slab(const std::vector<Call>& then) {
  std::vector<Call> calls;
  for (std::uint32_t i = 0; i < 4; ++i) calls.push_back({Make::kAllocBig, 0, i});
  calls.insert(calls.end(), then.begin(), then.end());
  return calls;
}

const std::vector<Scenario>& scenarios() {
  using enum Make;
  static const std::vector<Scenario> all = {
      // R-2.3-1
      {"IncBesideDec", {{}, {{{kInc, 0}}, {{kDec, 0}}}, {{kGet, 0}}}},
      {"DecsForTheLastReference",
       {{{kInc, 0}}, {{{kDec, 0}}, {{kDec, 0}, {kGet, 0}}}, {{kGet, 0}}}},
      // R-2.3-2, R-2.2-2
      {"AcquireBesideAdvance",
       {{}, {{{kAcquire}}, {{kAdvance}, {kGet, 0}}}, {{kAdvance}, {kGet, 0}}}},
      {"ReleaseBesideAdvance",
       {{{kWrap, 0, 0}, {kEnter}}, {{{kAcquire}, {kRelease}}, {{kAdvance}, {kEra, 1}}}, {{kExit}}}},
      // R-2.3-4
      {"TryCloseBesideAcquire",
       {{}, {{{kTryClose, 0}}, {{kAcquire}, {kState, 0}}}, {{kGet, 0}, {kGet, 1}, {kState, 0}}}},
      {"TryCloseBesideRelease",
       {{}, {{{kAcquire}, {kRelease}}, {{kTryClose, 0}}}, {{kState, 0}, {kCurrent}}}},
      // R-2.2-4
      {"TwoAdvances",
       {{}, {{{kAdvance}, {kCurrent}}, {{kAdvance}}}, {{kEra, 1}, {kEra, 2}, {kCurrent}}}},
      {"AdvanceBesideClose",
       {{}, {{{kAdvance}}, {{kClose, 0}}}, {{kCurrent}, {kState, 0}, {kState, 1}, {kState, 2}}}},
      // R-2.2-6, R-2.2-8
      {"CloseBesideAlloc",
       {{{kAlloc, 0, 0}}, {{{kClose, 0}}, {{kAlloc, 0, 0}, {kFree, 0}}}, {{kFree, 0}, {kFree, 1}}}},
      {"MallocBesideAdvance", {{}, {{{kMalloc, 0}, {kFree, 0}}, {{kAdvance}}}, {}}},
      // R-2.2-7: the last object goes beside the close
      {"FreeBesideClose", {{{kAlloc, 0, 0}}, {{{kClose, 0}}, {{kFreeShared, 0}}}, {}}},
      // R-2.1-6, R-2.1-7
      {"TwoFreesOfOneObject",
       {{{kAlloc, 0, 0}, {kAlloc, 0, 1}},
        {{{kFreeShared, 0}}, {{kFreeShared, 0}, {kAlloc, 0, 0}}},
        {{kFree, 1}}}},
      {"AllocsBesideFree",
       {{{kAlloc, 0, 0}}, {{{kAlloc, 0, 0}, {kFree, 0}}, {{kFreeShared, 0}, {kAlloc, 0, 0}}}, {}}},
      // R-2.2-9
      {"DiscardBesideFree",
       {{{kAlloc, 0, 0}, {kAlloc, 0, 1}}, {{{kDiscard, 0}}, {{kFreeShared, 0}}}, {{kFree, 1}}}},
      {"DiscardBesideAlloc", {{{kAlloc, 0, 0}}, {{{kDiscard, 0}}, {{kAlloc, 0, 0}}}, {{kFree, 0}}}},
      // R-2.1-6, R-2.1-7: what a heap owns beside what others do to it
      // (two objects, so that the first free leaves the slab where it is)
      {"OwnerAndAnotherFreeOneObject",
       {{},
        {{{kAlloc, 0, 1}, {kAlloc, 0, 0}, {kMeet, 2}, {kFreeAnyhow, 1, 0}, {kAlloc, 0, 1}},
         {{kAlloc, 0, 0}, {kMeet, 2}, {kFreeAnyhow, 1, 0}}},
        {}}},
      {"OwnerAndAnotherFreeTwice",
       {{},
        {{{kAlloc, 0, 1},
          {kAlloc, 0, 0},
          {kMeet, 2},
          {kFreeAnyhow, 1, 0},
          {kAlloc, 0, 1},
          {kMeet, 4}},
         {{kAlloc, 0, 0}, {kMeet, 2}, {kFreeAnyhow, 1, 0}, {kMeet, 4}, {kFreeAnyhow, 1, 1}}},
        {}}},
      // (a full slab: its slot has the next object before what others freed is collected)
      {"OwnerAndAnotherFreeInAFullSlab",
       {{},
        {full_slab(
             {{kMeet, 2}, {kFreeAnyhow, 1, 0}, {kAllocBig, 0, 4}, {kAllocBig, 0, 5}, {kFree, 4}}),
         {{kAlloc, 0, 0}, {kMeet, 2}, {kFreeAnyhow, 1, 0}}},
        {}}},
      {"OwnerAndAnotherFreeTwiceInAFullSlab",
       {{},
        {full_slab({{kMeet, 2}, {kFreeAnyhow, 1, 0}, {kAllocBig, 0, 4}, {kMeet, 4}}),
         {{kAlloc, 0, 0}, {kMeet, 2}, {kFreeAnyhow, 1, 0}, {kMeet, 4}, {kFreeAnyhow, 1, 4}}},
        {}}},
      {"TwoOthersFreeOneObject",
       {{{kAlloc, 0, 0}, {kAlloc, 0, 1}},
        {{{kAlloc, 0, 0}, {kMeet, 2}, {kFreeShared, 0}},
         {{kAlloc, 0, 0}, {kMeet, 2}, {kFreeShared, 0}}},
        {{kFree, 1}}}},
      {"OwnerGivesOutAnewBesideAnotherWithoutAHeap",
       {{},
        {{{kAlloc, 0, 1},
          {kAlloc, 0, 0},
          {kMeet, 2},
          {kFreeAnyhow, 1, 0},
          {kAlloc, 0, 1},
          {kMeet, 4},
          {kFree, 1}},
         {{kMeet, 2}, {kFreeAnyhow, 1, 0}, {kMeet, 4}}},
        {}}},
      // (a full slab: the owner must collect to go on)
      {"OwnerCollectsBesideAnotherWhoFrees",
       {{},
        {{{kAlloc, 0, 2},
          {kAlloc, 0, 2},
          {kAlloc, 0, 2},
          {kAlloc, 0, 2},
          {kAlloc, 0, 2},
          {kAlloc, 0, 2},
          {kAlloc, 0, 0},
          {kAlloc, 0, 1},
          {kMeet, 2},
          {kMalloc, 2},
          {kMalloc, 2}},
         {{kAlloc, 0, 0}, {kMeet, 2}, {kFreeAnyhow, 1, 0}, {kFreeAnyhow, 1, 1}}},
        {}}},
      {"OwnerAllocatesBesideAnotherWhoFrees",
       {{},
        {{{kAlloc, 0, 0}, {kMeet, 2}, {kAlloc, 0, 1}, {kFree, 1}},
         {{kAlloc, 0, 0}, {kMeet, 2}, {kFreeAnyhow, 1, 0}, {kAlloc, 0, 1}}},
        {}}},
      // R-2.2-6, R-2.2-8
      {"CloseBesideOwner",
       {{},
        {{{kAlloc, 0, 0}, {kMeet, 2}, {kAlloc, 0, 1}, {kFree, 0}}, {{kMeet, 2}, {kClose, 0}}},
        {{kFree, 0}}}},
      {"CloseBesideOwnerWhoLooks",
       {{},
        {{{kAlloc, 0, 0}, {kMeet, 2}, {kState, 0}, {kAlloc, 0, 1}}, {{kMeet, 2}, {kClose, 0}}},
        {}}},
      {"CloseBesideAnotherWhoFrees",
       {{{kAlloc, 0, 0}, {kAlloc, 0, 1}},
        {{{kAlloc, 0, 0}, {kFree, 0}, {kMeet, 2}, {kFreeShared, 0}, {kFreeShared, 1}},
         {{kMeet, 2}, {kClose, 0}}},
        {}}},
      {"MallocBesideAdvanceWithAHeap",
       {{}, {{{kMalloc, 0}, {kMeet, 2}, {kMalloc, 1}, {kFree, 0}}, {{kMeet, 2}, {kAdvance}}}, {}}},
      {"DiscardBesideOwner",
       {{},
        {{{kAlloc, 0, 0}, {kMeet, 2}, {kAlloc, 0, 1}}, {{kMeet, 2}, {kDiscard, 0}}},
        {{kState, 0}}}},
      // R-2.2-2: an epoch that was never closed is opened anew
      {"FirstTurnBesideOwner",
       {{},
        {{{kAlloc, 1, 0}, {kMeet, 2}, {kAlloc, 1, 1}, {kFree, 0}}, {{kMeet, 2}, {kAdvance}}},
        {{kEra, 1}}}},
      // R-2.1-7: a thread ends while another frees what it leaves
      {"ThreadEndsBesideAnotherWhoFrees",
       {{},
        {{{kAlloc, 0, 0}, {kAlloc, 0, 1}, {kMeet, 2}},
         {{kAlloc, 0, 0}, {kMeet, 2}, {kFreeAnyhow, 1, 0}, {kFreeAnyhow, 1, 1}, {kAlloc, 0, 1}}},
        {}}},
      // R-2.2-6, R-2.2-7, R-2.2-9: an empty slab that a heap keeps is taken from it, or used
      {"CloseBesideOwnerOfAnEmptySlab",
       {{}, {two_slabs(0, {{kMeet, 2}, {kAllocBig, 0, 0}}), {{kMeet, 2}, {kClose, 0}}}, {}}},
      {"CloseBesideOwnerWhoEmptiesASlab",
       {{}, {two_slabs(1, {{kMeet, 2}, {kFree, 3}}), {{kMeet, 2}, {kClose, 0}}}, {}}},
      {"DiscardBesideOwnerOfAnEmptySlab",
       {{}, {two_slabs(0, {{kMeet, 2}, {kAllocBig, 0, 0}}), {{kMeet, 2}, {kDiscard, 0}}}, {}}},
      {"AnotherTakesAnEmptySlabBesideItsOwner",
       {{}, {two_slabs(0, {{kMeet, 2}, {kAllocBig, 0, 0}}), {{kMeet, 2}, {kAllocBig, 1, 0}}}, {}}},
      {"ThreadWithAnEmptySlabEndsBesideAnotherWhoTakes",
       {{}, {two_slabs(0, {{kMeet, 2}}), {{kMeet, 2}, {kAllocBig, 1, 0}}}, {}}},
      {"OwnerAndAnotherFreeTheLastObject",
       {{},
        {two_slabs(1, {{kMeet, 2}, {kFreeAnyhow, 1, 3}, {kAllocBig, 0, 0}}),
         {{kAlloc, 0, 0}, {kMeet, 2}, {kFreeAnyhow, 1, 3}}},
        {{kClose, 0}}}},
      // (its slab becomes one of another epoch's)
      {"OwnerAndAnotherFreeTheLastObjectBeforeItsSlabMoves",
       {{},
        {two_slabs(1, {{kAllocBig, 1, 0},
                       {kAllocBig, 1, 1},
                       {kAllocBig, 1, 2},
                       {kAllocBig, 1, 8},
                       {kMeet, 2},
                       {kFreeAnyhow, 1, 3},
                       {kAllocBig, 1, 9}}),
         {{kAlloc, 0, 0}, {kMeet, 2}, {kFreeAnyhow, 1, 3}}},
        {{kClose, 1}, {kClose, 0}}}},
      // R-2.4-2
      {"LabelsBesideReader",
       {{{kSetLabel, 0, 1}},
        {{{kSetLabel, 0, 2}, {kSetLabel, 0, 3}}, {{kGetLabel, 0}, {kGetLabel, 0}}},
        {}}},
      {"LabelReaderBesideAdvance",
       {{{kSetLabel, 1, 1}}, {{{kAdvance}, {kSetLabel, 1, 2}}, {{kGetLabel, 1}, {kEra, 1}}}, {}}},
      // R-2.5-1, R-2.5-4
      {"LastTwoDomainsExit",
       {{},
        {{{kWrap, 0, 1}, {kEnter}, {kMeet, 2}, {kExit}},
         {{kWrap, 0, 1}, {kEnter}, {kMeet, 2}, {kExit}}},
        {{kState, 0}, {kState, 1}, {kCurrent}}}},
      {"EnterBesideClose",
       {{},
        {{{kWrap, 0, 1}, {kEnter}, {kExit}}, {{kClose, 0}}},
        {{kState, 0}, {kState, 1}, {kCurrent}}}},
  };
  return all;
}

TEST_P(LibraryScenario, HoldsUnderEverySchedule) {
  const Scenario& scenario = GetParam();
  const explorer::Result result =
      scenario.explore(scenario.program, within(1, scenario.stale_reads));
  EXPECT_TRUE(result.passed()) << result.report;
  EXPECT_TRUE(result.complete) << result.covered;
}

TEST_P(LibraryScenario, HoldsUnderRandomPriorities) {
  const explorer::Result result = GetParam().explore(GetParam().program, by_priorities(150));
  EXPECT_TRUE(result.passed()) << result.report;
}

INSTANTIATE_TEST_SUITE_P(Each, LibraryScenario, testing::ValuesIn(scenarios()), name_of);

// Three threads: more schedules than can be seen, so by lot.
TEST(LibraryScenario, ThreeThreads) {
  using enum Make;
  const std::vector<Program> programs = {
      {{{kAlloc, 0, 0}},
       {{{kAcquire}, {kRelease}}, {{kAdvance}, {kClose, 1}}, {{kAlloc, 0, 0}, {kFreeShared, 0}}},
       {{kCurrent}, {kGet, 0}, {kGet, 1}}},
      {{{kInc, 0}},
       {{{kDec, 0}, {kInc, 0}}, {{kDec, 0}}, {{kTryClose, 0}, {kGet, 0}}},
       {{kGet, 0}}},
      {{},
       {{{kAlloc, 0, 0}, {kMeet, 3}, {kFreeAnyhow, 1, 0}, {kAlloc, 0, 0}},
        {{kAlloc, 0, 0}, {kMeet, 3}, {kFreeAnyhow, 1, 0}, {kFree, 0}},
        {{kAlloc, 0, 0}, {kMeet, 3}, {kClose, 0}, {kFreeAnyhow, 2, 0}}},
       {{kState, 0}}},
      {{{kAlloc, 0, 0}, {kAlloc, 0, 1}},
       {{{kAlloc, 0, 0}, {kMeet, 3}, {kFreeShared, 0}},
        {{kAlloc, 0, 0}, {kMeet, 3}, {kFreeShared, 0}, {kFreeAnyhow, 1, 0}},
        {{kMeet, 3}, {kAdvance}, {kAlloc, 1, 0}}},
       {}},
      {{},
       {{{kWrap, 0, 1}, {kEnter}, {kExit}},
        {{kWrap, 0, 1}, {kEnter}, {kExit}},
        {{kAdvance}, {kDiscard, 0}}},
       {{kState, 0}, {kCurrent}}},
  };
  for (const Program& program : programs)
    for (const explorer::Search search : {explorer::Search::kPct, explorer::Search::kRandom}) {
      explorer::Options options = within(0, 0);
      options.search = search;
      options.schedules = 200;
      const explorer::Result result = parallel::explore<Spec, Subject>(program, options);
      EXPECT_TRUE(result.passed()) << result.report;
    }
}

// R-3-3: rows of a snapshot that is taken while an epoch gets its next incarnation.
TEST(LibraryScenario, SnapshotBesideAdvance) {
  const auto body = [] {
    Subject subject;
    SlabAllocator* const a = subject.allocator();
    slab_epoch_set_label(a, 1, "the old one");
    explorer::parallel(
        [&] {
          epoch_advance(a);
          slab_epoch_set_label(a, 1, "the new one");
          slab_epoch_inc_refcount(a, 1);
        },
        [&] {
          SlabEpochStats row;
          slab_stats_epoch(a, 0, 1, &row);
          const std::string label = row.label;
          if (row.epoch_era == 0) {
            explorer::check(label == "the old one", "the old label (R-2.4-2, R-3-3)");
            explorer::check(row.refcount == 0 && row.open_since_ns == 0, "the old figures (R-3-3)");
          } else {
            explorer::check(row.epoch_era == 1, "the new era");
            explorer::check(label.empty() || label == "the new one", "the new label (R-3-3)");
            explorer::check(row.refcount <= 1 && row.open_since_ns != 0, "the new figures (R-3-3)");
          }
        });
    slab_epoch_dec_refcount(a, 1);
  };
  for (const explorer::Search search : {explorer::Search::kPct, explorer::Search::kRandom}) {
    explorer::Options options = within(0, 0);
    options.search = search;
    options.schedules = 150;
    const explorer::Result result = explorer::explore(options, body);
    EXPECT_TRUE(result.passed()) << result.report;
  }
}

}  // namespace
}  // namespace temporal_slab::modelled
