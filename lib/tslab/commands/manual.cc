#include "tslab/manual.h"

#include "tslab/commands.h"

namespace temporal_slab::tslab {

int run_manual(const CommandLine&, const Streams& streams) {
  return print(streams, manual_page()).value_or(kExitOk);
}

}  // namespace temporal_slab::tslab
