// Snapshots -> Prometheus text exposition, from the table of fields.
//
//   <prefix>_<name>                global, no labels of their own
//   <prefix>_class_<name>          labels class, object_size
//   <prefix>_epoch_<name>          labels epoch, era, state; see EpochSeries
//   <prefix>_epoch_info            also label; its value is 1
//
// A counter's name ends in _total. Units are base units, worked out exactly: of
// nanoseconds `_ns` becomes `_seconds`, `_sec` becomes `_seconds`, `_pct` (percent)
// becomes `_ratio`. A gauge `x_count` is called `xs`, because _count belongs to
// histograms. To each series is added
//
//   allocator="NAME"   if the allocator has a name
//   pid="PID"          where several processes are shown together
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
#include "stats/snapshot.h"

namespace temporal_slab::render {

inline constexpr std::string_view kMetricPrefix = "temporal_slab";

// Which labels the numeric series of an epoch carry.
enum class EpochSeries {
  kEpoch,  // epoch, era, state: each incarnation has series of its own
  kSlot,   // epoch alone: 16 series a figure for ever, however fast the ring turns
};

struct PrometheusOptions {
  std::string_view prefix = kMetricPrefix;  // is_metric_prefix
  EpochSeries series = EpochSeries::kEpoch;
};

// One of several allocators shown together.
struct PrometheusSource {
  const stats::Snapshot* snapshot = nullptr;
  std::uint32_t segment = 0;               // of its file's name
  std::optional<std::uint32_t> user = {};  // whose it is, if it is not the reader's
};

// One allocator, without pid.
std::string render_prometheus(const stats::Snapshot& snapshot, const PrometheusOptions& options);

// Several, each with its pid: every family once, with the series of all. Two of the
// sources differ in pid or segment.
void append_prometheus(Exposition& out, std::span<const PrometheusSource> sources,
                       EpochSeries series);

}  // namespace temporal_slab::render
