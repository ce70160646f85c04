// A named scenario of one of the mechanisms of lib/ that are explored by themselves.
#pragma once

#include <vector>

#include "harness/explorer/explorer.h"

namespace temporal_slab::modelled {

struct Scenario {
  const char* name;
  explorer::Options options;
  explorer::Result (*explore)(const explorer::Options& options);
};

std::vector<Scenario> biased_section_scenarios();

}  // namespace temporal_slab::modelled
