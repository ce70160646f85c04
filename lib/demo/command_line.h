// What temporal-slab-demo was asked to do.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace temporal_slab::demo {

// The worker that leaks with --leak, counted from 1.
inline constexpr unsigned kLeakingWorker = 3;

// Each worker holds at most one epoch, the leak and the results one each. With 12
// workers two epochs of the ring of 16 (the default) are therefore always free for it to turn to.
inline constexpr unsigned kMostThreads = 12;

struct CommandLine {
  bool help = false;
  bool leak = false;
  std::chrono::milliseconds serve_time{0};
  unsigned threads = 4;
  unsigned top = 10;
  std::vector<std::string> files;  // empty: the default ones
};

// Reads the arguments that follow the program's name. nullopt: `error` is one line
// that says what is allowed.
std::optional<CommandLine> parse_command_line(std::span<const char* const> arguments,
                                              std::string* error);

// What --help prints.
std::string usage();

}  // namespace temporal_slab::demo
