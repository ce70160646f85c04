#include "plugin.h"

#include <temporal_slab/epoch_domain.h>
#include <temporal_slab/slab_stats.h>

#include <cstring>

namespace {

struct State {
  SlabAllocator* a[2];
};

#define NEED(condition) \
  if (!(condition)) return __LINE__

int work_in(SlabAllocator* a) {
  SlabHandle handle = 0;
  for (int i = 0; i < 100; ++i) {
    void* const object = alloc_obj_epoch(a, 128, epoch_current(a), &handle);
    NEED(object != nullptr);
    std::memset(object, i, 128);
    NEED(free_obj(a, handle));
  }
  slab_epoch_inc_refcount(a, epoch_current(a));
  slab_epoch_dec_refcount(a, epoch_current(a));
  epoch_domain_t* const domain = epoch_domain_create(a);
  NEED(domain != nullptr);
  NEED(epoch_domain_enter(domain));
  NEED(slab_malloc(a, 64) != nullptr);
  NEED(epoch_domain_exit(domain));
  NEED(epoch_domain_destroy(domain));
  return 0;
}

int work(void* state) {
  for (SlabAllocator* const a : static_cast<State*>(state)->a)
    if (const int line = work_in(a); line != 0) return line;
  return 0;
}

void* begin(int published) {
  SlabOptions options;
  slab_options_init(&options);
  options.publish = published != 0;
  auto* const state = new State{};
  for (SlabAllocator*& a : state->a) a = slab_allocator_create_with(&options);
  return state;
}

void end(void* data) {
  auto* const state = static_cast<State*>(data);
  for (SlabAllocator* const a : state->a) slab_allocator_free(a);
  delete state;
}

// Threads that have no heap take the mutex for each object.
int has_heap(void* data) {
  SlabAllocator* const a = static_cast<State*>(data)->a[0];
  SlabClassStats before;
  SlabClassStats after;
  // A slab that is full is changed for another with the mutex.
  for (int i = 0; i < 3; ++i) {
    slab_stats_class(a, 2, &before);
    slab_free(a, slab_malloc_epoch(a, 128, epoch_current(a)));
    slab_stats_class(a, 2, &after);
    if (after.lock_fast_acquire == before.lock_fast_acquire) return 1;
  }
  return 0;
}

}  // namespace

extern "C" __attribute__((visibility("default"))) const LoadingPlugin* loading_plugin() {
  static const LoadingPlugin plugin = {begin, work, end, has_heap};
  return &plugin;
}
