// To be preloaded: each program publishes an allocator then, also `sh`, `nice` and `sleep`.
#include <temporal_slab/slab_alloc.h>

namespace {

[[gnu::constructor]] void publish() {
  SlabOptions options;
  slab_options_init(&options);
  options.publish = true;
  slab_allocator_create_with(&options);  // stays until the process ends
}

}  // namespace
