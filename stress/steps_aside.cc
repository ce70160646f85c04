// Other allocators, made and freed while the one under stress goes on.
#include <temporal_slab/slab_stats.h>

#include <cerrno>
#include <vector>

#include "stress/report.h"
#include "stress/steps.h"

namespace temporal_slab::stress {
namespace {

SlabAllocator* create(Random& random) {
  SlabOptions options{};
  slab_options_init(&options);
  options.name = "aside";
  options.publish = random.one_in(8);
  if (random.one_in(2)) options.retain_bytes = random.below(64) * 1024;
  SlabAllocator* allocator = slab_allocator_create_with(&options);
  if (allocator == nullptr) fail("slab_allocator_create_with: " + error_name(errno));
  return allocator;
}

// Neither allocator takes what is the other's (R-2.1-5).
void check_borders(World& world, Worker& me, SlabAllocator* other, SlabHandle theirs) {
  errno = 0;
  if (free_obj(world.allocator, theirs) || errno != EINVAL)
    fail("another allocator's handle: accepted or " + error_name(errno));
  ++me.tally.invalid_frees;
  if (me.objects.empty()) return;
  const Object& mine = me.objects.back();
  errno = 0;
  slab_free(other, mine.address);
  if (errno != EINVAL) fail("another allocator's pointer: " + error_name(errno));
  errno = 0;
  if (mine.handle != 0 && (free_obj(other, mine.handle) || errno != EINVAL))
    fail("a handle in another allocator: accepted or " + error_name(errno));
}

void check_figures(SlabAllocator* other, std::uint64_t allocs, std::uint64_t frees) {
  SlabGlobalStats global{};
  slab_stats_global(other, &global);
  if (global.total_allocs != allocs || global.total_frees != frees ||
      global.refcount_underflows != 1)
    fail(
        text("figures of another allocator: %llu allocs, %llu frees, %llu underflows; expected "
             "%llu, %llu, 1",
             static_cast<unsigned long long>(global.total_allocs),
             static_cast<unsigned long long>(global.total_frees),
             static_cast<unsigned long long>(global.refcount_underflows),
             static_cast<unsigned long long>(allocs), static_cast<unsigned long long>(frees)));
}

}  // namespace

void aside(World& world, Worker& me) {
  SlabAllocator* other = create(me.random);
  std::vector<SlabHandle> handles;
  const std::uint64_t most = 1 + me.random.below(200);
  std::uint64_t frees = 0;
  for (std::uint64_t i = 0; i < most; ++i) {
    SlabHandle handle = 0;
    const std::uint32_t size = random_size(me.random);
    if (alloc_obj_epoch(other, size, epoch_current(other), &handle) == nullptr)
      fail("alloc_obj_epoch in another allocator: " + error_name(errno));
    handles.push_back(handle);
    if (me.random.one_in(32)) epoch_advance(other);
  }
  check_borders(world, me, other, handles.back());
  for (const SlabHandle handle : handles) {
    if (!me.random.one_in(2)) continue;
    if (!free_obj(other, handle)) fail("free_obj in another allocator: " + error_name(errno));
    ++frees;
  }
  slab_epoch_dec_refcount(other, 0);
  check_figures(other, most, frees);
  slab_allocator_free(other);
  for (const SlabHandle handle : handles) me.foreign.add(handle);
  ++me.tally.asides;
}

}  // namespace temporal_slab::stress
