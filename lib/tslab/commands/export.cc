#include "render/prometheus.h"
#include "tslab/commands.h"
#include "tslab/replace_file.h"

namespace temporal_slab::tslab {

int run_export(const CommandLine& line, const Streams& streams) {
  std::string error;
  stats::Snapshot snapshot;
  const std::unique_ptr<Source> source = open_source(line.source, streams.in, &error);
  if (source == nullptr || !source->snapshot(&snapshot, &error))
    return complain(streams, "export: " + error);
  const std::string text = render::render_prometheus(snapshot, line.prometheus);
  if (!line.output) return print(streams, text).value_or(kExitOk);
  if (!replace_file(*line.output, text, &error)) return complain(streams, "export: " + error);
  return kExitOk;
}

}  // namespace temporal_slab::tslab
