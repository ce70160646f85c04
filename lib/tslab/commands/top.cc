#include <chrono>
#include <functional>
#include <set>

#include "render/table.h"
#include "render/text.h"
#include "tslab/columns.h"
#include "tslab/commands.h"
#include "tslab/display.h"
#include "tslab/fleet.h"
#include "tslab/keyed_screen.h"
#include "tslab/screen.h"
#include "tslab/top_view.h"
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

// Reads what is looked at; `end` says why later figures would be no different. False with `error`.
using Look = std::function<bool(TopFigures* out, std::string* end, std::string* error)>;

// What is shown of the last figures once the screen is the one before again.
using Last = std::function<std::string(const CommandLine& line, const TopFigures& figures)>;

int run_keyed(const CommandLine& line, const Streams& streams, std::unique_ptr<KeyedScreen> screen,
              int end_fd, const Look& look, const Last& last) {
  using std::chrono::steady_clock;
  TopView view(line);
  TopFigures figures;
  std::string error;
  bool is_due = true;
  steady_clock::time_point due;
  for (;;) {
    // A pause holds what is shown, the process's last figures too.
    if (is_due && !view.is_paused()) {
      std::string end;
      if (!look(&figures, &end, &error)) {
        screen.reset();
        return complain(streams, "top: " + error);
      }
      if (!end.empty()) {
        screen.reset();
        CommandLine chosen = line;
        chosen.epoch_key = view.epoch_key();
        chosen.class_key = view.class_key();
        const std::string text = figures.heading + '\n' + last(chosen, figures) + end + '\n';
        return print(streams, text).value_or(kExitOk);
      }
      due = steady_clock::now() + *line.watch;
      is_due = false;
    }
    screen->show(view.lines(figures, screen->size()), view.is_typing());
    std::optional<std::chrono::nanoseconds> left;
    if (!view.is_paused()) left = due - steady_clock::now();
    Press press;
    switch (screen->wait(left, view.is_paused() ? -1 : end_fd, &press)) {
      case KeyedScreen::Event::kStop:
        return kExitOk;
      case KeyedScreen::Event::kPress:
        if (!view.press(press)) return kExitOk;
        is_due = steady_clock::now() >= due;
        break;
      default:
        is_due = true;
    }
  }
}

int run_keyed_for_all(const CommandLine& line, const Streams& streams,
                      std::unique_ptr<KeyedScreen> screen) {
  const Look look = [](TopFigures* out, std::string*, std::string* error) {
    Fleet fleet;
    if (!read_fleet(&fleet, error)) return false;
    *out = {{}, {}, display_now() + "  " + count_of(fleet), left_out(fleet)};
    for (FleetMember& one : fleet.members) {
      if (!one.error.empty()) continue;
      out->snapshots.push_back(std::move(one.snapshot));
      out->pids.push_back(one.pid);
    }
    if (fleet.members.empty()) out->notes = std::string(kNonePublished) + '\n';
    return true;
  };
  return run_keyed(line, streams, std::move(screen), -1, look, nullptr);
}

int run_keyed_for_one(const CommandLine& line, const Streams& streams, Source& source,
                      std::unique_ptr<KeyedScreen> screen) {
  const Look look = [&](TopFigures* out, std::string* end, std::string* error) {
    // Asked first: figures taken after the end are the last ones.
    *end = source.end();
    *out = {};
    if (!source.snapshot(&out->snapshots.emplace_back(), error)) return false;
    out->heading = display_now() + "  ";
    render::append_who(out->heading, out->snapshots.front());
    return true;
  };
  const Last last = [&](const CommandLine& chosen, const TopFigures& figures) {
    return shown_on(streams.out, table_of(chosen, figures.snapshots.front()));
  };
  return run_keyed(line, streams, std::move(screen), source.end_fd(), look, last);
}

// Watched until nobody looks any more: allocators come and go.
int run_for_all(const CommandLine& line, const Streams& streams) {
  if (line.watch)
    if (std::unique_ptr<KeyedScreen> screen = KeyedScreen::open(streams))
      return run_keyed_for_all(line, streams, std::move(screen));
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
  if (line.watch)
    if (std::unique_ptr<KeyedScreen> screen = KeyedScreen::open(streams))
      return run_keyed_for_one(line, streams, *source, std::move(screen));
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
