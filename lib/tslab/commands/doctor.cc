#include "render/findings.h"
#include "render/since.h"
#include "render/text.h"
#include "tslab/commands.h"
#include "tslab/display.h"
#include "tslab/fleet.h"
#include "tslab/site_names.h"

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

std::string count_of_findings(std::size_t findings) {
  return std::to_string(findings) + (findings == 1 ? " finding" : " findings");
}

// First those with findings, each under a line that says whose they are; then a line for each
// of the others, and one for all. What cannot be read is an error, after what was found.
int run_for_all(const CommandLine& line, const Streams& streams) {
  Fleet fleet;
  std::string error;
  if (!read_fleet(&fleet, &error)) return complain(streams, "doctor: " + error);
  if (fleet.members.empty()) return complain(streams, std::string("doctor: ") + kNonePublished);
  SiteNames names;
  std::string json;
  std::string sick;
  std::string well;
  std::string unreadable;
  std::size_t sick_count = 0;
  for (FleetMember& one : fleet.members) {
    if (!one.error.empty()) {
      // One that is being made, or whose making was given up, says nothing yet.
      if (!one.published.is_unfinished)
        unreadable += (unreadable.empty() ? "" : "; ") + one.pid + " is unreadable: " + one.error;
      continue;
    }
    names.apply(&one.snapshot);
    const std::vector<render::Finding> findings = render::find(one.snapshot, line.thresholds);
    sick_count += findings.empty() ? 0 : 1;
    if (line.json) {
      json += render::render_findings_json(one.snapshot, findings, line.thresholds);
      continue;
    }
    const std::string who = one.pid + ", " + display_name(one.snapshot.allocator) + " of " +
                            display_name(one.snapshot.process) + ": ";
    if (!findings.empty()) {
      sick += who + count_of_findings(findings.size()) + '\n' +
              render::render_findings(one.snapshot, findings, line.thresholds) + '\n';
      continue;
    }
    const std::string note = render::process_note(one.snapshot);
    well += who + "no finding" + (note.empty() ? "" : "; ") + note + '\n';
  }
  std::string text = line.json ? json : sick + well;
  if (!line.json)
    text += "findings in " + std::to_string(sick_count) + " of " + count_of(fleet) + '\n';
  const std::optional<int> stop = print(streams, text);
  if (!fleet.is_whole)
    unreadable +=
        (unreadable.empty() ? "" : "; ") + std::string("there are more than can be listed");
  if (!unreadable.empty()) return complain(streams, "doctor: " + unreadable);
  if (stop == kExitError) return kExitError;
  return sick_count != 0 ? kExitInvalid : kExitOk;
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
