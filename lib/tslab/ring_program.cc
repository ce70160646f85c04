// What series_test.py scrapes: turns the ring of a published allocator as often as each line of its
// standard input says, an incarnation a request: a label of its own, a reference, objects that go
// with it.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <temporal_slab/temporal_slab.hpp>

int main() {
  using namespace temporal_slab;
  Options options;
  options.name = "turning";
  options.publish = true;
  Allocator allocator(options);
  char line[32];
  int requests = 0;
  while (std::fgets(line, sizeof(line), stdin) != nullptr) {
    for (int turns = std::atoi(line); turns > 0; --turns) {
      const EpochRef reference(allocator);
      allocator.set_label(reference.epoch(), "request-" + std::to_string(++requests));
      for (int i = 0; i < 20; ++i) allocator.deallocate(allocator.allocate(100));
      allocator.advance();
    }
  }
}
