// Hot paths use no malloc: this program counts the calls of it.
#include <gtest/gtest.h>
#include <temporal_slab/epoch_domain.h>

#include <cstdlib>

#include "capi/rules_support.h"

namespace {
thread_local std::uint64_t malloc_calls = 0;
}  // namespace

// The C library's own, under the names by which it lets itself be replaced.
extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);

void* malloc(std::size_t bytes) noexcept {
  ++malloc_calls;
  return __libc_malloc(bytes);
}
void* calloc(std::size_t count, std::size_t bytes) noexcept {
  ++malloc_calls;
  return __libc_calloc(count, bytes);
}
void* realloc(void* memory, std::size_t bytes) noexcept {
  ++malloc_calls;
  return __libc_realloc(memory, bytes);
}
}

namespace temporal_slab::rules {
namespace {

template <typename Work>
std::uint64_t malloc_calls_of(Work&& work) {
  const std::uint64_t before = malloc_calls;
  work();
  return malloc_calls - before;
}

// Volatile: a compiler may leave out an allocation that nobody looks at.
TEST(MallocCalls, AreCountedHere) {
  EXPECT_EQ(malloc_calls_of([] {
              void* volatile memory = std::malloc(100);
              std::free(memory);
            }),
            1u);
}

TEST(EveryCallButWholeSnapshots, UsesNoMalloc) {
  const Allocator allocator = make_allocator(0);
  SlabAllocator* a = allocator.get();
  std::vector<SlabHandle> handles(20000);
  char label[SLAB_LABEL_BYTES];
  EXPECT_EQ(malloc_calls_of([&] {
              for (std::size_t i = 0; i < handles.size(); ++i) {
                alloc_obj_epoch(a, kClassBytes[i % 8], static_cast<EpochId>(i % 16), &handles[i]);
              }
              for (std::size_t i = 0; i < handles.size(); i += 2) free_obj(a, handles[i]);
              free_obj(a, 1);
              slab_free(a, slab_realloc(a, slab_malloc(a, 64), 768));
              slab_usable_size(a, slab_malloc_epoch(a, 64, 3));
              slab_epoch_set_label(a, 0, "label");
              slab_epoch_get_label(a, 0, label);
              slab_epoch_inc_refcount(a, 0);
              slab_epoch_dec_refcount(a, 0);
              slab_epoch_release(a, slab_epoch_acquire(a));
              epoch_domain_t* domain = epoch_domain_create(a);
              epoch_domain_enter(domain);
              epoch_domain_exit(domain);
              epoch_domain_destroy(domain);
              for (int i = 0; i < 40; ++i) epoch_advance(a);
              slab_epoch_try_close(a, 3);
              slab_epoch_discard(a, 4);
              epoch_close(a, epoch_current(a));
              SlabGlobalStats global;
              slab_stats_global(a, &global);
              SlabClassStats of_class;
              for (std::uint32_t i = 0; i < SLAB_CLASS_COUNT; ++i)
                slab_stats_class(a, i, &of_class);
              SlabEpochStats of_epoch;
              slab_stats_epoch(a, 0, 0, &of_epoch);
            }),
            0u);
}

}  // namespace
}  // namespace temporal_slab::rules
