#include "sync/native.h"

#include <errno.h>
#include <gtest/gtest.h>
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <thread>
#include <vector>

#include "sync/thread.h"

namespace temporal_slab::sync {
namespace {

TEST(Native, TheHookRunsOnceAtTheEndOfEachThreadThatAskedForIt) {
  static std::atomic<int> ends{0};
  ends = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([t] {
      if (t == 0) return;
      EXPECT_EQ(at_thread_exit([] { ends += 100; }), 0);
      EXPECT_EQ(at_thread_exit([] { ++ends; }), 0);
      EXPECT_EQ(ends.load() / 100, 0);
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(ends, 3);
}

TEST(Native, TheHookRunsAfterThreadLocalDestructors) {
  static std::atomic<int> order{0};
  struct Last {
    ~Last() { order = order * 10 + 1; }
  };
  std::thread([] {
    thread_local Last last;
    EXPECT_NE(&last, nullptr);
    at_thread_exit([] { order = order * 10 + 2; });
  }).join();
  EXPECT_EQ(order, 12);
}

TEST(Native, EachThreadHasItsOwnObjectThatBeginsAsZero) {
  struct Mine {
    int value;
  };
  this_threads<Mine>().value = 7;
  Mine* other = nullptr;
  std::thread([&other] {
    other = &this_threads<Mine>();
    EXPECT_EQ(other->value, 0);
    other->value = 8;
  }).join();
  EXPECT_NE(other, &this_threads<Mine>());
  EXPECT_EQ(this_threads<Mine>().value, 7);
}

TEST(Native, MembarrierIsRegisteredAndErrnoStays) {
  errno = EDOM;
  const bool ready = register_membarrier();
  EXPECT_EQ(errno, EDOM);
  if (!ready) return;  // a kernel without it: nothing more to ask of it
  membarrier();
  EXPECT_EQ(errno, EDOM);
}

// 0: the kernel took the command; otherwise errno.
[[noreturn]] void exit_with_membarriers_error() {
  const bool made = ::syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) == 0;
  std::_Exit(made ? 0 : errno);
}

// The control of the next test: it is the registration that the kernel asks for.
TEST(Native, AProcessThatDidNotRegisterIsRefusedMembarrier) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";  // a new program, which registers nothing
  EXPECT_EXIT(exit_with_membarriers_error(), testing::ExitedWithCode(EPERM), "");
}

TEST(Native, AChildInheritsMembarrier) {
  const bool registered = register_membarrier();
  // The kernel's own answer, where it has none or a filter refuses it.
  ::syscall(SYS_membarrier, MEMBARRIER_CMD_QUERY, 0, 0);
  const int refusal = errno;
  testing::FLAGS_gtest_death_test_style = "fast";  // by fork alone
  EXPECT_EXIT(exit_with_membarriers_error(), testing::ExitedWithCode(registered ? 0 : refusal), "");
}

TEST(Native, MonotonicTimeDoesNotGoBack) {
  const std::uint64_t before = monotonic_ns();
  EXPECT_NE(before, 0U);
  EXPECT_GE(monotonic_ns(), before);
  EXPECT_NE(realtime_ns(), 0U);
}

}  // namespace
}  // namespace temporal_slab::sync
