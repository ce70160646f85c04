#include "tslab/run.h"

#include <temporal_slab/export.h>

#include <cstddef>
#include <span>

#include "tslab/commands.h"
#include "tslab/help.h"

namespace temporal_slab::tslab {

int run(int argc, const char* const* argv, const Streams& streams) {
  // A program may be started without even its own name.
  std::span<const char* const> arguments(argv, static_cast<std::size_t>(argc));
  if (!arguments.empty()) arguments = arguments.subspan(1);
  std::string error;
  const std::optional<CommandLine> line = parse_command_line(arguments, &error);
  if (!line) return complain(streams, error);
  if (line->version) return print(streams, "tslab " TEMPORAL_SLAB_VERSION "\n").value_or(kExitOk);
  if (line->help)
    return print(streams, line->command == nullptr ? help() : help_of(*line->command))
        .value_or(kExitOk);
  return line->command->run(*line, streams);
}

}  // namespace temporal_slab::tslab
