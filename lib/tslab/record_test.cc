// record and watch: how often, where to, and how they end.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

#include "harness/sample_snapshots.h"
#include "render/json.h"
#include "stats/segment_test_support.h"
#include "tslab/tslab_test_support.h"

namespace temporal_slab::tslab {
namespace {

using stats::WaitingChild;
using testing::HasSubstr;

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

class Record : public testing::Test {
 protected:
  stats::RuntimeFolder runtime_;
  TemporaryFolder folder_;
};

TEST_F(Record, WritesSoManySnapshotsOneALine) {
  const auto segment = stats::publish_sample("main");
  const std::string path = folder_.write("out.jsonl", "what was there before\n");
  const Outcome outcome = run_here({"record", "--interval", "0.1", "--count", "3", "-o", path});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.out + outcome.err, "");
  EXPECT_EQ(run_here({"validate", path}).out, "valid: 3 snapshots\n");
  const Outcome here = run_here({"record", "--count=1"});
  EXPECT_EQ(run_here({"validate", "-"}, here.out).out, "valid: 1 snapshot\n");
}

TEST_F(Record, LeavesTheFileAloneWhenThereIsNothingToRecord) {
  const std::string path = folder_.write("out.jsonl", "precious\n");
  EXPECT_EQ(run_here({"record", "-o", path}).exit_code, 2);
  EXPECT_EQ(read_file(path), "precious\n");
}

TEST_F(Record, TellsThatTheDiskIsFull) {
  const auto segment = stats::publish_sample("main");
  const Outcome outcome = run_here({"record", "--count", "2", "-o", "/dev/full"});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_EQ(outcome.err,
            "tslab: record: cannot write to '/dev/full': No space left on device, after 0 "
            "snapshots\n");
}

TEST_F(Record, TellsThatTheProcessVanished) {
  WaitingChild child([] { stats::publish_sample("main").release(); });
  const std::string pid = std::to_string(child.pid());
  child.kill_and_reap();
  for (const Words& count : {Words{"--count", "2"}, Words{"--interval=5"}}) {
    Words arguments = {"record", "--pid", pid};
    arguments.insert(arguments.end(), count.begin(), count.end());
    const Outcome outcome = run_here(arguments);
    EXPECT_EQ(outcome.exit_code, 0);
    EXPECT_EQ(outcome.err, "tslab: record: process " + pid + " ended after 1 snapshot\n");
    EXPECT_EQ(run_here({"validate", "-"}, outcome.out).out, "valid: 1 snapshot\n");
  }
}

TEST_F(Record, WatchShowsSoManyBlocksWithAnEmptyLineBetween) {
  const auto segment = stats::publish_sample("main");
  const Outcome outcome = run_here({"watch", "--interval", "0.1", "--count", "2"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.err, "");
  // When and of which process, and that there is no key to press.
  const std::string block =
      "[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}  main of [^\n]+ \\(pid [0-9]+\\)\n"
      "rates of main of [^\n]+\n([^\n]+\n)+";
  EXPECT_THAT(outcome.out, testing::MatchesRegex(block + "\n" + block));
  EXPECT_THAT(outcome.out, Not(HasSubstr("\x1B")));
}

TEST_F(Record, WatchEndsWithItsProcess) {
  WaitingChild child([] { stats::publish_sample("main").release(); });
  const std::string pid = std::to_string(child.pid());
  child.kill_and_reap();
  const Outcome outcome = run_here({"watch", "--interval", "86400", "--pid", pid});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.out, testing::EndsWith("\nprocess " + pid + " ended\n"));
}

TEST_F(Record, WatchOfAFileThatStaysTheSameSaysSo) {
  const std::string path = folder_.write("a.json", render::render_json(harness::busy_snapshot()));
  const Outcome outcome = run_here({"watch", "--interval=0.1", "--count=1", "--input", path});
  EXPECT_THAT(outcome.out, HasSubstr("\nno rates: no later snapshot has come\n"));
}

}  // namespace
}  // namespace temporal_slab::tslab
