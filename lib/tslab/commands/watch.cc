#include "tslab/watch.h"

#include "render/change.h"
#include "render/text.h"
#include "tslab/commands.h"

namespace temporal_slab::tslab {

int run_watch(const CommandLine& line, const Streams& streams) {
  std::string error;
  const std::unique_ptr<Source> source = open_source(line.source, streams.in, &error);
  if (source == nullptr) return complain(streams, "watch: " + error);
  const std::string why_not = source->why_not_again();
  if (!why_not.empty())
    return complain(streams,
                    "watch: " + why_not + " (allowed: a published allocator, or --input FILE)");
  stats::Snapshot before;
  if (!source->snapshot(&before, &error)) return complain(streams, "watch: " + error);
  Watch watch(streams, line.interval);
  if (source->end().empty())
    if (const std::optional<int> stop = watch.wait(source->end_fd())) return *stop;
  for (std::uint64_t shown = 1;; ++shown) {
    // Asked first: figures taken after the end are the last ones.
    const std::string end = source->end();
    stats::Snapshot now;
    if (!source->snapshot(&now, &error)) return complain(streams, "watch: " + error);
    const bool last = line.count && shown >= *line.count;
    std::string who;
    render::append_who(who, now);
    if (const std::optional<int> stop =
            watch.show(who, render::render_rates(before, now), end, source->end_fd(), last))
      return *stop;
    before = std::move(now);
  }
}

}  // namespace temporal_slab::tslab
