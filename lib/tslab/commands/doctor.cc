#include "render/findings.h"
#include "render/since.h"
#include "tslab/commands.h"
#include "tslab/display.h"

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

// Each under a line that says whose it is. Findings of one are findings.
int run_for_all(const CommandLine& line, const Streams& streams) {
  std::vector<stats::Snapshot> snapshots;
  std::string unreadable;
  std::string error;
  if (!read_all_published(&snapshots, &unreadable, &error))
    return complain(streams, "doctor: " + error);
  std::string text;
  bool found = false;
  for (const stats::Snapshot& snapshot : snapshots) {
    const std::vector<render::Finding> findings = render::find(snapshot, line.thresholds);
    found = found || !findings.empty();
    if (line.json) {
      text += render::render_findings_json(snapshot, findings, line.thresholds);
      continue;
    }
    if (!text.empty()) text += '\n';
    if (!findings.empty())
      text += display_name(snapshot.allocator) + " of " + display_name(snapshot.process) +
              " (pid " + std::to_string(snapshot.pid) + "):\n";
    text += render::render_findings(snapshot, findings, line.thresholds);
  }
  const std::optional<int> stop = print(streams, text);
  if (!unreadable.empty()) return complain(streams, "doctor: " + unreadable);
  if (stop == kExitError) return kExitError;
  return found ? kExitInvalid : kExitOk;
}

}  // namespace

int run_doctor(const CommandLine& line, const Streams& streams) {
  if (line.all) return run_for_all(line, streams);
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
