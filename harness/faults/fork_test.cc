// What fork() asks of the system: to be told of it, and that a child gets figures of its own.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <temporal_slab/slab_alloc.h>
#include <unistd.h>

#include <cerrno>

#include "harness/faults/failing_calls.h"
#include "stats/segment_test_support.h"

namespace temporal_slab::faults {
namespace {

template <typename Body>
int status_of_child(Body&& body) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(body());
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return status;
}

SlabAllocator* make(bool publish) {
  SlabOptions options;
  slab_options_init(&options);
  options.publish = publish;
  return slab_allocator_create_with(&options);
}

// It is granted once, so each call that may be the one is refused in a process of its own.
// R-2.1-10
TEST(ForkFaults, AnAllocatorThatForkCannotBeToldOfIsNotMadeAndTheNextOneIs) {
  enum { kOther, kRefused, kWrong };
  int found = kOther;
  for (int k = 1; k <= 50 && found == kOther; ++k) {
    const int status = status_of_child([k]() -> int {
      Faults faults(k);
      SlabAllocator* const first = make(false);
      if (!faults.has_failed("pthread_atfork")) return kOther;
      if (first != nullptr || errno != ENOMEM) return kWrong;
      if (faults.mapped_bytes() != 0) return kWrong;
      SlabAllocator* const second = make(false);
      if (second == nullptr) return kWrong;
      slab_allocator_free(second);
      return kRefused;
    });
    ASSERT_TRUE(WIFEXITED(status));
    found = WEXITSTATUS(status);
  }
  EXPECT_EQ(found, kRefused);
}

// R-2.6-1: a child that could only write into its parent's figures ends instead.
TEST(ForkFaults, AChildThatGetsNoFiguresOfItsOwnEnds) {
  const stats::RuntimeFolder folder;
  SlabAllocator* const published = make(true);
  ASSERT_TRUE(slab_allocator_published(published));
  const Faults faults(1);
  const int status = status_of_child([] { return 0; });
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT) << status;
  EXPECT_NE(slab_malloc(published, 100), nullptr);
  slab_allocator_free(published);
}

}  // namespace
}  // namespace temporal_slab::faults
