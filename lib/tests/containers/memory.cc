// The memory that somebody else's tests run on: one scope, which the main thread is in from before
// the first constructor to after the last destructor. TEMPORAL_SLAB_TEST_MEMORY says which resource
// is the default one, domain or epoch; TEMPORAL_SLAB_TEST_COUNTS is the file that gets what was
// allocated, what still lives at the end, and how much was not ours or not aligned.
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory_resource>
#include <temporal_slab/temporal_slab.hpp>

namespace temporal_slab_test {

void check_ours(const void* objects, std::size_t alignment) noexcept;

namespace {

using temporal_slab::Allocator;
using temporal_slab::DomainResource;
using temporal_slab::EpochResource;

struct Memory {
  Allocator allocator;
  temporal_slab::Epoch scope{allocator, "somebody else's test"};
  temporal_slab::Domain domain{scope};
  temporal_slab::DomainScope inside{domain};
  DomainResource of_domain;
  EpochResource of_epoch{scope};
  std::atomic<unsigned long> wrong{0};

  std::pmr::memory_resource* chosen() {
    const char* name = std::getenv("TEMPORAL_SLAB_TEST_MEMORY");
    if (name != nullptr && std::strcmp(name, "domain") == 0) return &of_domain;
    if (name != nullptr && std::strcmp(name, "epoch") == 0) return &of_epoch;
    std::fputs("TEMPORAL_SLAB_TEST_MEMORY is not domain or epoch\n", stderr);
    std::abort();
  }
};

Memory* memory;

[[gnu::constructor(101)]] void begin() {
  memory = new Memory;
  std::pmr::set_default_resource(memory->chosen());
}

[[gnu::destructor(101)]] void end() {
  SlabGlobalStats stats;
  slab_stats_global(memory->allocator.get(), &stats);
  std::FILE* file = std::fopen(std::getenv("TEMPORAL_SLAB_TEST_COUNTS"), "w");
  if (file == nullptr) std::abort();
  std::fprintf(
      file, "%llu %llu %llu\n", static_cast<unsigned long long>(stats.total_allocs),
      static_cast<unsigned long long>(stats.total_allocs - stats.total_frees),
      static_cast<unsigned long long>(stats.invalid_frees + stats.stale_frees + memory->wrong));
  std::fclose(file);
}

}  // namespace

void check_ours(const void* objects, std::size_t alignment) noexcept {
  if (slab_allocator_of(objects) == nullptr ||
      reinterpret_cast<std::uintptr_t>(objects) % alignment != 0)
    ++memory->wrong;
}

}  // namespace temporal_slab_test

// In the place of the C++ library's: what a test takes for "the heap" is ours as well.
std::pmr::memory_resource* std::pmr::new_delete_resource() noexcept {
  return temporal_slab_test::memory->chosen();
}

// The resource that the tests bring along takes its memory so.
void* operator new(std::size_t bytes, std::align_val_t alignment) {
  void* object = temporal_slab_test::memory->chosen()->allocate(bytes, std::size_t(alignment));
  temporal_slab_test::check_ours(object, std::size_t(alignment));
  return object;
}
void operator delete(void* object, std::align_val_t alignment) noexcept {
  temporal_slab_test::check_ours(object, std::size_t(alignment));
  temporal_slab_test::memory->chosen()->deallocate(object, 0, std::size_t(alignment));
}
void operator delete(void* object, std::size_t, std::align_val_t alignment) noexcept {
  operator delete(object, alignment);
}
