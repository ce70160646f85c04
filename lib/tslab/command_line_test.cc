#include "tslab/command_line.h"

#include <gtest/gtest.h>

#include <vector>

#include "tslab/commands.h"

namespace temporal_slab::tslab {
namespace {

std::optional<CommandLine> parse(const std::vector<const char*>& arguments) {
  std::string error;
  std::optional<CommandLine> line = parse_command_line(arguments, &error);
  EXPECT_EQ(line.has_value(), error.empty()) << error;
  return line;
}

TEST(CommandLine, GivesTheDefaultsOfARanking) {
  const auto line = parse({"top", "--epochs"});
  ASSERT_TRUE(line);
  EXPECT_EQ(line->command->name, "top");
  EXPECT_EQ(line->epoch_key->name, "rss_bytes");
  EXPECT_EQ(line->class_key, nullptr);
  EXPECT_EQ(line->ranking.rows, 5u);
  EXPECT_FALSE(line->ranking.ascending);
  EXPECT_FALSE(line->watch);
  EXPECT_FALSE(line->source.input || line->source.selector.pid || line->source.selector.name);
}

TEST(CommandLine, TakesEveryFlagOfARanking) {
  const auto line = parse({"top", "--classes", "--by", "net_slabs", "--n", "3", "--asc", "--watch",
                           "0.5", "--pid", "42:main"});
  ASSERT_TRUE(line);
  EXPECT_EQ(line->class_key->name, "net_slabs");
  EXPECT_EQ(line->epoch_key, nullptr);
  EXPECT_EQ(line->ranking.rows, 3u);
  EXPECT_TRUE(line->ranking.ascending);
  EXPECT_EQ(line->watch, std::chrono::milliseconds(500));
  EXPECT_EQ(line->source.selector.pid, 42);
  EXPECT_EQ(line->source.selector.name, "main");
}

TEST(CommandLine, TakesFlagsInAnyOrderAndBeforeTheCommand) {
  const auto line = parse({"--n=7", "--input", "a.json", "top", "--by=refcount", "--epochs"});
  ASSERT_TRUE(line);
  EXPECT_EQ(line->ranking.rows, 7u);
  EXPECT_EQ(line->source.input, "a.json");
  EXPECT_EQ(line->epoch_key->name, "refcount");
}

TEST(CommandLine, CountsTheLastOfAFlag) {
  const auto line = parse({"top", "--epochs", "--n", "1", "--n", "2"});
  ASSERT_TRUE(line);
  EXPECT_EQ(line->ranking.rows, 2u);
}

TEST(CommandLine, TakesEmptyAndDashedValues) {
  EXPECT_EQ(parse({"stats", "--name", ""})->source.selector.name, "");
  EXPECT_EQ(parse({"stats", "--name="})->source.selector.name, "");
  EXPECT_EQ(parse({"stats", "--name", "-x"})->source.selector.name, "-x");
  EXPECT_EQ(parse({"stats", "--name=--x"})->source.selector.name, "--x");
  EXPECT_EQ(parse({"stats", "--name=a=b"})->source.selector.name, "a=b");
}

TEST(CommandLine, KnowsStandardInputByThreeNames) {
  EXPECT_EQ(parse({"stats", "--input", "-"})->source.input, "-");
  EXPECT_EQ(parse({"stats", "--stdin"})->source.input, "-");
  EXPECT_EQ(parse({"validate", "-"})->file, "-");
}

TEST(CommandLine, EndsFlagsAtTwoDashes) {
  EXPECT_EQ(parse({"validate", "--", "--help"})->file, "--help");
  EXPECT_EQ(parse({"--", "validate", "-h"})->file, "-h");
}

TEST(CommandLine, TakesEveryFlagOfAFleet) {
  const auto ps = parse({"ps", "--sort", "rss_bytes", "--watch", "1m30s", "--age", "5m"});
  ASSERT_TRUE(ps);
  EXPECT_EQ(ps->sort->name, "rss_bytes");
  EXPECT_EQ(ps->watch, std::chrono::milliseconds(90'000));
  EXPECT_EQ(ps->thresholds.age_sec, 300u);
  EXPECT_FALSE(ps->reap);
  EXPECT_EQ(parse({"ps"})->sort, nullptr);
  for (const render::FleetKey& key : render::kFleetKeys)
    EXPECT_EQ(parse({"ps", "--sort", std::string(key.name).c_str()})->sort, &key);
  EXPECT_TRUE(parse({"top", "--all", "--epochs"})->all);
  EXPECT_TRUE(parse({"doctor", "--all", "--json"})->all);
  EXPECT_FALSE(parse({"doctor"})->all);
}

TEST(CommandLine, HelpNeedsNothingElse) {
  EXPECT_TRUE(parse({"--help"})->help);
  EXPECT_EQ(parse({"--help"})->command, nullptr);
  EXPECT_TRUE(parse({"-h"})->help);
  EXPECT_TRUE(parse({"validate", "--help"})->help);
  EXPECT_EQ(parse({"--help", "top"})->command->name, "top");
  EXPECT_TRUE(parse({"--version"})->version);
}

}  // namespace
}  // namespace temporal_slab::tslab
