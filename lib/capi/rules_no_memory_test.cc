// What happens when the kernel has no more to give. Each test runs in a child
// process whose limits it lowers; the child says by its exit code what it saw.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

#include "capi/rules_support.h"

namespace temporal_slab::rules {
namespace {

enum Verdict : int {
  kGood = 0,
  kNeverRefused = 1,
  kWrongErrno = 2,
  kFreeFailed = 3,
  kNothingCameBack = 4,
  kCloseKeptObjects = 5,
  kRingStuck = 6,
  kCountsWrong = 7,
  kNoCreation = 8,
};

int exit_code_of(int (*child)()) {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(child());
  int status = 0;
  EXPECT_EQ(::waitpid(pid, &status, 0), pid);
  EXPECT_TRUE(WIFEXITED(status)) << "status " << status;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

// No new mapping succeeds from here on; what is mapped stays.
void forbid_new_mappings() {
  const rlimit none = {1, 1};
  ::setrlimit(RLIMIT_AS, &none);
}

// More than any allocator keeps mapped ahead.
constexpr std::size_t kMostObjects = 4'000'000;

std::size_t fill(SlabAllocator* allocator, void** last) {
  std::size_t count = 0;
  for (; count < kMostObjects; ++count) {
    errno = 0;
    void* pointer = slab_malloc_epoch(allocator, 768, 0);
    if (pointer == nullptr) break;
    *last = pointer;
  }
  return count;
}

// R-2.1-10
TEST(WithoutMemory, AllocationFailsWithENOMEM) {
  EXPECT_EQ(exit_code_of([]() -> int {
              SlabAllocator* allocator = slab_allocator_create();
              forbid_new_mappings();
              void* last = nullptr;
              if (fill(allocator, &last) == kMostObjects) return kNeverRefused;
              return errno == ENOMEM ? kGood : kWrongErrno;
            }),
            kGood);
}

// R-2.1-10
TEST(WithoutMemory, EverythingElseGoesOnWorking) {
  EXPECT_EQ(exit_code_of([]() -> int {
              SlabAllocator* allocator = slab_allocator_create();
              SlabHandle handle = 0;
              alloc_obj_epoch(allocator, 768, 0, &handle);
              forbid_new_mappings();
              void* last = nullptr;
              const std::size_t count = fill(allocator, &last);
              if (count == kMostObjects) return kNeverRefused;
              if (!free_obj(allocator, handle)) return kFreeFailed;
              // A slot is free again, so an allocation succeeds again.
              if (slab_malloc_epoch(allocator, 768, 0) == nullptr) return kNothingCameBack;
              slab_free(allocator, last);
              epoch_advance(allocator);
              if (epoch_current(allocator) != 1) return kRingStuck;
              if (slab_epoch_discard(allocator, 0) != count) return kCloseKeptObjects;
              // Whole slabs are free again, for any class and epoch.
              if (slab_malloc(allocator, 64) == nullptr) return kNothingCameBack;
              SlabGlobalStats stats;
              slab_stats_global(allocator, &stats);
              if (stats.total_allocs - stats.total_frees != 1) return kCountsWrong;
              slab_allocator_free(allocator);
              return kGood;
            }),
            kGood);
}

// R-2.1-10
TEST(WithoutMemory, AnAllocatorIsNotCreatedAndTheNextOneIs) {
  EXPECT_EQ(exit_code_of([]() -> int {
              rlimit before;
              ::getrlimit(RLIMIT_AS, &before);
              const rlimit none = {1, before.rlim_max};
              ::setrlimit(RLIMIT_AS, &none);
              errno = 0;
              SlabAllocator* refused = slab_allocator_create();
              if (refused != nullptr) return kNeverRefused;
              if (errno != ENOMEM) return kWrongErrno;
              ::setrlimit(RLIMIT_AS, &before);
              SlabAllocator* allocator = slab_allocator_create();
              if (slab_malloc(allocator, 64) == nullptr) return kNoCreation;
              slab_allocator_free(allocator);
              return kGood;
            }),
            kGood);
}

// R-2.1-10
TEST(WithoutMemory, TheSameAllocatorServesAgainOnceThereIsSome) {
  EXPECT_EQ(exit_code_of([]() -> int {
              SlabAllocator* allocator = slab_allocator_create();
              rlimit before;
              ::getrlimit(RLIMIT_AS, &before);
              const rlimit none = {1, before.rlim_max};
              ::setrlimit(RLIMIT_AS, &none);
              void* last = nullptr;
              if (fill(allocator, &last) == kMostObjects) return kNeverRefused;
              ::setrlimit(RLIMIT_AS, &before);
              for (int i = 0; i < 100000; ++i) {
                if (slab_malloc_epoch(allocator, 768, 0) == nullptr) return kNothingCameBack;
              }
              slab_allocator_free(allocator);
              return kGood;
            }),
            kGood);
}

// R-2-2
TEST(WithoutMemory, NotEvenForMallocASnapshotIsRefused) {
  EXPECT_EQ(exit_code_of([]() -> int {
              SlabAllocator* allocator = slab_allocator_create();
              const int null_device = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
              forbid_new_mappings();
              // Volatile: a compiler may leave out an allocation that nobody looks at.
              void* volatile memory = nullptr;
              for (std::size_t bytes = 1 << 20; bytes > 0; bytes /= 2) {
                do memory = std::malloc(bytes);
                while (memory != nullptr);
              }
              errno = 0;
              if (slab_stats_write_json(allocator, null_device)) return kNeverRefused;
              if (errno != ENOMEM) return kWrongErrno;
              return slab_malloc(allocator, 64) == nullptr || errno == ENOMEM ? kGood : kWrongErrno;
            }),
            kGood);
}

}  // namespace
}  // namespace temporal_slab::rules
