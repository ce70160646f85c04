// The C++20 memory model as its axioms say it, over all candidate executions of a small program:
// slow, and written without any thought of the explorer, which is judged by it.
#pragma once

#include "harness/explorer/litmus/program.h"

namespace temporal_slab::explorer::litmus {

// The outcomes of all consistent executions. Without `load_buffering` those in which "sequenced
// before or read from" has a cycle are left out.
Outcomes consistent_outcomes(const Program& program, bool load_buffering);

}  // namespace temporal_slab::explorer::litmus
