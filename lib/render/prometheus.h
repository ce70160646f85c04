// Snapshots -> Prometheus text exposition, from the table of fields.
//
//   <prefix>_<name>                global, no labels of their own
//   <prefix>_class_<name>          labels class, object_size
//   <prefix>_epoch_<name>          label epoch, or epoch, era, state; see EpochSeries
//   <prefix>_epoch_info            labels epoch, era, state, label; its value is 1
//
// A counter's name ends in _total. Units are base units, worked out exactly: of
// nanoseconds `_ns` becomes `_seconds`, `_sec` becomes `_seconds`, `_pct` (percent)
// becomes `_ratio`. A gauge `x_count` is called `xs`, because _count belongs to
// histograms. To each series is added
//
//   allocator="NAME"   if the allocator has a name
//   pid="PID"          where several processes are shown together
//   process="NAME"     likewise
//   user="UID"         if it is another user's, which root sees
//   segment="N"        if two allocators of one process, shown together, have one
//                      name: the N of the segment's file, for all that share it
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "render/exposition.h"
#include "render/finding_kinds.h"
#include "stats/snapshot.h"

namespace temporal_slab::render {

inline constexpr std::string_view kMetricPrefix = "temporal_slab";

// What the series of an epoch are of.
enum class EpochSeries {
  kEpoch,  // labels epoch, era, state: each incarnation has series of its own
  kSlot,   // label epoch: the same series for ever, however fast the ring turns.
           // _epoch_info is there for the incarnations that leak: for those that
           // findings of references and objects would name (render/findings.h)
};

struct PrometheusOptions {
  std::string_view prefix = kMetricPrefix;  // is_metric_prefix
  EpochSeries series = EpochSeries::kSlot;
  std::uint64_t age_sec = Thresholds().age_sec;  // what leaks is older
  MetricLabels labels = {};                      // of all series, after those above
};

// One of several allocators shown together.
struct PrometheusSource {
  const stats::Snapshot* snapshot = nullptr;
  std::uint32_t segment = 0;               // of its file's name
  std::optional<std::uint32_t> user = {};  // whose it is, if it is not the reader's
};

// One allocator, without pid and process.
std::string render_prometheus(const stats::Snapshot& snapshot, const PrometheusOptions& options);

// Several, each with its pid and process: every family once, with the series of all. Two
// of the sources differ in pid or segment. The prefix is that of `out`.
void append_prometheus(Exposition& out, std::span<const PrometheusSource> sources,
                       const PrometheusOptions& options);

}  // namespace temporal_slab::render
