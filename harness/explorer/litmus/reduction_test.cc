// Partial-order reduction leaves out schedules and nothing else: the same outcomes with it as
// without, for the catalogue and for programs drawn by lot, within every kind of bound.
#include <gtest/gtest.h>

#include <iostream>
#include <set>
#include <string>
#include <vector>

#include "harness/explorer/corpus/bug.h"
#include "harness/explorer/litmus/catalogue.h"
#include "harness/explorer/litmus/draw.h"
#include "temporal_slab_explorer/explorer.h"

namespace temporal_slab::explorer::litmus {
namespace {

#if defined(TEMPORAL_SLAB_FEWER_PROGRAMS)
constexpr int kPart = 10;
#else
constexpr int kPart = 1;
#endif

struct Counted {
  std::int64_t without = 0;
  std::int64_t with = 0;
  std::int64_t repetitions = 0;  // of those with
};

void expect_same(const Program& program, Options options, Counted* counted) {
  Result without;
  options.reduction = false;
  const Outcomes all = reached_outcomes(program, options, &without);
  Result with;
  options.reduction = true;
  const Outcomes reduced = reached_outcomes(program, options, &with);
  ASSERT_TRUE(without.complete && with.complete) << to_text(program);
  for (const Outcome& each : all) {
    ASSERT_TRUE(reduced.contains(each))
        << to_text(program) << "\nleft out: " << to_text(each) << "\n"
        << with.covered;
  }
  EXPECT_EQ(reduced, all) << to_text(program);
  EXPECT_LE(with.schedules, without.schedules) << to_text(program);
  counted->without += without.schedules;
  counted->with += with.schedules;
  counted->repetitions += with.repetitions;
}

Options within(int preemptions, int stale_reads) {
  Options options;
  options.preemptions = preemptions;
  options.stale_reads = stale_reads;
  return options;
}

void tell(const char* what, const Counted& counted) {
  std::cout << what << ": " << counted.without << " schedules without reduction, " << counted.with
            << " with, " << counted.repetitions << " of them begun in vain\n";
}

struct Bound {
  const char* name;
  int preemptions;
  int stale_reads;
};

class Reduction : public ::testing::TestWithParam<Bound> {
 protected:
  Options options() const { return within(GetParam().preemptions, GetParam().stale_reads); }
};

TEST_P(Reduction, ReachesAllThatTheCatalogueReaches) {
  Counted counted;
  for (const Litmus& litmus : catalogue()) {
    expect_same(parse(litmus.program), options(), &counted);
    if (HasFatalFailure()) return;
  }
  tell("catalogue", counted);
  EXPECT_LT(counted.with, counted.without);
}

TEST_P(Reduction, ReachesAllThatDrawnProgramsReach) {
  struct Size {
    int threads, instructions, events, programs;
  };
  Counted counted;
  Random random(11);
  // Where no load is stale, steps in order tell more and cost less: larger programs.
  const std::vector<Size> sizes =
      GetParam().stale_reads > 0
          ? std::vector{Size{2, 4, 7, 100}, Size{3, 3, 7, 80}, Size{4, 2, 7, 20}}
          : std::vector{Size{3, 4, 10, 150}, Size{4, 3, 10, 50}};
  for (const Size& size : sizes) {
    for (int i = 0; i < size.programs / kPart; ++i) {
      Program program = draw(random, size.threads, size.instructions, size.events);
      for (auto& thread : program.threads) {
        for (Instruction& each : thread) {
          if (each.kind == Kind::kFence && random.below(2) == 0) each.kind = Kind::kMembarrier;
        }
      }
      expect_same(program, options(), &counted);
      if (HasFatalFailure()) return;
    }
  }
  tell("drawn programs", counted);
  EXPECT_LT(counted.with, counted.without);
}

// Threads that wait for each other: who came when is the outcome.
template <typename Body>
void expect_same_orders(Options options, const Body& body) {
  std::set<std::string> orders[2];
  for (const bool reduction : {false, true}) {
    options.reduction = reduction;
    std::string order;
    const Result result = explore(options, [&] {
      order.clear();
      body(&order);
      orders[reduction].insert(order);
    });
    ASSERT_TRUE(result.complete) << result.report;
  }
  EXPECT_EQ(orders[0], orders[1]);
}

TEST_P(Reduction, ReachesAllOrdersOfThreadsThatWait) {
  const auto relaxed = std::memory_order_relaxed;
  // A holder lets go while others do something else, or come and find it taken.
  expect_same_orders(options(), [&](std::string* order) {
    mutex m;
    atomic<int> x{0};
    const auto enter = [&](char name) {
      return [&, name] {
        const int seen = x.fetch_add(1, relaxed);
        m.lock();
        *order += name;
        *order += static_cast<char>('0' + seen);
        m.unlock();
        x.store(5, relaxed);
      };
    };
    parallel(enter('a'), enter('b'));
    *order += std::to_string(x.load());
  });
  // One spins for what another does, beside a third.
  expect_same_orders(options(), [&](std::string* order) {
    atomic<int> x{0};
    atomic<int> y{0};
    int seen = 0;
    int rounds = 0;
    parallel([&] { x.store(1, relaxed), x.store(2, relaxed); },
             [&] {
               while (x.load(relaxed) == 0) ++rounds, yield();
               y.store(x.load(relaxed), relaxed);
             },
             [&] { seen = y.load(relaxed) * 10 + x.load(relaxed); });
    *order = std::to_string(seen) + "/" + std::to_string(rounds) + "/" + std::to_string(y.load());
  });
  // One sleeps until it is woken, and is counted.
  expect_same_orders(options(), [&](std::string* order) {
    atomic<int> x{0};
    atomic<int> y{0};
    int seen = 0;
    parallel(
        [&] {
          y.store(1, relaxed);
          x.store(1);
          x.notify_all();
          y.store(2, relaxed);
        },
        [&] {
          x.wait(0);
          seen = y.load(relaxed);
        });
    *order = std::to_string(seen);
  });
}

// Mutexes, spinning, waiting, memory: what litmus programs have not.
TEST_P(Reduction, FindsTheBugsThatAreFoundWithoutIt) {
  Counted counted;
  for (const auto* bugs :
       {&corpus::locks(), &corpus::protocols(), &corpus::published(), &corpus::structures()}) {
    for (const corpus::Bug& bug : *bugs) {
      for (const bool repaired : {false, true}) {
        if (repaired && GetParam().preemptions > bug.preemptions) continue;
        Options each = options();
        const auto body = [&] { bug.scenario(repaired); };
        each.reduction = false;
        const Result without = explore(each, body);
        each.reduction = true;
        const Result with = explore(each, body);
        EXPECT_EQ(with.verdict, without.verdict) << bug.name << with.report << without.report;
        EXPECT_EQ(with.complete, without.complete) << bug.name;
        if (without.complete) {
          counted.without += without.schedules;
          counted.with += with.schedules;
          counted.repetitions += with.repetitions;
        }
      }
    }
  }
  tell("known bugs", counted);
}

INSTANTIATE_TEST_SUITE_P(Within, Reduction,
                         ::testing::Values(Bound{"AnyPreemptions", kUnlimited, kUnlimited},
                                           Bound{"AnyPreemptionsOneStale", kUnlimited, 1},
                                           Bound{"OnePreemptionNoStale", 1, 0},
                                           Bound{"TwoPreemptionsNoStale", 2, 0},
                                           Bound{"ThreePreemptionsNoStale", 3, 0},
                                           Bound{"OnePreemption", 1, 1},
                                           Bound{"TwoPreemptions", 2, 2}),
                         [](const auto& bound) { return std::string(bound.param.name); });

}  // namespace
}  // namespace temporal_slab::explorer::litmus
