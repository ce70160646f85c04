#include <algorithm>
#include <vector>

#include "render/fleet.h"
#include "render/text.h"
#include "stats/segment_path.h"
#include "tslab/columns.h"
#include "tslab/commands.h"
#include "tslab/display.h"
#include "tslab/fleet.h"
#include "tslab/screen.h"
#include "tslab/watch.h"

namespace temporal_slab::tslab {
namespace {

struct One {
  const FleetMember* member;
  render::FleetFigures figures = {};

  bool is_readable() const { return member->error.empty(); }
};

std::string megabytes(std::uint64_t bytes) {
  std::string text;
  render::append_megabytes(text, bytes);
  return text;
}

std::string state_of(const FleetMember& one) {
  const stats::Published& published = one.published;
  if (!one.error.empty()) {
    std::string text = "unreadable: ";
    render::append_terminal_safe(text, one.error);
    if (published.is(stats::Life::kUnknown)) return text;
    return std::string(stats::to_string(published.liveness.life)) + ", " + text;
  }
  std::string text = stats::to_string(published.liveness.life);
  if (published.is(stats::Life::kDead))
    text += ", last known " + display_time(published.last_known_ago_sec) + " ago";
  if (*published.liveness.reason != '\0') text += std::string(": ") + published.liveness.reason;
  return text;
}

std::vector<TableColumn> columns_of(const render::FleetKey* key) {
  std::vector<TableColumn> columns = {{"PID"}, {"NAME"}, {"PROCESS"}};
  for (const char* const title :
       {"UPTIME", "LIVE", "SLABS", "EPOCHS", "REFS", "OLDEST", "FINDINGS"})
    columns.push_back({title, Side::kRight});
  if (key != nullptr && !key->column.empty())
    columns.push_back({std::string(key->column), Side::kRight});
  columns.push_back({"STATE"});
  return columns;
}

std::vector<std::string> row_of(const One& one, const render::FleetKey* key, std::size_t columns) {
  const FleetMember& member = *one.member;
  const stats::Published& published = member.published;
  std::vector<std::string> cells = {member.pid};
  if (one.is_readable()) {
    const render::FleetFigures& figures = one.figures;
    cells.insert(cells.end(),
                 {display_name(published.identity.allocator),
                  display_name(published.identity.process), display_time(published.uptime_sec),
                  megabytes(figures.live_bytes), megabytes(figures.slab_bytes),
                  std::to_string(figures.epochs_in_use) + "/" + std::to_string(figures.epoch_count),
                  std::to_string(figures.references),
                  figures.references == 0 ? "-" : display_time(figures.oldest_reference_sec),
                  std::to_string(figures.findings)});
    // The only one there is, rss_bytes: 0 of what has none, or has none that can be seen from here.
    if (key != nullptr && !key->column.empty()) {
      const std::uint64_t bytes = figures.*key->member;
      cells.push_back(bytes == 0 ? "-" : megabytes(bytes));
    }
  }
  cells.resize(columns - 1, "-");
  cells.push_back(state_of(member));
  return cells;
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

std::string list(const CommandLine& line, const Fleet& fleet, std::optional<std::size_t> width) {
  if (fleet.members.empty()) return none_published();
  std::vector<One> all;
  for (const FleetMember& member : fleet.members) {
    One& one = all.emplace_back(One{&member});
    if (one.is_readable()) one.figures = render::fleet_figures(member.snapshot, line.thresholds);
  }
  if (line.sort != nullptr)
    std::stable_sort(all.begin(), all.end(), [&line](const One& a, const One& b) {
      if (a.is_readable() != b.is_readable()) return a.is_readable();
      return a.figures.*line.sort->member > b.figures.*line.sort->member;
    });
  const std::vector<TableColumn> columns = columns_of(line.sort);
  std::vector<std::vector<std::string>> rows;
  for (const One& one : all) rows.push_back(row_of(one, line.sort, columns.size()));
  std::string text = in_columns(columns, rows, width);
  if (!fleet.is_whole) text += kMoreThanCanBeListed;
  return text;
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
  if (line.reap) return reap(streams);
  Watch watch(streams, line.watch);
  for (;;) {
    Fleet fleet;
    std::string error;
    if (!read_fleet(&fleet, &error)) return complain(streams, "ps: " + error);
    const std::optional<ScreenSize> size = screen_size(streams.out);
    const std::string text = list(line, fleet, size ? std::optional(size->columns) : std::nullopt);
    if (const std::optional<int> stop = watch.show(count_of(fleet), text, "", -1)) return *stop;
  }
}

}  // namespace temporal_slab::tslab
