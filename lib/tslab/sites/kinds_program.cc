// Takes a reference of each kind of kinds.cc, on the first epoch and a thread that has
// the kind's name, says so, and ends as after a crash: the names are looked up in what
// it leaves.
#include <pthread.h>
#include <unistd.h>

#include <thread>

#include "tslab/sites/kinds.h"

int main() {
  temporal_slab::Options options;
  options.publish = true;
  temporal_slab::Allocator allocator(options);
  for (const Kind* kind = site_kinds(); kind->name != nullptr; ++kind)
    std::thread([&] {
      pthread_setname_np(pthread_self(), kind->name);
      kind->take(allocator);
    }).join();
  _exit(0);
}
