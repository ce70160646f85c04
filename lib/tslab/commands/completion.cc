#include "tslab/completion.h"

#include "tslab/commands.h"

namespace temporal_slab::tslab {

int run_completion(const CommandLine&, const Streams& streams) {
  return print(streams, bash_completion()).value_or(kExitOk);
}

}  // namespace temporal_slab::tslab
