#include "demo/command_line.h"

#include <charconv>
#include <string_view>
#include <system_error>

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
    {"--serve-seconds", &CommandLine::serve_seconds, 0, 1'000'000,
     "stay alive that long after the results, for tslab to attach"},
    {"--threads", &CommandLine::threads, 1, kMostThreads, "worker threads"},
    {"--top", &CommandLine::top, 1, 1'000'000, "words to print"},
};

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

// One option with its value, if it takes one. Moves `at` past what it used.
bool read_flag(std::span<const char* const> arguments, std::size_t* at, CommandLine* out,
               std::string* error) {
  const std::string_view argument = arguments[(*at)++];
  for (const SwitchFlag& flag : kSwitchFlags) {
    if (argument == flag.name) return out->*flag.value = true;
  }
  for (const NumberFlag& flag : kNumberFlags) {
    if (argument == flag.name) {
      if (*at < arguments.size()) return read_number(flag, arguments[(*at)++], out, error);
      *error = std::string(flag.name) + " needs a number";
      return false;
    }
    if (argument.starts_with(flag.name) && argument.substr(flag.name.size()).starts_with("="))
      return read_number(flag, argument.substr(flag.name.size() + 1), out, error);
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
    option.resize(20, ' ');
    text += "  " + option + std::string(help) + "\n";
  };
  for (const SwitchFlag& flag : kSwitchFlags) add(std::string(flag.name), flag.help);
  const CommandLine defaults;
  for (const NumberFlag& flag : kNumberFlags)
    add(std::string(flag.name) + " N",
        std::string(flag.help) + " (" + std::to_string(defaults.*flag.value) + ")");
  return text;
}

}  // namespace temporal_slab::demo
