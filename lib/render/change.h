// Two snapshots -> what lies between them: the rates of `tslab watch`, the changes of
// `tslab diff`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "stats/snapshot.h"

namespace temporal_slab::render {

struct Change {
  std::string_view name;
  std::uint64_t before = 0;
  std::uint64_t after = 0;
};

// live_objects, live_bytes and references, which are sums over rows and stay at the
// largest value if they do not fit; then the counters and gauges of the whole.
std::vector<Change> changes(const stats::Snapshot& before, const stats::Snapshot& after);

// A line for each of them that is not 0: what it is now, and how fast it moves, by the
// timestamps of the two. Two that cannot be compared have no rates, and the text says
// why (see why_not_since); neither have two that were taken at the same time.
std::string render_rates(const stats::Snapshot& before, const stats::Snapshot& after);

// A line for each of them that changed.
std::string render_changes(const stats::Snapshot& before, const stats::Snapshot& after);

// "+10", "-4096", "0"
void append_difference(std::string& out, std::uint64_t before, std::uint64_t after);

}  // namespace temporal_slab::render
