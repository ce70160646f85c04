#include "base/process.h"

#include <errno.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <string>

#include "base/clock.h"

namespace temporal_slab::base {
namespace {

std::string stat_line(const std::string& name, const std::string& state) {
  std::string line = "4211 (" + name + ") " + state;
  for (int field = 4; field <= 52; ++field) line += " " + std::to_string(1000 + field);
  return line + "\n";
}

// A child that waits in pause() until it is killed.
pid_t start_child() {
  const pid_t child = fork();
  if (child == 0) {
    for (;;) pause();
  }
  return child;
}

// True once the first thread has ended; others may still run.
bool becomes_zombie(pid_t pid) {
  const std::uint64_t deadline_ns = monotonic_ns() + 20'000'000'000;
  ProcessStat stat;
  while (monotonic_ns() < deadline_ns)
    if (read_process_stat(pid, &stat) && stat.state == 'Z') return true;
  return false;
}

TEST(ProcessStatText, FieldsAreCountedAfterTheName) {
  ProcessStat stat;
  ASSERT_TRUE(parse_process_stat(stat_line("worker", "S"), &stat));
  EXPECT_EQ(stat.state, 'S');
  EXPECT_EQ(stat.threads, 1020u);
  EXPECT_EQ(stat.start_ticks, 1022u);
}

TEST(ProcessStatText, NameMayHoldBlanksAndParentheses) {
  for (const char* name : {"", "a b", "(x)", ") R 1 2 3", "a) b (c", " ", "\n", ")))"}) {
    ProcessStat stat;
    ASSERT_TRUE(parse_process_stat(stat_line(name, "R"), &stat)) << name;
    EXPECT_EQ(stat.state, 'R') << name;
    EXPECT_EQ(stat.start_ticks, 1022u) << name;
  }
}

TEST(ProcessStatText, AnyCutOffLineIsRefusedOrHasWholeFields) {
  const std::string line = stat_line("worker", "S");
  const std::size_t field_22_end = line.find(" 1023");
  for (std::size_t length = 0; length < line.size(); ++length) {
    ProcessStat stat;
    const bool parsed = parse_process_stat(line.substr(0, length), &stat);
    // A number cut inside cannot be told from a short one.
    if (length < field_22_end - 3) {
      EXPECT_FALSE(parsed) << length;
    } else if (length >= field_22_end) {
      EXPECT_TRUE(parsed && stat.start_ticks == 1022) << length;
    }
  }
}

TEST(ProcessStatText, WhatIsNoNumberIsRefused) {
  ProcessStat stat;
  EXPECT_FALSE(
      parse_process_stat("1 (x) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 many 18 19", &stat));
  EXPECT_FALSE(
      parse_process_stat("1 (x) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 -19", &stat));
  EXPECT_FALSE(parse_process_stat("no parentheses here", &stat));
}

bool runs(pid_t pid) {
  ProcessStat stat;
  return read_process_stat(pid, &stat) && !has_ended(stat);
}

TEST(Process, OwnStatIsThatOfOwnNumber) {
  ProcessStat own;
  ProcessStat by_pid;
  ASSERT_TRUE(read_own_stat(&own) && read_process_stat(getpid(), &by_pid));
  EXPECT_NE(own.start_ticks, 0u);
  EXPECT_EQ(own.start_ticks, by_pid.start_ticks);
}

TEST(Process, ZombieHasEndedAndHasNoResidentBytes) {
  const pid_t child = start_child();
  EXPECT_TRUE(runs(child));
  EXPECT_GT(rss_bytes(child), 0u);
  ASSERT_EQ(kill(child, SIGKILL), 0);
  // Left a zombie, and only when all its threads have ended: ThreadSanitizer gives it a second one.
  siginfo_t info = {};
  ASSERT_EQ(waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT), 0);
  EXPECT_FALSE(runs(child));
  EXPECT_EQ(rss_bytes(child), 0u);
  ASSERT_EQ(waitpid(child, nullptr, 0), child);
  EXPECT_FALSE(runs(child));
  EXPECT_EQ(rss_bytes(child), 0u);
}

TEST(Process, RunsWhileAThreadRunsOnAfterTheFirstEnded) {
  const pid_t child = fork();
  if (child == 0) {
    pthread_t other;
    const auto wait_forever = [](void*) -> void* {
      for (;;) pause();
    };
    if (pthread_create(&other, nullptr, wait_forever, nullptr) != 0) _exit(1);
    syscall(SYS_exit, 0);  // this thread alone
  }
  ASSERT_TRUE(becomes_zombie(child));
  EXPECT_TRUE(runs(child));
  kill(child, SIGKILL);
  EXPECT_EQ(waitpid(child, nullptr, 0), child);
}

TEST(Process, NamespaceAndBootAreKnownAndTheSameForAChild) {
  std::uint64_t boot[2];
  boot_id(boot);
  EXPECT_NE(boot[0], 0u);
  EXPECT_NE(boot[1], 0u);
  EXPECT_NE(pid_namespace(), 0u);
  EXPECT_TRUE(proc_is_of_this_namespace());
  const std::uint64_t here = pid_namespace();
  const pid_t child = fork();
  if (child == 0) _exit(pid_namespace() == here && proc_is_of_this_namespace() ? 0 : 1);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

TEST(Process, ResidentBytesGrowByWhatIsMadeResident) {
  constexpr std::size_t kBytes = 64 << 20;
  const std::uint64_t before = own_rss_bytes();
  void* const memory = mmap(nullptr, kBytes, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  ASSERT_NE(memory, MAP_FAILED);
  const std::uint64_t after = own_rss_bytes();
  munmap(memory, kBytes);
  EXPECT_GE(after, before + kBytes * 9 / 10);
  EXPECT_LE(after, before + kBytes * 11 / 10);
}

TEST(Process, ResidentBytesOfSelfAreThoseOfOwnNumber) {
  const std::uint64_t own = own_rss_bytes();
  const std::uint64_t by_pid = rss_bytes(getpid());
  EXPECT_LT(own > by_pid ? own - by_pid : by_pid - own, std::uint64_t{8} << 20);
}

TEST(Process, ErrnoStaysAsItWas) {
  errno = EXDEV;
  EXPECT_EQ(rss_bytes(-1), 0u);
  EXPECT_FALSE(runs(-1));
  EXPECT_NE(pid_namespace(), 0u);
  EXPECT_EQ(errno, EXDEV);
}

TEST(Process, AgeCountsFromItsStartAndNeverBelowZero) {
  ProcessStat own;
  ASSERT_TRUE(read_own_stat(&own));
  EXPECT_GT(age_ns(0), 0u);
  EXPECT_LE(age_ns(own.start_ticks), std::uint64_t{3600} * 1'000'000'000);
  EXPECT_EQ(age_ns(~std::uint64_t{0}), 0u);
}

TEST(Process, NameIsCutToItsRoom) {
  char name[64];
  EXPECT_EQ(own_process_name(name, sizeof(name)), std::strlen(program_invocation_short_name));
  EXPECT_STREQ(name, program_invocation_short_name);
  EXPECT_EQ(own_process_name(name, 4), 3u);
  EXPECT_EQ(std::string(name), std::string(program_invocation_short_name).substr(0, 3));
  EXPECT_EQ(own_process_name(name, 1), 0u);
  EXPECT_EQ(own_process_name(name, 0), 0u);
}

TEST(Clock, MonotonicNeverGoesBackAndRealtimeIsOfThisCentury) {
  std::uint64_t last = monotonic_ns();
  for (int i = 0; i < 1000; ++i) {
    const std::uint64_t now = monotonic_ns();
    ASSERT_GE(now, last);
    last = now;
  }
  EXPECT_GT(realtime_ns(), std::uint64_t{1'500'000'000} * 1'000'000'000);
}

}  // namespace
}  // namespace temporal_slab::base
