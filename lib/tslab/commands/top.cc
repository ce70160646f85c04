#include "render/table.h"
#include "render/text.h"
#include "tslab/commands.h"
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

// Watched until nobody reads it any more: allocators come and go.
int run_for_all(const CommandLine& line, const Streams& streams) {
  Watch watch(streams, line.watch);
  for (;;) {
    std::vector<stats::Snapshot> snapshots;
    std::string unreadable;
    std::string error;
    if (!read_all_published(&snapshots, &unreadable, &error))
      return complain(streams, "top: " + error);
    const std::string text =
        line.epoch_key != nullptr
            ? render::render_top_epochs(snapshots, *line.epoch_key, line.ranking)
            : render::render_top_classes(snapshots, *line.class_key, line.ranking);
    if (const std::optional<int> stop = watch.show("", shown_on(streams.out, text), "", -1))
      return *stop;
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
