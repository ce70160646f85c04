#include <fcntl.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include "harness/golden.h"
#include "harness/sample_snapshots.h"
#include "render/json.h"
#include "tslab/run.h"
#include "tslab/tslab_test_support.h"

namespace temporal_slab::tslab {
namespace {

std::string busy() { return render::render_json(harness::busy_snapshot()); }

std::string busy_with(const std::string& from, const std::string& to) {
  std::string text = busy();
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

Outcome validate(const std::string& text) { return run_here({"validate", "-"}, text); }

// R-3-6
TEST(Validate, CountsWhatIsValid) {
  const std::string fresh = render::render_json(harness::fresh_snapshot());
  const std::string hostile = render::render_json(harness::hostile_snapshot());
  EXPECT_EQ(validate(fresh).out, "valid: 1 snapshot\n");
  const Outcome three = validate(fresh + "\n" + hostile + busy());
  EXPECT_EQ(three.out, "valid: 3 snapshots\n");
  EXPECT_EQ(three.err, "");
  EXPECT_EQ(three.exit_code, 0);
}

TEST(Validate, ReadsAFileByItsName) {
  const TemporaryFolder folder;
  EXPECT_EQ(run_here({"validate", folder.write("a.json", busy())}).out, "valid: 1 snapshot\n");
  EXPECT_EQ(run_here({"validate", "--", folder.write("--help", busy())}).exit_code, 0);
}

TEST(Validate, ListsEachOffenceWithLineAndPath) {
  const std::string text = busy() + busy_with("\"state\":\"CLOSING\"", "\"state\":\"\x7F\\n\"") +
                           "{\"schema_version\":1,\n" + busy() + "hello\n" +
                           busy_with("\"pid\":4211", "\"pid\":1e3") +
                           busy_with("\"holders\":[]", "\"holders\":[{\"tid\":-1}]");
  const Outcome outcome = validate(text);
  EXPECT_TRUE(harness::matches_golden("tslab/validate.txt", outcome.out));
  EXPECT_EQ(outcome.err, "");
  EXPECT_EQ(outcome.exit_code, 1);
}

TEST(Validate, ListsAHundredOffencesOfASnapshotAtMost) {
  std::string text = "{\"classes\":[";
  for (int i = 0; i < 1000; ++i) text += "1,";
  const Outcome outcome = validate(text + "1]}\n");
  EXPECT_EQ(std::count(outcome.out.begin(), outcome.out.end(), '\n'), 102);
  EXPECT_THAT(outcome.out, testing::EndsWith("line 1: $.classes[99]: is 1, must be an object\n"
                                             "line 1: what else is wrong is not listed\n"
                                             "invalid: 1 of 1 snapshot\n"));
}

TEST(Validate, FindsNothingValidInNothing) {
  for (const char* text : {"", "\n \n"}) {
    EXPECT_EQ(validate(text).out, "invalid: 0 of 0 snapshots\n");
    EXPECT_EQ(validate(text).exit_code, 1);
  }
}

// R-2.6-3
TEST(Validate, EndsAtALineThatIsTooLong) {
  const Outcome outcome = validate(busy() + std::string(5'000'000, '[') + "\n" + busy());
  EXPECT_EQ(outcome.out,
            "line 2: $: is longer than 4194304 bytes\n"
            "invalid: 1 of 2 snapshots\n");
  EXPECT_EQ(outcome.exit_code, 1);
}

TEST(Validate, KeepsItsVerdictWhenNobodyReadsIt) {
  const TemporaryFolder folder;
  const std::string good = folder.write("good.json", busy());
  const std::string bad = folder.write("bad.json", "{}\n");
  int fds[2];
  ASSERT_EQ(pipe(fds), 0);
  close(fds[0]);
  for (const auto& [file, exit_code] : {std::pair(good, 0), std::pair(bad, 1)}) {
    const char* const argv[] = {"tslab", "validate", file.c_str()};
    EXPECT_EQ(run(3, argv, {.in = -1, .out = fds[1], .err = -1}), exit_code);
  }
  close(fds[1]);
}

TEST(Validate, WithoutRoomForItsOutputIsAnError) {
  const TemporaryFolder folder;
  const int full = open("/dev/full", O_WRONLY);
  for (const std::string& text : {busy(), std::string("{}\n")}) {
    const std::string file = folder.write("a.json", text);
    const char* const argv[] = {"tslab", "validate", file.c_str()};
    EXPECT_EQ(run(3, argv, {.in = -1, .out = full, .err = -1}), 2);
  }
  close(full);
}

}  // namespace
}  // namespace temporal_slab::tslab
