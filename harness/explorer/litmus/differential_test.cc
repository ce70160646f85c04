// The explorer against the axioms, on programs drawn by lot: the same outcomes, no more, no fewer.
#include <gtest/gtest.h>

#include <cstdlib>

#include "harness/explorer/litmus/axioms.h"
#include "harness/explorer/random.h"

namespace temporal_slab::explorer::litmus {
namespace {

// How likely each kind of access is told by how often it stands here.
constexpr Kind kKinds[] = {Kind::kLoad,  Kind::kLoad, Kind::kLoad,     Kind::kStore,
                           Kind::kStore, Kind::kAdd,  Kind::kExchange, Kind::kFence};

std::memory_order order_for(Kind kind, Random& random) {
  using enum std::memory_order;
  constexpr std::memory_order kLoads[] = {relaxed, acquire, seq_cst};
  constexpr std::memory_order kStores[] = {relaxed, release, seq_cst};
  constexpr std::memory_order kBoth[] = {relaxed, acquire, release, acq_rel, seq_cst};
  constexpr std::memory_order kFences[] = {acquire, release, acq_rel, seq_cst, seq_cst};
  switch (kind) {
    case Kind::kLoad:
      return kLoads[random.below(3)];
    case Kind::kStore:
      return kStores[random.below(3)];
    case Kind::kFence:
      return kFences[random.below(5)];
    default:
      return kBoth[random.below(5)];
  }
}

Program draw(Random& random, int threads, int most_instructions, int most_events) {
  Program program;
  int reg = 0;
  int value = 1;
  int events = 0;
  for (int t = 0; t < threads; ++t) {
    program.threads.emplace_back();
    for (int i = 1 + random.below(most_instructions); i > 0 && events < most_events;
         --i, ++events) {
      Instruction each;
      each.kind = kKinds[random.below(static_cast<int>(std::size(kKinds)))];
      const bool reads =
          each.kind == Kind::kLoad || each.kind == Kind::kAdd || each.kind == Kind::kExchange;
      if (reads && reg == kRegisters)
        each.kind = Kind::kStore;
      else if (reads)
        each.reg = reg++;
      if (each.kind != Kind::kFence) each.location = random.below(2);
      if (each.kind == Kind::kStore || each.kind == Kind::kExchange) each.value = value++;
      if (each.kind == Kind::kAdd) each.value = 10;
      each.order = order_for(each.kind, random);
      program.threads.back().push_back(each);
    }
  }
  return program;
}

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
