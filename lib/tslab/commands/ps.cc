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

std::string state_of(const stats::Published& published) {
  std::string text = stats::to_string(published.liveness.life);
  if (published.is(stats::Life::kDead))
    text += ", last known " + display_time(published.last_known_ago_sec) + " ago";
  if (*published.liveness.reason != '\0') text += std::string(": ") + published.liveness.reason;
  return text;
}

Cells row_of(const stats::Published& published) {
  const std::string pid = std::to_string(published.pid);
  if (!published.error.empty()) {
    std::string error = "unreadable: ";
    render::append_terminal_safe(error, published.error);
    if (published.is(stats::Life::kAlive)) error = "alive, " + error;
    if (published.is(stats::Life::kDead)) error = "dead, " + error;
    return {pid, "-", "-", "-", error};
  }
  return {pid, display_name(published.identity.allocator), display_name(published.identity.process),
          display_time(published.uptime_sec), state_of(published)};
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

// Only what is provably dead goes, however many there are.
int reap(const Streams& streams) {
  std::string text;
  std::string faults;
  std::string error;
  std::size_t unknown = 0;
  std::size_t removed = 0;
  const auto remove = [&](const stats::Published& published) {
    if (published.is(stats::Life::kUnknown) && !published.is_unfinished) ++unknown;
    if (!published.is(stats::Life::kDead) && !published.is_unfinished) return;
    std::string fault;
    if (!stats::remove_published(published, &fault)) {
      faults += (faults.empty() ? "" : "; ") + fault;
      return;
    }
    ++removed;
    text += "removed " + std::to_string(published.pid) + " " +
            (published.error.empty() ? display_name(published.identity.allocator) + " of " +
                                           display_name(published.identity.process)
                                     : "unreadable");
    text += ": ";
    render::append_terminal_safe(text, published.path);
    text += '\n';
  };
  stats::Listing listing;
  do {
    removed = 0;
    unknown = 0;
    faults.clear();
    if (!stats::list_published(&listing, &error)) return complain(streams, "ps: " + error);
    for (const stats::Published& published : listing.segments) remove(published);
  } while (!listing.is_whole && removed != 0);
  if (text.empty() && faults.empty()) text = "nothing to remove: no dead process left a segment\n";
  if (unknown != 0)
    text += std::to_string(unknown) +
            " left, of which it is not known whether they live: tslab ps "
            "says why\n";
  const std::optional<int> stop = print(streams, text);
  if (!faults.empty()) return complain(streams, "ps --reap: " + faults);
  return stop.value_or(kExitOk);
}

}  // namespace

int run_ps(const CommandLine& line, const Streams& streams) {
  std::string error;
  if (line.reap) return reap(streams);
  stats::Listing listing;
  if (!stats::list_published(&listing, &error)) return complain(streams, "ps: " + error);
  const std::vector<stats::Published>& list = listing.segments;
  std::vector<Cells> rows = {{"PID", "NAME", "PROCESS", "UPTIME", "STATE"}};
  for (const stats::Published& published : list) rows.push_back(row_of(published));
  std::string text = list.empty() ? none_published() : table_of(rows);
  if (!listing.is_whole) text += "and more than can be listed; tslab ps --reap removes dead ones\n";
  return print(streams, text).value_or(kExitOk);
}

}  // namespace temporal_slab::tslab
