// A user's C++17 program without exceptions, which takes the C API: says "ok" when the
// library answers as it should. Every public C header, in the user's own flags.
#include <temporal_slab/epoch_domain.h>
#include <temporal_slab/slab_alloc.h>
#include <temporal_slab/slab_stats.h>

#include <cstdio>
#include <memory>

namespace {

struct Free {
  void operator()(SlabAllocator* allocator) const { slab_allocator_free(allocator); }
};

int fail(const char* what) {
  std::printf("%s\n", what);
  return 1;
}

}  // namespace

int main() {
  SlabOptions options;
  slab_options_init(&options);
  const std::unique_ptr<SlabAllocator, Free> allocator(slab_allocator_create_with(&options));
  if (allocator == nullptr) return fail("create");
  slab_epoch_set_label(allocator.get(), epoch_current(allocator.get()), "guest");
  slab_epoch_inc_refcount(allocator.get(), 0);
  void* const object = slab_malloc_epoch(allocator.get(), 100, 0);
  SlabEpochStats stats;
  slab_stats_epoch(allocator.get(), 2, 0, &stats);  // slots of 128 bytes
  if (stats.refcount != 1 || stats.live_objects != 1) return fail("stats");
  slab_free(allocator.get(), object);
  slab_epoch_dec_refcount(allocator.get(), 0);
  std::puts("ok");
  return 0;
}
