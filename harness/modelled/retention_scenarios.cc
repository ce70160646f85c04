// A reserve with a place for one slab, and more who would have it: what is kept empty stays within
// retain_bytes after every step (library_subject.cc), and at rest nothing else that is empty stays.
#include <gtest/gtest.h>

#include <vector>

#include "harness/modelled/scenario.h"

namespace temporal_slab::modelled {
namespace {

// One slab of the calls' objects.
struct SmallReserve : Subject {
  SmallReserve() : Subject(8 * 1024) {}
};

// Memory for one slab of the big ones, four objects: who needs a second one takes that.
struct OneSlab : Subject {
  OneSlab() : Subject(0, 4 * 6 * 1024) {}
};

std::vector<Scenario> short_of_memory() {
  using enum Make;
  std::vector<Scenario> all = {
      // R-2.1-10, R-2.1-6: its owner frees there before the other one has it
      {"AnotherTakesASlabBesideItsOwnerWhoFrees",
       {{},
        {{{kAllocBig, 0, 0}, {kMeet, 2}, {kFree, 0}}, {{kMeet, 2}, {kAllocBig, 0, 0}, {kFree, 0}}},
        {}}},
      {"AnotherTakesASlabBesideItsOwnerWhoGoesOn",
       {{},
        {{{kAllocBig, 0, 0}, {kAllocBig, 0, 1}, {kMeet, 2}, {kFree, 0}, {kAllocBig, 0, 0}},
         {{kMeet, 2}, {kAllocBig, 0, 0}}},
        {}}},
  };
  for (Scenario& scenario : all) {
    scenario.stale_reads = 0;
    scenario.explore = parallel::explore<Spec, OneSlab>;
  }
  return all;
}

std::vector<Scenario> scenarios() {
  using enum Make;
  std::vector<Scenario> all = {
      // R-2.2-7: both would keep the slab that they allocate from
      {"TwoOwnersAndOnePlace",
       {{},
        {{{kAlloc, 0, 0}, {kMeet, 2}, {kFree, 0}, {kAlloc, 0, 1}},
         {{kAlloc, 0, 0}, {kMeet, 2}, {kFree, 0}, {kAlloc, 0, 1}}},
        {}}},
      // R-2.2-6
      {"CloseBesideOwnerWhoKeeps",
       {{},
        {{{kAlloc, 0, 0}, {kFree, 0}, {kMeet, 2}, {kAlloc, 0, 1}}, {{kMeet, 2}, {kClose, 0}}},
        {{kAlloc, 1, 0}}}},
      // R-2.2-7: what one keeps another can use
      {"AnotherTakesWhatAnOwnerKeeps",
       {{},
        {{{kAlloc, 0, 0}, {kFree, 0}, {kMeet, 2}, {kAlloc, 0, 1}},
         {{kMeet, 2}, {kAlloc, 1, 0}, {kFree, 0}}},
        {}}},
      // R-2.2-7: late frees, and an owner
      {"LateFreeBesideOwner",
       {{{kAlloc, 0, 0}, {kClose, 0}},
        {{{kFreeShared, 0}, {kAlloc, 1, 0}}, {{kAlloc, 1, 0}, {kFree, 0}}},
        {}}},
      {"TwoLateFrees",
       {{{kAlloc, 0, 0}, {kAlloc, 1, 1}, {kClose, 0}, {kClose, 1}},
        {{{kFreeShared, 0}, {kAlloc, 2, 0}}, {{kFreeShared, 1}}},
        {}}},
      // R-2.2-9
      {"DiscardBesideOwnerWhoKeeps",
       {{},
        {{{kAlloc, 0, 0}, {kMeet, 2}, {kFree, 0}}, {{kMeet, 2}, {kDiscard, 0}}},
        {{kAlloc, 1, 0}, {kFree, 0}}}},
      {"AThreadLeavesWhatItKept",
       {{},
        {{{kAlloc, 0, 0}, {kFree, 0}, {kMeet, 2}}, {{kMeet, 2}, {kAlloc, 1, 0}, {kFree, 0}}},
        {{kAlloc, 0, 0}, {kClose, 0}}}},
  };
  for (Scenario& scenario : all) {
    scenario.stale_reads = 0;
    scenario.explore = parallel::explore<Spec, SmallReserve>;
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(OfShortMemory, LibraryScenario, testing::ValuesIn(short_of_memory()),
                         name_of);
INSTANTIATE_TEST_SUITE_P(OfRetention, LibraryScenario, testing::ValuesIn(scenarios()), name_of);

}  // namespace
}  // namespace temporal_slab::modelled
