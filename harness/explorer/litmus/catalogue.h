// The litmus tests that the literature knows by name, each with what C++20 says of it.
#pragma once

#include <vector>

namespace temporal_slab::explorer::litmus {

struct Litmus {
  const char* name;
  const char* program;
  // Conditions on the outcome, between bars. Of each forbidden one no outcome is ever reached, of
  // each allowed one some outcome is.
  const char* forbidden;
  const char* allowed;
  // Allowed by C++20 and not reached: load buffering, the gap of the model.
  const char* gap = "";
};

const std::vector<Litmus>& catalogue();

}  // namespace temporal_slab::explorer::litmus
