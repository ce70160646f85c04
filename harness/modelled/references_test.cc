// References that threads count for themselves, until one drops what it does not hold: under every
// schedule, each history explained by the model.
#include <gtest/gtest.h>

#include <cstdint>
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

INSTANTIATE_TEST_SUITE_P(OfReferences, LibraryScenario, testing::ValuesIn(scenarios()), name_of);

// R-2.3-1 without the clock that histories share, whose steps order what nothing else does.
class ReferenceOrders : public testing::Test {
 protected:
  // No thread ends before all have come: what becomes of its heap would order the others. To come
  // orders nothing.
  class Stay {
   public:
    void until(std::uint32_t all) {
      come_.fetch_add(1, std::memory_order_relaxed);
      while (come_.load(std::memory_order_relaxed) != all) explorer::yield();
    }

   private:
    explorer::atomic<std::uint32_t> come_{0};
  };

  static void expect_always(const explorer::Options& options, const std::function<void()>& body) {
    const explorer::Result result = explorer::explore(options, body);
    EXPECT_TRUE(result.passed()) << result.report;
    EXPECT_TRUE(result.complete) << result.covered;
  }
};

// What a thread counted for itself is seen by one who gets the count after that thread did. Each
// count is read twice: two stale reads.
TEST_F(ReferenceOrders, OwnCountsComeBeforeGets) {
  expect_always(within(1, 2), [] {
    Subject subject;
    Stay stay;
    std::uint64_t seen[2] = {};
    const auto work = [&](std::uint8_t t) {
      subject.apply({Make::kInc, 0, 0, t});
      subject.apply({Make::kMeet, 2, 0, t});
      subject.apply({Make::kInc, 0, 0, t});
      seen[t] = subject.apply({Make::kGet, 0, 0, t}).value;
      stay.until(2);
    };
    explorer::parallel([&] { work(0); }, [&] { work(1); });
    explorer::check(seen[0] == 4 || seen[1] == 4, "one of them looked after both had counted");
  });
}

// And by one who changes what that thread had looked at: first the one, then the other, who reads
// what is old, as the store buffer of the first would have it.
TEST_F(ReferenceOrders, OwnCountsComeBeforeLooks) {
  using enum Make;
  struct Case {
    Call look;
    Call change;
  };
  static constexpr Case kCases[] = {
      {{kState, 0}, {kClose, 0}}, {{kCurrent}, {kAdvance}}, {{kGetLabel, 2}, {kSetLabel, 2, 1}}};
  for (const Case& each : kCases)
    expect_always(within(0, 2), [&each] {
      Subject subject;
      Stay stay;
      Result looked;
      std::uint64_t seen = 0;
      explorer::parallel(
          [&] {
            subject.apply({kInc, 2, 0, 0});
            subject.apply({kMeet, 2, 0, 0});
            subject.apply({kInc, 2, 0, 0});
            looked = subject.apply(each.look);
            stay.until(2);
          },
          [&] {
            subject.apply({kMeet, 2, 0, 1});
            subject.apply(each.change);
            seen = subject.apply({kGet, 2, 0, 1}).value;
            stay.until(2);
          });
      explorer::check(looked == subject.apply(each.look) || seen == 2,
                      "who saw what was before the change had counted before it");
    });
}

// A reference goes to and fro between two threads: one takes it, then the other drops it. A reader
// may come by each of the two counts when it is none; as the stores are kept, no preemption is
// needed for that.
TEST_F(ReferenceOrders, WhatIsHandedOverIsNeverNone) {
  expect_always(within(0, 3), [] {
    Subject subject;
    SlabAllocator* const a = subject.allocator();
    Stay stay;
    explorer::atomic<std::uint32_t> step{0};
    const auto in_step = [&](std::uint32_t which, bool drop, bool take) {
      while (step.load(std::memory_order_acquire) != which) explorer::yield();
      if (drop) slab_epoch_dec_refcount(a, 0);
      if (take) slab_epoch_inc_refcount(a, 0);
      step.store(which + 1, std::memory_order_release);
    };
    // The first heap, whose count is read first, is this thread's.
    slab_epoch_inc_refcount(a, 0);
    slab_epoch_dec_refcount(a, 0);
    explorer::thread other([&] {
      in_step(0, false, true);
      in_step(3, true, true);
      in_step(5, true, false);
      stay.until(2);
    });
    in_step(1, false, false);
    explorer::thread reader([&] {
      const std::uint64_t seen = slab_epoch_get_refcount(a, 0);
      explorer::check(seen == 1 || seen == 2, "one of the two holds it");
      stay.until(2);
    });
    in_step(2, false, true);
    in_step(4, true, true);
  });
}

}  // namespace
}  // namespace temporal_slab::modelled
