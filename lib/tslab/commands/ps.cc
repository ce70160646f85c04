#include <algorithm>
#include <array>
#include <vector>

#include "render/text.h"
#include "stats/discovery.h"
#include "stats/segment_path.h"
#include "tslab/commands.h"
#include "tslab/display.h"

namespace temporal_slab::tslab {
namespace {

using Cells = std::array<std::string, 5>;

Cells row_of(const stats::Published& published) {
  const std::string pid = std::to_string(published.pid);
  if (!published.error.empty()) {
    std::string error = "unreadable: ";
    render::append_terminal_safe(error, published.error);
    return {pid, "-", "-", "-", error};
  }
  return {pid, display_name(published.identity.allocator), display_name(published.identity.process),
          display_time(published.uptime_sec), published.alive ? "alive" : "dead"};
}

std::string table_of(const std::vector<Cells>& rows) {
  std::array<std::size_t, 5> widths = {};
  for (const Cells& row : rows)
    for (std::size_t i = 0; i + 1 < row.size(); ++i)
      widths[i] = std::max(widths[i], display_width(row[i]) + 2);
  std::string text;
  for (const Cells& row : rows) {
    for (std::size_t i = 0; i + 1 < row.size(); ++i)
      text += row[i] + std::string(widths[i] - display_width(row[i]), ' ');
    text += row.back() + '\n';
  }
  return text;
}

std::string none_published() {
  char directory[stats::kPathBytes];
  std::string text = "no published allocator";
  if (stats::segment_directory(directory)) {
    text += " in ";
    render::append_terminal_safe(text, directory);
  }
  return text + "; a program publishes one with SlabOptions.publish or TEMPORAL_SLAB_PUBLISH=1\n";
}

// What is of a process that lives stays, whatever state it is in.
int reap(const std::vector<stats::Published>& list, const Streams& streams) {
  std::string text;
  std::string faults;
  for (const stats::Published& published : list) {
    if (published.alive) continue;
    std::string error;
    if (!stats::remove_published(published, &error)) {
      faults += (faults.empty() ? "" : "; ") + error;
      continue;
    }
    text += "removed " + std::to_string(published.pid) + " " +
            (published.error.empty() ? display_name(published.identity.allocator) + " of " +
                                           display_name(published.identity.process)
                                     : "unreadable");
    text += ": ";
    render::append_terminal_safe(text, published.path);
    text += '\n';
  }
  if (text.empty() && faults.empty()) text = "nothing to remove: no dead process left a segment\n";
  const std::optional<int> stop = print(streams, text);
  if (!faults.empty()) return complain(streams, "ps --reap: " + faults);
  return stop.value_or(kExitOk);
}

}  // namespace

int run_ps(const CommandLine& line, const Streams& streams) {
  std::vector<stats::Published> list;
  std::string error;
  if (!stats::list_published(&list, &error)) return complain(streams, "ps: " + error);
  if (line.reap) return reap(list, streams);
  std::vector<Cells> rows = {{"PID", "NAME", "PROCESS", "UPTIME", "STATE"}};
  for (const stats::Published& published : list) rows.push_back(row_of(published));
  return print(streams, list.empty() ? none_published() : table_of(rows)).value_or(kExitOk);
}

}  // namespace temporal_slab::tslab
