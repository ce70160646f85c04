// A whole run of tslab, in this process: what main does, and what tests call.
#pragma once

#include "tslab/streams.h"

namespace temporal_slab::tslab {

// `argv` as main has it. Returns the exit code. SIGPIPE must be ignored.
int run(int argc, const char* const* argv, const Streams& streams);

}  // namespace temporal_slab::tslab
