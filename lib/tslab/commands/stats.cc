#include "render/json.h"
#include "render/summary.h"
#include "tslab/commands.h"

namespace temporal_slab::tslab {

int run_stats(const CommandLine& line, const Streams& streams) {
  std::string error;
  stats::Snapshot snapshot;
  const std::unique_ptr<Source> source = open_source(line.source, streams.in, &error);
  if (source == nullptr || !source->snapshot(&snapshot, &error))
    return complain(streams, "stats: " + error);
  return print(streams,
               line.json ? render::render_json(snapshot) : render::render_summary(snapshot))
      .value_or(kExitOk);
}

}  // namespace temporal_slab::tslab
