#include <set>

#include "render/table.h"
#include "render/text.h"
#include "tslab/columns.h"
#include "tslab/commands.h"
#include "tslab/display.h"
#include "tslab/fleet.h"
#include "tslab/screen.h"
#include "tslab/watch.h"

namespace temporal_slab::tslab {
namespace {

std::string table_of(const CommandLine& line, const stats::Snapshot& snapshot) {
  if (line.epoch_key != nullptr)
    return render::render_top_epochs(snapshot, *line.epoch_key, line.ranking);
  return render::render_top_classes(snapshot, *line.class_key, line.ranking);
}

// On a terminal labels that are too long for it go on below themselves.
std::string shown_on(int fd, const std::string& table) {
  const std::optional<ScreenSize> size = screen_size(fd);
  if (!size) return table;
  const std::size_t header = table.find('\n') + 1;
  const std::size_t last_column = table.rfind(' ', table.find('\n', header)) + 1 - header;
  return fold(table, size->columns, last_column);
}

// What is to be said of those in the ranking whose process is not known to be alive.
std::string notes_of(const render::Ranking& ranking,
                     const std::vector<const FleetMember*>& members) {
  std::set<std::size_t> shown;
  for (const render::Ranking::Row& row : ranking.rows) shown.insert(row.of);
  std::string text;
  for (const std::size_t i : shown) {
    const std::string note = render::process_note(members[i]->snapshot);
    if (!note.empty()) text += members[i]->pid + ": " + note + '\n';
  }
  return text;
}

// Whose each row is stands before it.
std::string table_of_all(const CommandLine& line, const Fleet& fleet,
                         std::optional<std::size_t> width) {
  if (fleet.members.empty()) return std::string(kNonePublished) + '\n';
  std::vector<stats::Snapshot> snapshots;
  std::vector<const FleetMember*> members;
  for (const FleetMember& one : fleet.members) {
    if (!one.error.empty()) continue;
    snapshots.push_back(one.snapshot);
    members.push_back(&one);
  }
  const render::Ranking ranking =
      line.epoch_key != nullptr ? render::rank_epochs(snapshots, *line.epoch_key, line.ranking)
                                : render::rank_classes(snapshots, *line.class_key, line.ranking);
  std::vector<TableColumn> columns = {{"pid"}, {"name"}, {"process"}};
  for (const std::string& title : ranking.columns)
    columns.push_back({title, title == "state" || title == "label" ? Side::kLeft : Side::kRight});
  std::vector<std::vector<std::string>> rows;
  for (const render::Ranking::Row& row : ranking.rows) {
    const FleetMember& of = *members[row.of];
    const stats::SegmentIdentity& identity = of.published.identity;
    rows.push_back({of.pid, display_name(identity.allocator), display_name(identity.process)});
    rows.back().insert(rows.back().end(), row.cells.begin(), row.cells.end());
  }
  // Above a text that is watched the count stands already.
  return ranking.title + (line.watch ? "" : ", of " + count_of(fleet)) + '\n' +
         in_columns(columns, rows, width) + notes_of(ranking, members) + left_out(fleet);
}

// Watched until nobody looks any more: allocators come and go.
int run_for_all(const CommandLine& line, const Streams& streams) {
  Watch watch(streams, line.watch);
  for (;;) {
    Fleet fleet;
    std::string error;
    if (!read_fleet(&fleet, &error)) return complain(streams, "top: " + error);
    if (fleet.members.empty() && !line.watch)
      return complain(streams, std::string("top: ") + kNonePublished);
    const std::optional<ScreenSize> size = screen_size(streams.out);
    const std::string text =
        table_of_all(line, fleet, size ? std::optional(size->columns) : std::nullopt);
    if (const std::optional<int> stop = watch.show(count_of(fleet), text, "", -1)) return *stop;
  }
}

}  // namespace

int run_top(const CommandLine& line, const Streams& streams) {
  if (line.all) return run_for_all(line, streams);
  std::string error;
  const std::unique_ptr<Source> source = open_source(line.source, streams.in, &error);
  if (source == nullptr) return complain(streams, "top: " + error);
  const std::string why_not = line.watch ? source->why_not_again() : "";
  if (!why_not.empty())
    return complain(
        streams, "top --watch: " + why_not + " (allowed: a published allocator, or --input FILE)");
  Watch watch(streams, line.watch);
  for (;;) {
    // Asked first: figures taken after the end are the last ones.
    const std::string end = source->end();
    stats::Snapshot snapshot;
    if (!source->snapshot(&snapshot, &error)) return complain(streams, "top: " + error);
    std::string who;
    render::append_who(who, snapshot);
    if (const std::optional<int> stop =
            watch.show(who, shown_on(streams.out, table_of(line, snapshot)), end, source->end_fd()))
      return *stop;
  }
}

}  // namespace temporal_slab::tslab
