// A small program for rules_valgrind_test.sh and rules_asan_test.sh: its argument
// says what it does wrong.
#include <temporal_slab/epoch_domain.h>
#include <temporal_slab/slab_alloc.h>

#include <cstdio>
#include <cstring>
#include <string_view>

namespace {

constexpr std::size_t kBytes = 64;

// Allocates and frees in every way there is, and uses what it may.
void work(SlabAllocator* allocator) {
  SlabHandle handles[200];
  for (SlabHandle& handle : handles) {
    void* object = alloc_obj_epoch(allocator, kBytes, 0, &handle);
    std::memset(object, 1, kBytes);
  }
  for (std::size_t i = 0; i < 200; i += 2) free_obj(allocator, handles[i]);

  void* grown = slab_malloc(allocator, 100);
  std::memset(grown, 1, 100);
  grown = slab_realloc(allocator, grown, 700);
  std::memset(grown, 1, 700);
  slab_free(allocator, grown);
  for (const std::size_t bytes : {std::size_t{5000}, std::size_t{100'000}}) {
    void* larger = slab_malloc(allocator, bytes);
    std::memset(larger, 1, bytes);
    larger = slab_realloc(allocator, larger, bytes / 2);
    std::memset(larger, 1, bytes / 2);
    slab_free(allocator, larger);
  }

  epoch_domain_t* domain = epoch_domain_create(allocator);
  epoch_domain_enter(domain);
  std::memset(slab_malloc(allocator, 300), 1, 300);
  epoch_domain_exit(domain);
  epoch_domain_destroy(domain);

  slab_epoch_discard(allocator, 0);  // with a hundred objects alive
  std::memset(slab_malloc(allocator, kBytes), 1, kBytes);
  epoch_close(allocator, epoch_current(allocator));
}

// What the wrong programs do with an object of kBytes.
char misuse(SlabAllocator* allocator, std::string_view what) {
  SlabHandle handle = 0;
  auto* object = static_cast<volatile char*>(alloc_obj_epoch(allocator, kBytes, 5, &handle));
  object[0] = 1;
  if (what == "read-after-free") {
    free_obj(allocator, handle);
    return object[0];
  }
  if (what == "write-after-free") {
    free_obj(allocator, handle);
    object[kBytes - 1] = 1;
  }
  if (what == "read-after-discard") {
    slab_epoch_discard(allocator, 5);
    return object[0];
  }
  if (what == "write-past-the-end") object[kBytes] = 1;
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  SlabAllocator* allocator = slab_allocator_create();
  // Printed, so that no compiler leaves a read out.
  if (misuse(allocator, argv[1]) == 77) std::puts("77");
  work(allocator);
  slab_allocator_free(allocator);  // with objects alive: they go with it
  return 0;
}
