// tslab on allocators of other processes: alive and stopped, so that they cannot
// help; killed; several at once.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <temporal_slab/slab_alloc.h>

#include <algorithm>

#include "harness/schema_validator.h"
#include "stats/segment_test_support.h"
#include "tslab/tslab_test_support.h"

namespace temporal_slab::tslab {
namespace {

using stats::WaitingChild;

// Publishes an allocator whose epoch 3 holds two references and ten objects.
void publish_and_leak(const char* name) {
  SlabOptions options;
  slab_options_init(&options);
  options.publish = true;
  options.name = name;
  SlabAllocator* const allocator = slab_allocator_create_with(&options);
  for (int i = 0; i < 3; ++i) epoch_advance(allocator);
  slab_epoch_set_label(allocator, 3, "background-worker-3");
  slab_epoch_inc_refcount(allocator, 3);
  slab_epoch_inc_refcount(allocator, 3);
  for (int i = 0; i < 10; ++i) slab_malloc(allocator, 768);
  epoch_advance(allocator);
}

// Ten objects of 768 bytes fill two slabs. A busy machine may let the age grow.
constexpr char kTopLeak[] =
    "top epochs by refcount\n"
    "epoch    era        state    age        refcount   rss          label\n"
    "3        3          CLOSING  [0-9]+s +2          0[.]01MB       background-worker-3\n";
// Ages of the dead stand still (R-2.6-10).
constexpr char kOfTheDead[] = "the process is dead; ages and uptime are as of [^\n]+\n";

class Attach : public testing::Test {
 protected:
  stats::RuntimeFolder runtime_;
};

std::string pid_of(const WaitingChild& child) { return std::to_string(child.pid()); }

void stop(const WaitingChild& child) {
  ASSERT_EQ(kill(child.pid(), SIGSTOP), 0);
  int status = 0;
  ASSERT_EQ(waitpid(child.pid(), &status, WUNTRACED), child.pid());
  ASSERT_TRUE(WIFSTOPPED(status));
}

void expect_top_leak(const Words& which, const std::string& more = "") {
  Words arguments = {"top", "--epochs", "--by", "refcount", "--n", "1"};
  arguments.insert(arguments.end(), which.begin(), which.end());
  const Outcome outcome = run_here(arguments);
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.err, "");
  EXPECT_THAT(outcome.out, testing::MatchesRegex(kTopLeak + more));
}

// R-2.6-2
TEST_F(Attach, ReadsAProcessThatIsStopped) {
  const WaitingChild child([] { publish_and_leak("main"); });
  stop(child);
  expect_top_leak({"--pid", pid_of(child)});
  expect_top_leak({"--pid", pid_of(child) + ":main"});
  expect_top_leak({"--name", "main"});
  expect_top_leak({});
}

// R-2.6-2
TEST_F(Attach, ReadsWhatAKilledProcessLeft) {
  WaitingChild child([] { publish_and_leak("main"); });
  const std::string pid = pid_of(child);
  child.kill_and_reap();
  expect_top_leak({"--pid", pid}, kOfTheDead);
  expect_top_leak({"--name", "main"}, kOfTheDead);
  expect_top_leak({}, kOfTheDead);
}

// R-3-6
TEST_F(Attach, PrintsValidJsonAliveAndDead) {
  WaitingChild child([] { publish_and_leak("\"quoted\"\n"); });
  const std::string pid = pid_of(child);
  for (int dead = 0; dead < 2; ++dead) {
    if (dead) child.kill_and_reap();
    const Outcome outcome = run_here({"stats", "--json", "--pid", pid});
    EXPECT_EQ(outcome.exit_code, 0);
    EXPECT_EQ(outcome.err, "");
    EXPECT_TRUE(harness::is_valid_snapshot_json(outcome.out));
    EXPECT_NE(outcome.out.find("\"pid\":" + pid + ","), std::string::npos);
    EXPECT_EQ(outcome.out.find("\"rss_bytes_current\":0,") != std::string::npos, dead != 0);
  }
}

TEST_F(Attach, ListsThemWhenThereAreSeveralAndNoneIsNamed) {
  const WaitingChild first([] { publish_and_leak("one"); });
  const WaitingChild second([] { publish_and_leak("two"); });
  const Outcome outcome = run_here({"stats"});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
  EXPECT_NE(outcome.err.find(pid_of(first) + ".0:one"), std::string::npos) << outcome.err;
  EXPECT_NE(outcome.err.find(pid_of(second) + ".0:two"), std::string::npos) << outcome.err;
  expect_top_leak({"--name", "two"});
}

TEST_F(Attach, SaysThatAProcessPublishesNothing) {
  const WaitingChild child([] {});
  const Outcome outcome = run_here({"stats", "--pid", pid_of(child)});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_EQ(outcome.out, "");
  EXPECT_NE(outcome.err.find(pid_of(child)), std::string::npos) << outcome.err;
}

}  // namespace
}  // namespace temporal_slab::tslab
