#include "stress/options.h"

#include <charconv>
#include <string_view>

#include "lib/base/duration.h"

namespace temporal_slab::stress {
namespace {

bool parse_number(std::string_view text, std::uint64_t low, std::uint64_t high,
                  std::uint64_t* value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *value);
  return error == std::errc() && end == text.data() + text.size() && *value >= low &&
         *value <= high;
}

// Whole seconds, at least one and at most a day.
bool parse_time(std::string_view text, unsigned* seconds) {
  const auto time = base::parse_duration(text);
  if (!time || time->count() < 1'000 || time->count() > 86'400'000 || time->count() % 1'000 != 0)
    return false;
  *seconds = static_cast<unsigned>(time->count() / 1'000);
  return true;
}

// Stores the value of one flag. False: the flag is unknown or its value is bad.
bool store(std::string_view flag, std::string_view text, Options* options) {
  std::uint64_t value = 0;
  if (flag == "--scenario") {
    options->scenario = text;
    return !text.empty();
  }
  if (flag == "--seconds") return parse_time(text, &options->seconds);
  if (flag == "--stall-seconds") return parse_time(text, &options->stall_seconds);
  if (flag == "--threads" && parse_number(text, 2, kMostThreads, &value)) {
    options->threads = static_cast<unsigned>(value);
  } else if (flag == "--seed" && parse_number(text, 0, UINT64_MAX, &value)) {
    options->seed = value;
  } else if (flag == "--max-bytes" && parse_number(text, 0, SIZE_MAX, &value)) {
    options->max_bytes = value;
  } else if (flag == "--retain-bytes" && parse_number(text, 0, SIZE_MAX, &value)) {
    options->retain_bytes = value;
  } else {
    return false;
  }
  return true;
}

}  // namespace

bool parse_options(int argc, const char* const* argv, Options* options, std::string* error) {
  if (argc > 0) options->program = argv[0];
  for (int i = 1; i < argc; i += 2) {
    if (i + 1 == argc) {
      *error = std::string(argv[i]) + ": no value";
      return false;
    }
    if (!store(argv[i], argv[i + 1], options)) {
      *error = std::string(argv[i]) + " " + argv[i + 1] + ": unknown flag or bad value";
      return false;
    }
  }
  return true;
}

std::string reproduce_command(const Options& options) {
  std::string command = options.program + " --scenario " + options.scenario + " --seconds " +
                        std::to_string(options.seconds) + " --threads " +
                        std::to_string(options.threads) + " --seed " + std::to_string(options.seed);
  if (options.max_bytes) command += " --max-bytes " + std::to_string(*options.max_bytes);
  if (options.retain_bytes) command += " --retain-bytes " + std::to_string(*options.retain_bytes);
  return command;
}

const char* usage() {
  return "usage: temporal_slab_stress [--scenario NAME] [--seconds TIME] [--threads N, 2 to 256]\n"
         "         [--seed S] [--max-bytes N] [--retain-bytes N] [--stall-seconds TIME]\n"
         "TIME is of whole seconds, up to a day: 90, 90s or 1m30s.\n";
}

}  // namespace temporal_slab::stress
