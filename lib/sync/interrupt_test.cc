// A process that loses membarrier when its threads have come to rely on it. Each test runs in a
// process of its own, because no filter on system calls is ever taken off.
#include "sync/interrupt.h"

#include <errno.h>
#include <gtest/gtest.h>
#include <linux/membarrier.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <vector>

#include "harness/system_call_filter.h"
#include "sync/biased_section_support.h"

namespace temporal_slab::sync {
namespace {

class ProcessThatLosesMembarrier : public testing::TestWithParam<int> {
 protected:
  ProcessThatLosesMembarrier() { testing::FLAGS_gtest_death_test_style = "threadsafe"; }

  static bool has_membarrier() { return Bias::of_this_process().payer() == Bias::Payer::kRevoker; }

  // Runs `body` where membarrier fails with the parameter, and these calls with it.
  template <typename Body>
  void lose(std::vector<int> calls, Body body) {
    if (!has_membarrier()) return;
    calls.push_back(SYS_membarrier);
    const auto run = [&] {
      ASSERT_TRUE(harness::refuse_system_calls(calls, GetParam())) << errno;
      ASSERT_EQ(::syscall(SYS_membarrier, MEMBARRIER_CMD_QUERY, 0, 0), -1);
      body();
    };
    if (can_interrupt()) {
      EXPECT_EXIT((run(), std::exit(HasFailure() ? 1 : 0)), testing::ExitedWithCode(0), "");
    } else {
      EXPECT_EXIT((run(), std::exit(0)), testing::KilledBySignal(SIGABRT), "has no other barrier");
    }
  }
};

TEST_P(ProcessThatLosesMembarrier, OwnersLoseNothingToARevoker) {
  lose({}, [] { owners_and_revoker(Bias::of_this_process()); });
}

TEST_P(ProcessThatLosesMembarrier, LosesNothingWherePagesCannotBeGivenBack) {
  lose({SYS_madvise}, [] { owners_and_revoker(Bias::of_this_process()); });
}

// The page is there for each call, and gone after it.
TEST_P(ProcessThatLosesMembarrier, TakesAPageAwayForEachBarrier) {
  lose({}, [] {
    constexpr int kBarriers = 1000;
    rusage before{};
    rusage after{};
    membarrier();
    ::getrusage(RUSAGE_THREAD, &before);
    errno = EDOM;
    for (int i = 0; i < kBarriers; ++i) membarrier();
    EXPECT_EQ(errno, EDOM);
    ::getrusage(RUSAGE_THREAD, &after);
    EXPECT_GE(after.ru_minflt - before.ru_minflt, kBarriers);
  });
}

TEST_P(ProcessThatLosesMembarrier, GivesAChildABarrierToo) {
  lose({}, [] {
    membarrier();
    const pid_t child = ::fork();
    if (child == 0) {
      owners_and_revoker(Bias::of_this_process());
      std::_Exit(HasFailure() ? 1 : 0);
    }
    int status = -1;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  });
}

TEST_P(ProcessThatLosesMembarrier, EndsWhenThereIsNoOtherBarrier) {
  if (!has_membarrier()) return;
  const auto run = [] {
    if (!harness::refuse_system_calls({SYS_membarrier, SYS_madvise, SYS_mprotect}, GetParam()))
      std::exit(1);
    membarrier();
  };
  EXPECT_EXIT((run(), std::exit(0)), testing::KilledBySignal(SIGABRT), "has no other barrier");
}

INSTANTIATE_TEST_SUITE_P(WithError, ProcessThatLosesMembarrier, testing::Values(EPERM, ENOSYS),
                         [](const auto& error) {
                           return error.param == EPERM ? "EPERM" : "ENOSYS";
                         });

}  // namespace
}  // namespace temporal_slab::sync
