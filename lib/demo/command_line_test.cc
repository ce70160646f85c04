#include "demo/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <vector>

namespace temporal_slab::demo {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::optional<CommandLine> parse(std::initializer_list<const char*> arguments, std::string* error) {
  const std::vector<const char*> list(arguments);
  return parse_command_line(list, error);
}

CommandLine accepted(std::initializer_list<const char*> arguments) {
  std::string error;
  const auto result = parse(arguments, &error);
  EXPECT_TRUE(result) << error;
  return result.value_or(CommandLine{});
}

std::string refused(std::initializer_list<const char*> arguments) {
  std::string error;
  EXPECT_FALSE(parse(arguments, &error));
  return error;
}

TEST(CommandLine, WithoutArgumentsMeansTheDefaults) {
  const CommandLine line = accepted({});
  EXPECT_FALSE(line.leak);
  EXPECT_EQ(line.serve_time.count(), 0);
  EXPECT_EQ(line.threads, 4u);
  EXPECT_EQ(line.top, 10u);
  EXPECT_THAT(line.files, IsEmpty());
}

TEST(CommandLine, TakesOptionsAndFilesInAnyOrder) {
  const CommandLine line =
      accepted({"a", "--threads", "5", "--leak", "b", "--serve-seconds=9", "--top", "3", "/c d"});
  EXPECT_TRUE(line.leak);
  EXPECT_EQ(line.serve_time, std::chrono::seconds(9));
  EXPECT_EQ(line.threads, 5u);
  EXPECT_EQ(line.top, 3u);
  EXPECT_THAT(line.files, ElementsAre("a", "b", "/c d"));
}

TEST(CommandLine, TakesEverythingAfterTwoDashesAsFiles) {
  EXPECT_THAT(accepted({"--", "--leak", "-x"}).files, ElementsAre("--leak", "-x"));
}

TEST(CommandLine, NamesWhatIsAllowedForAnUnknownOption) {
  EXPECT_EQ(
      refused({"--leaks"}),
      "unknown option \"--leaks\"; allowed: --leak, --help, --serve-seconds TIME, --threads N, "
      "--top N, FILE...");
}

TEST(CommandLine, RefusesNumbersOutOfRangeWithTheRange) {
  for (const char* text : {"0", "13", "-1", "+2", "4x", "", " 4", "4294967300", "99999999999999"})
    EXPECT_EQ(refused({"--threads", text}),
              "--threads takes a number from 1 to 12, not \"" + std::string(text) + "\"");
}

TEST(CommandLine, TakesATimeInSecondsOrWithUnits) {
  using namespace std::chrono_literals;
  EXPECT_EQ(accepted({"--serve-seconds", "0"}).serve_time, 0s);
  EXPECT_EQ(accepted({"--serve-seconds", "0.5"}).serve_time, 500ms);
  EXPECT_EQ(accepted({"--serve-seconds=500ms"}).serve_time, 500ms);
  EXPECT_EQ(accepted({"--serve-seconds", "1h30m"}).serve_time, 90min);
  EXPECT_EQ(accepted({"--serve-seconds", "365d"}).serve_time, 365 * 24h);
}

TEST(CommandLine, RefusesWhatIsNoTimeWithWhatIs) {
  for (const char* text : {"-1", "", "5 m", "10min", "366d", "nan", "1e3"})
    EXPECT_EQ(refused({"--serve-seconds", text}),
              "--serve-seconds takes a time up to 365d, as 600, 90s, 0.5s or 1h30m, not \"" +
                  std::string(text) + "\"");
  EXPECT_EQ(refused({"--serve-seconds"}), "--serve-seconds needs a time");
}

TEST(CommandLine, RefusesAnOptionWithoutItsNumber) {
  EXPECT_EQ(refused({"--top"}), "--top needs a number");
}

TEST(CommandLine, RefusesALeakWithoutTheWorkerThatLeaks) {
  EXPECT_THAT(refused({"--leak", "--threads", "2"}), HasSubstr("--threads 3 or more"));
  EXPECT_TRUE(accepted({"--leak", "--threads", "3"}).leak);
}

TEST(CommandLine, UsageNamesEveryOptionWithItsDefault) {
  for (const char* part :
       {"--leak", "--serve-seconds TIME", "--threads N", "(4)", "--top N", "(10)"})
    EXPECT_THAT(usage(), HasSubstr(part));
}

}  // namespace
}  // namespace temporal_slab::demo
