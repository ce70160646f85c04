#include "stress/histories.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace temporal_slab::stress {
namespace {

using modelled::Make;

class StressHistories : public testing::Test {
 protected:
  static Options three_threads() {
    Options options;
    options.threads = 3;
    return options;
  }
  static bool falsify_first(Make make, History* history) {
    for (auto& own : *history)
      for (auto& operation : own)
        if (operation.call.make == make) return operation.result = modelled::Result{0, 98}, true;
    return false;
  }
  History record(std::uint64_t seed) { return record_history(world, seed, 50); }
  // With a false answer to a call of this kind. Short: to refuse one all orders are tried.
  History falsified(Make make) {
    for (std::uint64_t seed = 0;; ++seed)
      if (History history = record_history(world, seed, 8); falsify_first(make, &history))
        return history;
  }

  World world{three_threads(), *find_scenario("histories")};
};

// R-2.3-1 R-2.2-4
TEST_F(StressHistories, AreExplained) {
  for (std::uint64_t seed = 0; seed < 12; ++seed) EXPECT_EQ(fault_of(record(seed)), "");
}

TEST_F(StressHistories, HaveTheCallsThatTheirSeedSays) {
  const History first = record(3);
  const History second = record(3);
  ASSERT_EQ(first.size(), 3u);
  for (std::size_t t = 0; t < 3; ++t) {
    ASSERT_EQ(first[t].size(), t == 0 ? 50u + 2 * SLAB_EPOCH_COUNT : 50u);
    for (std::size_t i = 0; i < first[t].size(); ++i)
      EXPECT_EQ(modelled::Spec::text(first[t][i].call), modelled::Spec::text(second[t][i].call));
  }
}

// One answer of each kind that no order of the calls gives.
TEST_F(StressHistories, AreRefusedWithOneAnswerThatNeverWas) {
  for (const Make make : {Make::kGet, Make::kEra, Make::kAcquire, Make::kCurrent, Make::kState,
                          Make::kGetLabel, Make::kTryClose, Make::kRelease}) {
    EXPECT_THAT(fault_of(falsified(make)), testing::AllOf(testing::HasSubstr("no order explains"),
                                                          testing::HasSubstr("= 98")));
  }
}

TEST_F(StressHistories, AreShownWithoutWhatChangedNothing) {
  const std::string fault = fault_of(falsified(Make::kGetLabel));
  for (const char* look : {"Get(", "Era(", "State(", "Current(", "ESTALE", "EBUSY"})
    EXPECT_THAT(fault, testing::Not(testing::HasSubstr(look)));
}

}  // namespace
}  // namespace temporal_slab::stress
