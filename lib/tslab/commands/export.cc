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
  render::PrometheusOptions options = line.prometheus;
  if (line.source.selector.pid)
    options.labels.insert(options.labels.begin(), {"pid", std::to_string(snapshot.pid)});
  const std::string text = render::render_prometheus(snapshot, options);
  if (!line.output) return print(streams, text).value_or(kExitOk);
  if (!replace_file(*line.output, text, &error)) return complain(streams, "export: " + error);
  return kExitOk;
}

}  // namespace temporal_slab::tslab
