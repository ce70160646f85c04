// Every output of tslab for fixed snapshots, byte by byte. What `stats` and `top`
// print of a snapshot are the goldens of the renderers: nothing is added on the way.
#include "harness/golden.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <sstream>

#include "harness/sample_snapshots.h"
#include "harness/schema_validator.h"
#include "render/json.h"
#include "render/table_keys.h"
#include "tslab/commands.h"
#include "tslab/tslab_test_support.h"

namespace temporal_slab::tslab {
namespace {

using harness::matches_golden;

std::string golden_path(const std::string& name) {
  return harness::source_path("schemas/golden/" + name);
}

// The output of a run that must go well.
std::string output(const Words& arguments, const std::string& input = "") {
  const Outcome outcome = run_here(arguments, input);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(outcome.err, "");
  return outcome.out;
}

TEST(Golden, StatsOfEachSample) {
  for (const std::string sample : {"fresh", "busy", "hostile", "largest"}) {
    const std::string file = golden_path("json_" + sample + ".json");
    // JSON has no ill-formed bytes, so what is read from it differs there.
    const std::string folder = sample == "hostile" ? "tslab/" : "";
    EXPECT_TRUE(
        matches_golden(folder + "summary_" + sample + ".txt", output({"stats", "--input", file})));
    const std::string json = output({"stats", "--json", "--input", file});
    EXPECT_TRUE(matches_golden("json_" + sample + ".json", json));
    EXPECT_TRUE(harness::is_valid_snapshot_json(json));
  }
}

template <typename Keys>
void check_rankings(const std::string& what, const Keys& keys) {
  const std::string file = golden_path("json_busy.json");
  for (const auto& key : keys)
    for (const std::string direction : {"asc", "desc"})
      EXPECT_TRUE(
          matches_golden("top_" + what + "_" + std::string(key.name) + "_" + direction + ".txt",
                         output({"top", "--" + what, "--by", std::string(key.name),
                                 "--" + direction, "--input", file})));
  EXPECT_EQ(output({"top", "--" + what, "--input", file}),
            output({"top", "--" + what, "--by", std::string(keys[0].name), "--desc", "--n", "5",
                    "--input", file}));
}

TEST(Golden, TopByEachKeyInEachDirection) {
  check_rankings("epochs", render::kEpochKeys);
  check_rankings("classes", render::kClassKeys);
}

TEST(Golden, TopOfOneOfAllAndOfMoreThanThereAre) {
  const std::string file = golden_path("json_busy.json");
  for (const std::string what : {"epochs", "classes"}) {
    for (const std::string n : {"1", "16", "4000000000"})
      EXPECT_TRUE(matches_golden("top_" + what + "_n_" + n + ".txt",
                                 output({"top", "--" + what, "--n", n, "--input", file})));
    EXPECT_EQ(output({"top", "--" + what, "--n", "18446744073709551615", "--input", file}),
              output({"top", "--" + what, "--n", "20", "--input", file}));
  }
}

TEST(Golden, TopOfTiesGoesByNumberInBothDirections) {
  const std::string file = golden_path("json_fresh.json");
  for (const std::string what : {"epochs", "classes"})
    for (const std::string direction : {"asc", "desc"})
      EXPECT_TRUE(matches_golden(
          "top_" + what + "_ties_" + direction + ".txt",
          output({"top", "--" + what, "--n", "16", "--" + direction, "--input", file})));
}

TEST(Golden, TopOfLabelsThatTryToBreakTheTerminal) {
  const std::string text =
      output({"top", "--epochs", "--n", "16", "--input", golden_path("json_hostile.json")});
  EXPECT_TRUE(matches_golden("tslab/top_epochs_hostile.txt", text));
  for (const char c : text) EXPECT_TRUE(c == '\n' || (c & 0xE0) != 0) << static_cast<int>(c);
}

TEST(Golden, TheExampleOfTheContract) {
  stats::Snapshot snapshot = harness::fresh_snapshot();
  stats::EpochRow& row = snapshot.epochs[5];
  row.epoch_era = 150;
  row.age_sec = 10;
  row.refcount = 2;
  row.estimated_rss_bytes = 4 << 20;
  row.label = "test-request-123";
  EXPECT_EQ(output({"top", "--epochs", "--by", "refcount", "--n", "1", "--stdin"},
                   render::render_json(snapshot)),
            "top epochs by refcount\n"
            "epoch    era        state    age        refcount   rss          label\n"
            "5        150        ACTIVE   10s        2          4.00MB       test-request-123\n");
}

TEST(Golden, Help) {
  EXPECT_TRUE(matches_golden("tslab/help.txt", output({"--help"})));
  for (const Command& command : kCommands) {
    const std::string name(command.name);
    EXPECT_TRUE(matches_golden("tslab/help_" + name + ".txt", output({name, "--help"})));
  }
}

TEST(Golden, HelpShowsOnlyExamplesThatCanBeParsed) {
  for (const Command& command : kCommands) {
    std::istringstream text{std::string(command.example)};
    std::vector<std::string> words;
    for (std::string word; text >> word && word != ">";) {
      std::erase(word, '\'');
      words.push_back(word);
    }
    ASSERT_EQ(words.front(), "tslab");
    std::vector<const char*> arguments;
    for (std::size_t i = 1; i < words.size(); ++i) arguments.push_back(words[i].c_str());
    std::string error;
    EXPECT_TRUE(parse_command_line(arguments, &error)) << error;
  }
}

TEST(Golden, CompletionAndManualPage) {
  EXPECT_TRUE(matches_golden("tslab/completion.bash", output({"completion", "bash"})));
  EXPECT_TRUE(matches_golden("tslab/tslab.1", output({"manual"})));
}

TEST(Golden, ThresholdsOfDoctorAreItsFlags) {
  for (const render::ThresholdInfo& threshold : render::kThresholds) {
    const std::string option(threshold.option);
    std::string error;
    const char* const arguments[] = {"doctor", option.c_str(), "7"};
    const auto line = parse_command_line(arguments, &error);
    ASSERT_TRUE(line) << error;
    EXPECT_EQ(line->thresholds.*threshold.member, 7u);
  }
}

TEST(Golden, DoctorOfASampleIsTheTextOfTheRenderer) {
  const std::string file = golden_path("json_busy.json");
  for (const Words& flags : {Words{}, Words{"--json"}}) {
    Words arguments = {"doctor", "--input", file};
    arguments.insert(arguments.end(), flags.begin(), flags.end());
    const Outcome outcome = run_here(arguments);
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_EQ(outcome.err, "");
    EXPECT_TRUE(
        matches_golden(flags.empty() ? "findings_busy.txt" : "findings_busy.json", outcome.out));
  }
  EXPECT_EQ(output({"doctor", "--input", golden_path("json_fresh.json")}),
            "all is well with main of checkout (pid 4211): no reference or closed object older "
            "than 5m00s, no other finding\n");
}

}  // namespace
}  // namespace temporal_slab::tslab
