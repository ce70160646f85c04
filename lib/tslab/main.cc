#include <signal.h>

#include "tslab/run.h"

int main(int argc, char** argv) {
  // Output to a closed pipe ends quietly, by what write returns.
  signal(SIGPIPE, SIG_IGN);
  return temporal_slab::tslab::run(argc, argv, {});
}
