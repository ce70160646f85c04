#include "stress/options.h"

#include <gtest/gtest.h>

#include <vector>

namespace temporal_slab::stress {
namespace {

bool parse(std::vector<const char*> arguments, Options* options, std::string* error) {
  arguments.insert(arguments.begin(), "stress");
  return parse_options(static_cast<int>(arguments.size()), arguments.data(), options, error);
}

TEST(StressOptions, EachFlagIsStored) {
  Options options;
  std::string error;
  ASSERT_TRUE(parse({"--scenario", "ring", "--seconds", "60", "--threads", "3", "--seed", "7",
                     "--max-bytes", "4096", "--retain-bytes", "0", "--stall-seconds", "9"},
                    &options, &error))
      << error;
  EXPECT_EQ(options.scenario, "ring");
  EXPECT_EQ(options.seconds, 60u);
  EXPECT_EQ(options.threads, 3u);
  EXPECT_EQ(options.seed, 7u);
  EXPECT_EQ(options.max_bytes, 4096u);
  EXPECT_EQ(options.retain_bytes, 0u);
  EXPECT_EQ(options.stall_seconds, 9u);
}

TEST(StressOptions, TimesMayHaveUnits) {
  Options options;
  std::string error;
  ASSERT_TRUE(parse({"--seconds", "1m30s", "--stall-seconds", "2m"}, &options, &error)) << error;
  EXPECT_EQ(options.seconds, 90u);
  EXPECT_EQ(options.stall_seconds, 120u);
}

TEST(StressOptions, TheReproducingCommandParsesToTheSame) {
  Options options;
  options.program = "stress";
  options.scenario = "tight";
  options.seed = UINT64_MAX;
  options.max_bytes = 65536;
  EXPECT_EQ(reproduce_command(options),
            "stress --scenario tight --seconds 5 --threads 8 --seed 18446744073709551615 "
            "--max-bytes 65536");
}

TEST(StressOptions, AnythingElseIsRefused) {
  for (const std::vector<const char*>& arguments :
       std::vector<std::vector<const char*>>{{"--bogus", "1"},
                                             {"--seed"},
                                             {"--seed", "-1"},
                                             {"--seed", "18446744073709551616"},
                                             {"--seconds", "0"},
                                             {"--seconds", "1.5"},
                                             {"--seconds", "25h"},
                                             {"--stall-seconds", "3 m"},
                                             {"--threads", "1"},
                                             {"--threads", "4x"},
                                             {"--scenario", ""}}) {
    Options options;
    std::string error;
    EXPECT_FALSE(parse(arguments, &options, &error)) << arguments[0];
    EXPECT_TRUE(error.starts_with(arguments[0])) << error;
  }
}

}  // namespace
}  // namespace temporal_slab::stress
