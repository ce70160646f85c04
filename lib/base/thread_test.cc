#include "base/thread.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <thread>

namespace temporal_slab::base {
namespace {

// The name that the calling thread has after it was given this one.
std::string name_once_called(const std::string& name) {
  EXPECT_EQ(pthread_setname_np(pthread_self(), name.c_str()), 0);
  char out[kThreadNameBytes];
  const std::size_t length = own_thread_name(out);
  return {out, length};
}

TEST(OwnThreadId, IsTheProcessIdOnTheFirstThreadAndAnotherOneOnEachOther) {
  EXPECT_EQ(own_thread_id(), static_cast<std::uint64_t>(getpid()));
  std::uint64_t other = 0;
  std::thread([&] { other = own_thread_id(); }).join();
  EXPECT_NE(other, 0u);
  EXPECT_NE(other, own_thread_id());
}

TEST(OwnThreadId, IsRightInAChild) {
  const pid_t child = fork();
  if (child == 0) _exit(own_thread_id() == static_cast<std::uint64_t>(getpid()) ? 0 : 1);
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

TEST(OwnThreadName, IsWhatTheThreadIsCalledWhateverBytesThatAre) {
  std::thread([] {
    EXPECT_EQ(name_once_called("worker-3"), "worker-3");
    EXPECT_EQ(name_once_called(""), "");
    EXPECT_EQ(name_once_called("\"\x1b[31m\n\xff"), "\"\x1b[31m\n\xff");
    const std::string longest(kThreadNameBytes - 1, 'n');
    EXPECT_EQ(name_once_called(longest), longest);
    EXPECT_EQ(name_once_called("short again"), "short again");
  }).join();
}

TEST(OwnThreadName, IsTheCallingThreadsOwn) {
  std::thread([] {
    EXPECT_EQ(name_once_called("outer"), "outer");
    std::thread([] { EXPECT_EQ(name_once_called("inner"), "inner"); }).join();
    char out[kThreadNameBytes];
    EXPECT_EQ(std::string(out, own_thread_name(out)), "outer");
  }).join();
}

TEST(OwnThread, AnswersLeaveErrnoAlone) {
  errno = EXDEV;
  char out[kThreadNameBytes];
  own_thread_id();
  own_thread_name(out);
  EXPECT_EQ(errno, EXDEV);
}

}  // namespace
}  // namespace temporal_slab::base
