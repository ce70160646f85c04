// What the command line asks for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace temporal_slab::stress {

inline constexpr unsigned kMostThreads = 256;

struct Options {
  std::string program = "temporal_slab_stress";
  std::string scenario = "mixed";
  unsigned seconds = 5;
  unsigned threads = 8;
  std::uint64_t seed = 0;
  unsigned stall_seconds = 30;              // a thread that does not move for so long fails the run
  std::optional<std::size_t> max_bytes;     // the scenario's own if not given
  std::optional<std::size_t> retain_bytes;  // likewise
};

// Reads the command line into *options, whose seed stands for a missing --seed.
// False and a line that says what is wrong otherwise.
bool parse_options(int argc, const char* const* argv, Options* options, std::string* error);

// The command that runs the same once more.
std::string reproduce_command(const Options& options);

const char* usage();

}  // namespace temporal_slab::stress
