#include "demo/command_line.h"

#include <charconv>
#include <string_view>
#include <system_error>

#include "base/duration.h"

namespace temporal_slab::demo {
namespace {

struct NumberFlag {
  std::string_view name;
  unsigned CommandLine::*value;
  unsigned lowest;
  unsigned highest;
  std::string_view help;
};

constexpr NumberFlag kNumberFlags[] = {
    {"--threads", &CommandLine::threads, 1, kMostThreads, "worker threads"},
    {"--top", &CommandLine::top, 1, 1'000'000, "words to print"},
};

constexpr std::string_view kServe = "--serve-seconds";
constexpr std::chrono::milliseconds kMostServeTime = std::chrono::hours(24 * 365);

struct SwitchFlag {
  std::string_view name;
  bool CommandLine::*value;
  std::string_view help;
};

constexpr SwitchFlag kSwitchFlags[] = {
    {"--leak", &CommandLine::leak, "background-worker-3 enters its epoch twice and never leaves"},
    {"--help", &CommandLine::help, "print this"},
};

std::string quoted(std::string_view text) { return std::string("\"").append(text).append("\""); }

std::string allowed_flags() {
  std::string text;
  for (const SwitchFlag& flag : kSwitchFlags) text += std::string(flag.name) + ", ";
  text += std::string(kServe) + " TIME, ";
  for (const NumberFlag& flag : kNumberFlags) text += std::string(flag.name) + " N, ";
  return text + "FILE...";
}

bool read_number(const NumberFlag& flag, std::string_view text, CommandLine* out,
                 std::string* error) {
  unsigned value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = failure == std::errc() && end == text.data() + text.size();
  if (whole && value >= flag.lowest && value <= flag.highest) {
    out->*flag.value = value;
    return true;
  }
  *error = std::string(flag.name) + " takes a number from " + std::to_string(flag.lowest) + " to " +
           std::to_string(flag.highest) + ", not " + quoted(text);
  return false;
}

bool read_serve_time(std::string_view text, CommandLine* out, std::string* error) {
  const auto time = base::parse_duration(text);
  if (time && *time <= kMostServeTime) {
    out->serve_time = *time;
    return true;
  }
  *error = std::string(kServe) + " takes a time up to 365d, as 600, 90s, 0.5s or 1h30m, not " +
           quoted(text);
  return false;
}

// The value of an option that takes one: what follows "=", or the next argument. Nothing if this
// is not that option, null if its value is missing. Moves `at` past a next argument.
std::optional<const char*> value_of(std::string_view name, std::span<const char* const> arguments,
                                    std::size_t* at) {
  const std::string_view argument = arguments[*at - 1];
  if (argument == name) return *at < arguments.size() ? arguments[(*at)++] : nullptr;
  if (argument.starts_with(name) && argument.substr(name.size()).starts_with("="))
    return argument.data() + name.size() + 1;
  return std::nullopt;
}

// One option with its value, if it takes one. Moves `at` past what it used.
bool read_flag(std::span<const char* const> arguments, std::size_t* at, CommandLine* out,
               std::string* error) {
  const std::string_view argument = arguments[(*at)++];
  for (const SwitchFlag& flag : kSwitchFlags) {
    if (argument == flag.name) return out->*flag.value = true;
  }
  if (const auto value = value_of(kServe, arguments, at)) {
    if (*value != nullptr) return read_serve_time(*value, out, error);
    *error = std::string(kServe) + " needs a time";
    return false;
  }
  for (const NumberFlag& flag : kNumberFlags) {
    const auto value = value_of(flag.name, arguments, at);
    if (!value) continue;
    if (*value != nullptr) return read_number(flag, *value, out, error);
    *error = std::string(flag.name) + " needs a number";
    return false;
  }
  *error = "unknown option " + quoted(argument) + "; allowed: " + allowed_flags();
  return false;
}

}  // namespace

std::optional<CommandLine> parse_command_line(std::span<const char* const> arguments,
                                              std::string* error) {
  CommandLine result;
  bool only_files = false;
  for (std::size_t at = 0; at < arguments.size();) {
    const std::string_view argument = arguments[at];
    if (!only_files && argument == "--") {
      only_files = true;
      ++at;
    } else if (only_files || !argument.starts_with("-")) {
      result.files.emplace_back(argument);
      ++at;
    } else if (!read_flag(arguments, &at, &result, error)) {
      return std::nullopt;
    }
  }
  if (result.leak && result.threads < kLeakingWorker) {
    *error = "--leak takes --threads 3 or more: background-worker-3 is the one that leaks";
    return std::nullopt;
  }
  return result;
}

std::string usage() {
  std::string text =
      "usage: temporal-slab-demo [OPTION]... [FILE]...\n"
      "Counts the words of FILEs, each one request with an epoch of its own;\n"
      "without FILE, of the licence texts in /usr/share/common-licenses.\n\n";
  const auto add = [&text](std::string option, std::string_view help) {
    option.resize(22, ' ');
    text += "  " + option + std::string(help) + "\n";
  };
  for (const SwitchFlag& flag : kSwitchFlags) add(std::string(flag.name), flag.help);
  add(std::string(kServe) + " TIME",
      "stay alive that long after the results, for tslab to attach (0):");
  add("", "600, 90s or 1h30m, without a unit seconds");
  const CommandLine defaults;
  for (const NumberFlag& flag : kNumberFlags)
    add(std::string(flag.name) + " N",
        std::string(flag.help) + " (" + std::to_string(defaults.*flag.value) + ")");
  return text;
}

}  // namespace temporal_slab::demo
