#include "render/fleet.h"

#include <algorithm>
#include <limits>

#include "render/findings.h"

namespace temporal_slab::render {
namespace {

void add(std::uint64_t* sum, std::uint64_t more) {
  *sum += std::min(more, std::numeric_limits<std::uint64_t>::max() - *sum);
}

}  // namespace

bool is_in_use(const stats::Snapshot& snapshot, const stats::EpochRow& row) {
  return row.epoch_id == snapshot.current_epoch || row.refcount != 0 || row.live_objects != 0 ||
         row.estimated_rss_bytes != 0;
}

FleetFigures fleet_figures(const stats::Snapshot& snapshot, const Thresholds& thresholds) {
  FleetFigures figures;
  for (const stats::ClassRow& row : snapshot.classes) {
    add(&figures.live_objects, row.live_objects);
    add(&figures.live_bytes, row.live_bytes);
  }
  figures.slab_bytes = snapshot.estimated_slab_rss_bytes;
  figures.rss_bytes = snapshot.rss_bytes_current;
  figures.epoch_count = snapshot.epochs.size();
  for (const stats::EpochRow& row : snapshot.epochs) {
    figures.epochs_in_use += is_in_use(snapshot, row) ? 1 : 0;
    if (row.refcount == 0) continue;
    add(&figures.references, row.refcount);
    figures.oldest_reference_sec = std::max(figures.oldest_reference_sec, row.age_sec);
  }
  figures.findings = find(snapshot, thresholds).size();
  return figures;
}

}  // namespace temporal_slab::render
