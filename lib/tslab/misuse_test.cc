// Every misuse of the command line: one line on stderr that says what is wrong and
// what is allowed, exit code 2, nothing on stdout. The lines stand in one golden.
#include <gtest/gtest.h>

#include <algorithm>

#include "harness/golden.h"
#include "harness/sample_snapshots.h"
#include "render/json.h"
#include "render/text.h"
#include "stats/segment_test_support.h"
#include "tslab/tslab_test_support.h"

namespace temporal_slab::tslab {
namespace {

const std::vector<Words> kMisuses = {
    // commands
    {},
    {""},
    {"tops"},
    {"top epochs"},
    {"\x1B[2J\n\xE2\x80\xAE\xFF"},
    {"--n", "5"},
    {"--frobnicate"},
    {"--help=yes"},
    // flags
    {"ps", "all"},
    {"stats", "--epochs"},
    {"stats", "--version"},
    {"stats", "--json=1"},
    {"stats", "-j"},
    {"stats", "-"},
    {"top", "--epoch"},
    {"top", "--epochs",
     "--"
     "x\x1B]0;title\x07"},
    {"top", "--epochs", "extra"},
    // rankings
    {"top"},
    {"top", "--by", "refcount"},
    {"top", "--epochs", "--classes"},
    {"top", "--epochs", "--asc", "--desc"},
    {"top", "--epochs", "--by", "foo"},
    {"top", "--epochs", "--by", ""},
    {"top", "--epochs", "--by", "REFCOUNT"},
    {"top", "--epochs", "--by", "refcount "},
    {"top", "--epochs", "--by", "slow_path_hits"},
    {"top", "--classes", "--by", "refcount"},
    {"top", "--classes", "--by", "\xFF\n"},
    {"top", "--epochs", "--by"},
    {"top", "--epochs", "--by", "--asc"},
    // rows
    {"top", "--epochs", "--n"},
    {"top", "--epochs", "--n", ""},
    {"top", "--epochs", "--n", "0"},
    {"top", "--epochs", "--n", "-1"},
    {"top", "--epochs", "--n=-18446744073709551615"},
    {"top", "--epochs", "--n", "18446744073709551616"},
    {"top", "--epochs", "--n", "99999999999999999999999999999999999999"},
    {"top", "--epochs", "--n", "1.5"},
    {"top", "--epochs", "--n", "1e3"},
    {"top", "--epochs", "--n", "five"},
    // watching
    {"top", "--epochs", "--watch"},
    {"top", "--epochs", "--watch", "0"},
    {"top", "--epochs", "--watch", "-1"},
    {"top", "--epochs", "--watch", "0.01"},
    {"top", "--epochs", "--watch", "86401"},
    {"top", "--epochs", "--watch", "nan"},
    {"top", "--epochs", "--watch", "99ms"},
    {"top", "--epochs", "--watch", "5 m"},
    {"top", "--epochs", "--watch", "1m5"},
    {"top", "--epochs", "--watch", "1", "--stdin"},
    {"top", "--epochs", "--watch", "1", "--input", "-"},
    {"top", "--epochs", "--watch", "1", "--input", "/dev/null"},
    // sources
    {"stats"},
    {"stats", "--pid"},
    {"stats", "--pid", "0"},
    {"stats", "--pid", "-1"},
    {"stats", "--pid", "4194305"},
    {"stats", "--pid", "main"},
    {"stats", "--pid", "4194304"},
    {"stats", "--pid", "4194304:main"},
    {"stats", "--name"},
    {"stats", "--name", "nobody"},
    {"stats", "--name", "\x1B[31m"},
    {"stats", "--input"},
    {"stats", "--input", ""},
    {"stats", "--input", "missing.json"},
    {"stats", "--input", "/"},
    {"stats", "--input", "/dev/null"},
    {"stats", "--input", "/dev/zero"},
    {"stats", "--stdin"},
    {"stats", "--pid", "1", "--name", "main"},
    {"top", "--epochs", "--input", "a.json", "--stdin"},
    // doctor
    {"doctor", "--age", "-1"},
    {"doctor", "--age", "0.5s"},
    {"doctor", "--age", "5min"},
    {"doctor", "--bad-frees"},
    {"doctor", "--slow-path", "5%"},
    {"doctor", "--since", "missing.json"},
    {"doctor", "--input", "missing.json"},
    {"doctor", "--fail-on", "live_bytes"},
    // watch and record
    {"watch", "--interval", "0"},
    {"watch", "--count", "0"},
    {"watch", "--input", "-"},
    {"watch", "--stdin"},
    {"record", "--interval", "1 s"},
    {"record", "-o"},
    {"record", "--output", "/missing/file"},
    {"record", "--input", "a.json"},
    // diff
    {"diff"},
    {"diff", "a.json"},
    {"diff", "a.json", "b.json", "c.json"},
    {"diff", "missing.json", "missing.json"},
    {"diff", "-", "-"},
    {"diff", "a", "b", "--fail-on", ""},
    {"diff", "a", "b", "--fail-on", "live_byte"},
    {"diff", "a", "b", "--fail-on", "live_bytes,,ref_leaks"},
    {"diff", "a", "b", "--fail-on", "live_bytes>=10"},
    {"diff", "a", "b", "--fail-on", "live_bytes>ten%"},
    {"diff", "a", "b", "--fail-on", "ref_leaks>10%"},
    // texts
    {"completion"},
    {"completion", "zsh"},
    {"completion", "bash", "zsh"},
    {"manual", "tslab"},
    // fleets
    {"ps", "--sort"},
    {"ps", "--sort", "size"},
    {"ps", "--sort", "\x1B[2J"},
    {"ps", "--watch", "0"},
    {"ps", "--age", "1.5s"},
    {"ps", "--pid", "1"},
    {"ps", "--reap", "--sort", "findings"},
    {"ps", "--watch", "1", "--reap"},
    {"ps", "--reap", "--age", "1"},
    {"top", "--all"},
    {"top", "--all", "--epochs"},
    {"top", "--all", "--epochs", "--pid", "1"},
    {"doctor", "--all"},
    {"doctor", "--all=yes"},
    {"doctor", "--all", "--stdin"},
    {"doctor", "--all", "--since", "a.json"},
    {"stats", "--all"},
    // files
    {"validate"},
    {"validate", "a", "b"},
    {"validate", "--json", "a"},
    {"validate", "missing.json"},
    {"validate", "/"},
    // export
    {"export"},
    {"export", "json"},
    {"export", "prometheus", "more"},
    {"export", "prometheus", "--json"},
    {"export", "prometheus", "--prefix"},
    {"export", "prometheus", "--prefix", ""},
    {"export", "prometheus", "--prefix", "9lives"},
    {"export", "prometheus", "--prefix", "a:b"},
    {"export", "prometheus", "--prefix", "\x1B[2J"},
    {"export", "prometheus", "--series", "era"},
    {"export", "prometheus", "--output"},
    {"export", "prometheus", "--output", ""},
    {"export", "prometheus", "--input", "missing.json", "--output", "/"},
    {"export", "prometheus", "--label"},
    {"export", "prometheus", "--label", "service"},
    {"export", "prometheus", "--label", "service="},
    {"export", "prometheus", "--label", "=checkout"},
    {"export", "prometheus", "--label", "9=checkout"},
    {"export", "prometheus", "--label", "__name__=up"},
    {"export", "prometheus", "--label", "epoch=1"},
    {"export", "prometheus", "--label", "a=\xFF"},
    {"export", "prometheus", "--label", "a=1", "--label", "a=1"},
    // serve
    {"serve", "all"},
    {"serve", "--pid", "1"},
    {"serve", "--listen"},
    {"serve", "--listen", "9465"},
    {"serve", "--listen", "::1:9465"},
    {"serve", "--listen", "localhost:65536"},
    {"serve", "--listen", "192.0.2.1:0"},
    {"serve", "--series", "both"},
};

std::string command_line(const Words& arguments) {
  std::string line = "$ tslab";
  for (const std::string& argument : arguments) {
    const bool plain = !argument.empty() && argument.find_first_of(" \x1B\n\xFF") == argument.npos;
    std::string shown;
    if (plain)
      shown = argument;
    else
      render::append_json_string(shown, argument);
    line += " " + shown;
  }
  return line + "\n";
}

TEST(Misuse, GivesOneLineThatSaysWhatIsAllowed) {
  const stats::RuntimeFolder runtime;
  std::string text;
  for (const Words& arguments : kMisuses) {
    const Outcome outcome = run_here(arguments);
    text += command_line(arguments) + outcome.err;
    EXPECT_EQ(outcome.exit_code, 2) << command_line(arguments);
    EXPECT_EQ(outcome.out, "") << command_line(arguments);
    EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1)
        << command_line(arguments);
    EXPECT_EQ(outcome.err.back(), '\n');
  }
  EXPECT_TRUE(harness::matches_golden("tslab/misuse.txt", text));
}

TEST(Misuse, OfAFileThatHoldsNoSnapshotNamesLineAndPath) {
  const std::string good = render::render_json(harness::fresh_snapshot());
  const struct {
    std::string input;
    std::string line;
  } cases[] = {
      {"", "tslab: stats: no snapshot in standard input\n"},
      {"\n\n", "tslab: stats: no snapshot in standard input\n"},
      {"\n{}\n", "tslab: stats: standard input line 2: $.schema_version: is missing\n"},
      {good + "{\"\x7F\":",
       "tslab: stats: standard input line 2: $.\\x7f: is no JSON: it ends after 5 bytes\n"},
      {good + "7\n", "tslab: stats: standard input line 2: $: is 7, must be an object\n"},
      {good + std::string(5'000'000, ' ') + "\n",
       "tslab: stats: standard input line 2: $: is longer than 4194304 bytes\n"},
  };
  for (const auto& [input, line] : cases) {
    const Outcome outcome = run_here({"stats", "--stdin"}, input);
    EXPECT_EQ(outcome.err, line);
    EXPECT_EQ(outcome.exit_code, 2);
    EXPECT_EQ(outcome.out, "");
  }
}

TEST(Misuse, OfAnUnsafeRuntimeDirectorySaysSo) {
  const stats::RuntimeFolder runtime;
  ASSERT_EQ(symlink("/tmp", runtime.directory().c_str()), 0);
  for (const Words& arguments : {Words{"ps"}, Words{"stats"}, Words{"top", "--epochs"}}) {
    const Outcome outcome = run_here(arguments);
    EXPECT_EQ(outcome.err, "tslab: " + arguments[0] + ": cannot use the directory " +
                               runtime.directory() + ": it is a link\n");
    EXPECT_EQ(outcome.exit_code, 2);
    EXPECT_EQ(outcome.out, "");
  }
}

}  // namespace
}  // namespace temporal_slab::tslab
