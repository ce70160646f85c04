// The commands: one table, from which dispatch, help and error messages follow. Each
// command is a file in commands/.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>

#include "tslab/command_line.h"
#include "tslab/flags.h"
#include "tslab/streams.h"

namespace temporal_slab::tslab {

// Each returns the exit code.
int run_ps(const CommandLine& line, const Streams& streams);
int run_stats(const CommandLine& line, const Streams& streams);
int run_top(const CommandLine& line, const Streams& streams);
int run_validate(const CommandLine& line, const Streams& streams);

struct Command {
  std::string_view name;
  std::string_view summary;
  std::string_view usage;    // after the name
  std::string_view details;  // lines
  std::span<const Flag> flags;
  bool takes_file;
  std::string_view example;
  int (*run)(const CommandLine&, const Streams&);
};

inline constexpr Flag kPsFlags[] = {Flag::kHelp};
inline constexpr Flag kStatsFlags[] = {Flag::kJson,  Flag::kPid,   Flag::kName,
                                       Flag::kInput, Flag::kStdin, Flag::kHelp};
inline constexpr Flag kTopFlags[] = {Flag::kEpochs, Flag::kClasses, Flag::kBy,    Flag::kN,
                                     Flag::kAsc,    Flag::kDesc,    Flag::kWatch, Flag::kPid,
                                     Flag::kName,   Flag::kInput,   Flag::kStdin, Flag::kHelp};
inline constexpr Flag kValidateFlags[] = {Flag::kHelp};
inline constexpr Flag kFlagsWithoutCommand[] = {Flag::kHelp, Flag::kVersion};

inline constexpr std::array kCommands = {
    Command{"ps", "list the published allocators of this user", "",
            "Columns: pid, name of the allocator, name of the process, time since that\n"
            "started, alive or dead. A dead one crashed; what it left can still be read.\n"
            "A segment that cannot be read is listed with the reason.\n",
            kPsFlags, false, "tslab ps", run_ps},
    Command{"stats", "one screen of figures, or the whole snapshot as JSON", "[--json] [SOURCE]",
            "", kStatsFlags, false, "tslab stats --json --pid 4211 > snapshot.json", run_stats},
    Command{"top", "rank epochs or size classes",
            "--epochs|--classes [--by KEY] [--n N] [--asc] [--watch SEC] [SOURCE]",
            "Ties are ranked by number. With --watch a terminal is redrawn in place, and a\n"
            "pipe gets one block after the other; it ends with the watched process.\n",
            kTopFlags, false, "tslab top --epochs --by refcount --n 5 --pid 4211", run_top},
    Command{"validate", "check JSON snapshots against the schema", "FILE",
            "FILE, or - for standard input, holds one snapshot, or one a line. Each offence\n"
            "is printed with the line at which its snapshot begins and its path.\n",
            kValidateFlags, true, "tslab validate snapshot.json", run_validate},
};

// "ps, stats, top, validate"
std::string command_names();

}  // namespace temporal_slab::tslab
