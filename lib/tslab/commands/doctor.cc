#include "render/findings.h"
#include "render/since.h"
#include "tslab/commands.h"

namespace temporal_slab::tslab {
namespace {

// The snapshot to be looked at: with --since the time from that file on.
bool take(const CommandLine& line, const Streams& streams, stats::Snapshot* out,
          std::string* error) {
  const std::unique_ptr<Source> source = open_source(line.source, streams.in, error);
  if (source == nullptr || !source->snapshot(out, error)) return false;
  if (!line.since) return true;
  stats::Snapshot before;
  if (!read_snapshot_file(*line.since, streams.in, &before, error)) return false;
  *error = render::why_not_since(*out, before);
  if (!error->empty()) {
    error->insert(0, "--since: ");
    return false;
  }
  *out = render::since(*out, before);
  return true;
}

}  // namespace

int run_doctor(const CommandLine& line, const Streams& streams) {
  std::string error;
  stats::Snapshot snapshot;
  if (!take(line, streams, &snapshot, &error)) return complain(streams, "doctor: " + error);
  const std::vector<render::Finding> findings = render::find(snapshot, line.thresholds);
  const std::optional<int> stop =
      print(streams, line.json ? render::render_findings_json(snapshot, findings, line.thresholds)
                               : render::render_findings(snapshot, findings, line.thresholds));
  // A reader that goes away has not changed the verdict.
  if (stop == kExitError) return kExitError;
  return findings.empty() ? kExitOk : kExitInvalid;
}

}  // namespace temporal_slab::tslab
