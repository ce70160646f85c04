// A process that forks while another of its threads makes the first allocator: its child makes its
// own (R-2.6-1).
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <thread>

#include "capi/rules_folder_support.h"
#include "capi/rules_support.h"

namespace temporal_slab::rules {
namespace {

constexpr unsigned kRounds = 100;

enum Code { kWorks = 7, kUnpublished, kHangs };

int make_one() {
  ::alarm(10);
  SlabAllocator* const mine = make_named_allocator("the child's", true).release();
  return slab_allocator_published(mine) ? kWorks : kUnpublished;
}

// In a process that has made none.
int fork_meanwhile(unsigned round) {
  std::atomic<int> ready{0};
  std::atomic<bool> forked{false};
  std::thread first([&] {
    ++ready;
    while (ready != 2) {
    }
    make_named_allocator("the first", true).release();
    // The child would be told of a thread that has ended and that it never joins.
    while (!forked) {
    }
  });
  while (ready != 1) {
  }
  ++ready;
  const auto moment =
      std::chrono::steady_clock::now() + std::chrono::microseconds(5) * (round % kRounds);
  while (std::chrono::steady_clock::now() < moment) {
  }
  const pid_t child = ::fork();
  if (child == 0) ::_exit(make_one());
  forked = true;
  int status = 0;
  ::waitpid(child, &status, 0);
  first.join();
  return WIFEXITED(status) ? WEXITSTATUS(status) : kHangs;
}

// R-2.6-1
TEST(FirstFork, WhileTheFirstAllocatorIsMadeHasAChildThatMakesItsOwn) {
  const RuntimeFolder runtime;
  for (unsigned round = 0; round < kRounds && !HasFailure(); ++round) {
    std::fflush(nullptr);
    const pid_t process = ::fork();
    if (process == 0) ::_exit(fork_meanwhile(round));
    int status = 0;
    ASSERT_EQ(::waitpid(process, &status, 0), process);
    ASSERT_TRUE(WIFEXITED(status)) << "signal " << WTERMSIG(status);
    EXPECT_EQ(WEXITSTATUS(status), kWorks) << "round " << round;
  }
}

}  // namespace
}  // namespace temporal_slab::rules
