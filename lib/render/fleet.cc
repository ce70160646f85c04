#include "render/fleet.h"

#include <algorithm>

#include "render/findings.h"
#include "stats/saturating.h"

namespace temporal_slab::render {

bool is_in_use(const stats::Snapshot& snapshot, const stats::EpochRow& row) {
  return row.epoch_id == snapshot.current_epoch || row.refcount != 0 || row.live_objects != 0 ||
         row.estimated_rss_bytes != 0;
}

FleetFigures fleet_figures(const stats::Snapshot& snapshot, const Thresholds& thresholds) {
  FleetFigures figures;
  for (const stats::ClassRow& row : snapshot.classes) {
    stats::grow(figures.live_objects, row.live_objects);
    stats::grow(figures.live_bytes, row.live_bytes);
  }
  figures.slab_bytes = snapshot.estimated_slab_rss_bytes;
  figures.rss_bytes = snapshot.rss_bytes_current;
  figures.epoch_count = snapshot.epochs.size();
  for (const stats::EpochRow& row : snapshot.epochs) {
    figures.epochs_in_use += is_in_use(snapshot, row) ? 1 : 0;
    if (row.refcount == 0) continue;
    stats::grow(figures.references, row.refcount);
    figures.oldest_reference_sec = std::max(figures.oldest_reference_sec, row.age_sec);
  }
  figures.findings = find(snapshot, thresholds).size();
  return figures;
}

}  // namespace temporal_slab::render
