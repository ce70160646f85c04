// A program with a name, and how it is explored.
#pragma once

#include <gtest/gtest.h>

#include <ostream>
#include <string>

#include "harness/modelled/library.h"
#include "harness/parallel/program.h"

namespace temporal_slab::modelled {

using Program = parallel::Program<Spec>;

struct Scenario {
  std::string name;
  Program program;
  int stale_reads = 1;
  explorer::Result (*explore)(const Program&,
                              const explorer::Options&) = parallel::explore<Spec, Subject>;
};

// Its tests are scenarios_test.cc's; each file of scenarios gives it its own.
class LibraryScenario : public testing::TestWithParam<Scenario> {};

inline std::string name_of(const testing::TestParamInfo<Scenario>& scenario) {
  return scenario.param.name;
}
inline void PrintTo(const Scenario& scenario, std::ostream* out) { *out << scenario.name; }

inline explorer::Options within(int preemptions, int stale_reads) {
  explorer::Options options;
  options.preemptions = preemptions;
  options.stale_reads = stale_reads;
  options.spurious_failures = 0;
  return options;
}

inline explorer::Options by_priorities(std::int64_t schedules) {
  explorer::Options options = within(0, 0);
  options.search = explorer::Search::kPct;
  options.depth = 4;
  options.schedules = schedules;
  return options;
}

}  // namespace temporal_slab::modelled
