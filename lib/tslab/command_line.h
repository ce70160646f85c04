// The command line, understood.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>

#include "render/table.h"
#include "tslab/source.h"

namespace temporal_slab::tslab {

struct Command;

struct CommandLine {
  const Command* command = nullptr;  // none: `--help` or `--version` of the whole
  bool help = false;
  bool version = false;

  SourceChoice source;  // stats, top
  bool json = false;    // stats

  // top: one of the two keys is set
  const render::EpochKey* epoch_key = nullptr;
  const render::ClassKey* class_key = nullptr;
  render::TopOptions ranking;
  std::optional<std::chrono::milliseconds> watch;

  std::string file;  // validate
};

// Takes the arguments after the program's name: `--flag VALUE` or `--flag=VALUE`, in any
// order, before or after the command. Of a flag given twice the last counts. A value
// that begins with two dashes is written `--flag=VALUE`; after `--` nothing is a flag.
// Nothing with `error`: one line that says what is wrong and what is allowed.
std::optional<CommandLine> parse_command_line(std::span<const char* const> arguments,
                                              std::string* error);

}  // namespace temporal_slab::tslab
