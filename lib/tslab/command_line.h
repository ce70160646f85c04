// The command line, understood.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "render/finding_kinds.h"
#include "render/fleet.h"
#include "render/prometheus.h"
#include "render/table.h"
#include "tslab/listen_address.h"
#include "tslab/regressions.h"
#include "tslab/source.h"

namespace temporal_slab::tslab {

struct Command;

struct CommandLine {
  const Command* command = nullptr;  // none: `--help` or `--version` of the whole
  bool help = false;
  bool version = false;

  SourceChoice source;
  bool json = false;  // stats, doctor
  bool all = false;   // top, doctor: not one source, but all that are published

  // top: one of the two keys is set
  const render::EpochKey* epoch_key = nullptr;
  const render::ClassKey* class_key = nullptr;
  render::TopOptions ranking;
  bool rows_given = false;
  std::optional<std::chrono::milliseconds> watch;  // also ps

  std::string file;   // validate, and the first one of diff
  std::string after;  // the second one of diff

  render::Thresholds thresholds;             // doctor; ps, diff, report their age
  std::optional<std::string> since;          // doctor
  std::chrono::milliseconds interval{1000};  // watch, record
  std::optional<std::uint64_t> count;        // watch, record
  std::optional<std::string> output;         // record, export; without it standard output
  std::vector<Regression> fail_on;           // diff
  bool reap = false;                         // ps
  const render::FleetKey* sort = nullptr;    // ps; without it by pid

  render::PrometheusOptions prometheus;  // export, serve; its prefix is in the arguments
  ListenAddress listen;                  // serve
};

// Takes the arguments after the program's name: `--flag VALUE` or `--flag=VALUE`, in any
// order, before or after the command. Of a flag given twice the last counts, of --label
// each. A value
// that begins with two dashes is written `--flag=VALUE`; after `--` nothing is a flag.
// Nothing with `error`: one line that says what is wrong and what is allowed.
std::optional<CommandLine> parse_command_line(std::span<const char* const> arguments,
                                              std::string* error);

}  // namespace temporal_slab::tslab
