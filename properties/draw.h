// Programs drawn at random: which calls, with which arguments, on which allocator.
#pragma once

#include <rapidcheck/Gen.h>

#include <iosfwd>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/session/session.h"

namespace temporal_slab::properties {

using harness::session::Call;
using harness::session::Config;
using harness::session::Operation;

struct Weighted {
  Operation operation;
  std::uint32_t weight;
};

// What one state machine is made of.
struct Machine {
  std::string_view name;
  std::span<const Weighted> operations;
  std::uint32_t most_retained_pages;
  std::uint32_t most_pages;  // of max_bytes; 0: no limit
  std::uint32_t threads;     // 1 to kCrew
};

struct Program {
  Config config;
  std::vector<Call> calls;
};

// Swarm: each program leaves out some of the machine's operations.
rc::Gen<Program> draw_program(const Machine& machine);

// Any bytes but NUL, more often of the kinds that break things.
std::string draw_text(rc::Random& random);

// As C calls, with what differed; runs the program once more for it. RapidCheck
// finds it by its name.
void showValue(const Program& program, std::ostream& out);

// "" or what differed.
std::string run(const Program& program);

}  // namespace temporal_slab::properties
