// A named scenario of one of the mechanisms of lib/ that are explored by themselves.
#pragma once

#include <functional>
#include <ostream>
#include <vector>

#include "temporal_slab_explorer/explorer.h"

namespace temporal_slab::modelled {

struct Scenario {
  const char* name;
  explorer::Options options;
  std::function<explorer::Result(const explorer::Options&)> explore;
};

// As GoogleTest shows it.
inline void PrintTo(const Scenario& scenario, std::ostream* out) { *out << scenario.name; }

std::vector<Scenario> biased_section_scenarios();

}  // namespace temporal_slab::modelled
