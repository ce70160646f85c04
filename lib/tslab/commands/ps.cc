#include <algorithm>
#include <array>
#include <vector>

#include "render/fleet.h"
#include "render/text.h"
#include "stats/discovery.h"
#include "stats/segment_path.h"
#include "tslab/commands.h"
#include "tslab/display.h"
#include "tslab/watch.h"

namespace temporal_slab::tslab {
namespace {

constexpr std::size_t kColumns = 11;
using Cells = std::array<std::string, kColumns>;

// One that is published, with its figures if it can be read.
struct One {
  stats::Published published;
  std::string error;
  render::FleetFigures figures;
};

One read(const stats::Published& published) {
  One one = {published, published.error, {}};
  stats::OpenSegment segment;
  stats::Snapshot snapshot;
  if (one.error.empty() && stats::open_listed(published, &segment, &one.error) &&
      segment.snapshot(&snapshot, &one.error))
    one.figures = render::fleet_figures(snapshot, {});
  return one;
}

std::string megabytes(std::uint64_t bytes) {
  std::string text;
  render::append_megabytes(text, bytes);
  return text;
}

Cells row_of(const One& one) {
  const stats::Published& published = one.published;
  const std::string pid = std::to_string(published.pid);
  if (!one.error.empty()) {
    std::string error = "unreadable: ";
    render::append_terminal_safe(error, one.error);
    return {pid, "-", "-", "-", "-", "-", "-", "-", "-", "-", error};
  }
  const render::FleetFigures& figures = one.figures;
  return {pid,
          display_name(published.identity.allocator),
          display_name(published.identity.process),
          display_time(published.uptime_sec),
          megabytes(figures.live_bytes),
          megabytes(figures.slab_bytes),
          std::to_string(figures.epochs_in_use) + "/" + std::to_string(figures.epoch_count),
          std::to_string(figures.references),
          figures.references == 0 ? "-" : display_time(figures.oldest_reference_sec),
          std::to_string(figures.findings),
          published.alive ? "alive" : "dead"};
}

std::string table_of(const std::vector<Cells>& rows) {
  std::array<std::size_t, kColumns> widths = {};
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
  Watch watch(streams, line.watch);
  for (;;) {
    std::vector<stats::Published> list;
    std::string error;
    if (!stats::list_published(&list, &error)) return complain(streams, "ps: " + error);
    if (line.reap) return reap(list, streams);
    std::vector<One> all;
    for (const stats::Published& published : list) all.push_back(read(published));
    if (line.sort != nullptr)
      std::stable_sort(all.begin(), all.end(), [&line](const One& a, const One& b) {
        return a.figures.*line.sort->member > b.figures.*line.sort->member;
      });
    std::vector<Cells> rows = {{"PID", "NAME", "PROCESS", "UPTIME", "LIVE", "SLABS", "EPOCHS",
                                "REFS", "OLDEST", "FINDINGS", "STATE"}};
    for (const One& one : all) rows.push_back(row_of(one));
    const std::string text = all.empty() ? none_published() : table_of(rows);
    if (const std::optional<int> stop = watch.show("", text, "", -1)) return *stop;
  }
}

}  // namespace temporal_slab::tslab
