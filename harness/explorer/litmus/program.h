// Litmus programs as text, so that the same one is run by the explorer and judged by the axioms.
//
//   "x=1.rlx; f.sc; r0=y.acq | r1=x+1.ar; mb; r2=y=5.rlx"
//
// Threads stand between bars. Locations are x, y, z (initially 0), registers r0 to r7. `x=1`
// stores, `r0=x` loads, `r0=x+1` is fetch_add, `r0=x=5` exchange, `f` a fence, `mb` membarrier,
// `lb` light_barrier. Orders: rlx, acq, rel, ar, sc.
#pragma once

#include <array>
#include <atomic>
#include <set>
#include <string>
#include <vector>

#include "temporal_slab_explorer/options.h"

namespace temporal_slab::explorer::litmus {

enum class Kind { kLoad, kStore, kAdd, kExchange, kFence, kMembarrier, kLightBarrier };

struct Instruction {
  Kind kind = Kind::kLoad;
  int location = -1;
  int value = 0;
  int reg = -1;
  std::memory_order order = std::memory_order_seq_cst;
};

inline constexpr int kLocations = 3;
inline constexpr int kRegisters = 8;

struct Program {
  std::vector<std::vector<Instruction>> threads;
};

// What an execution ends with.
struct Outcome {
  std::array<int, kRegisters> registers{};
  std::array<int, kLocations> locations{};
  auto operator<=>(const Outcome&) const = default;
};
using Outcomes = std::set<Outcome>;

Program parse(const std::string& text);
// "r0=1 r1=0 x=2": true if the outcome agrees in all that is named.
bool matches(const Outcome& outcome, const std::string& condition);
std::string to_text(const Outcome& outcome);
std::string to_text(const Program& program);

// The body of one run of the explorer.
Outcome run_threads_of(const Program& program);

// All that the explorer reaches within bounds, and how it ended; without them any number of
// preemptions.
Outcomes reached_outcomes(const Program& program, const Options& options, Result* result);
Outcomes reached_outcomes(const Program& program, Result* result);

}  // namespace temporal_slab::explorer::litmus
