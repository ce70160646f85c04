#include "render/change.h"
#include "tslab/commands.h"
#include "tslab/regressions.h"

namespace temporal_slab::tslab {
namespace {

void append_lines(std::string& out, std::string_view title, const std::vector<std::string>& lines) {
  for (const std::string& line : lines) {
    out += title;
    out += line;
    out += '\n';
  }
}

}  // namespace

int run_diff(const CommandLine& line, const Streams& streams) {
  std::string error;
  stats::Snapshot before;
  stats::Snapshot after;
  if (line.file == "-" && line.after == "-")
    return complain(streams, "diff: A and B are both standard input (allowed: one of them)");
  if (!read_snapshot_file(line.file, streams.in, &before, &error) ||
      !read_snapshot_file(line.after, streams.in, &after, &error))
    return complain(streams, "diff: " + error);

  std::string text = render::render_changes(before, after);
  append_lines(text, "new finding: ", new_findings(before, after, line.thresholds));
  append_lines(text, "gone: ", gone_findings(before, after, line.thresholds));
  std::vector<std::string> regressions;
  for (const Regression& regression : line.fail_on) {
    std::string why = why_it_holds(regression, before, after, line.thresholds);
    if (!why.empty()) regressions.push_back(std::move(why));
  }
  append_lines(text, "REGRESSION ", regressions);
  const std::optional<int> stop = print(streams, text);
  if (stop == kExitError) return kExitError;
  return regressions.empty() ? kExitOk : kExitInvalid;
}

}  // namespace temporal_slab::tslab
