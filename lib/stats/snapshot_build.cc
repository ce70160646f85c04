#include "stats/snapshot_build.h"

#include <algorithm>

#include "stats/saturating.h"
#include "stats/snapshot_holders.h"

namespace temporal_slab::stats {
namespace {

constexpr std::uint64_t kNsPerSec = 1'000'000'000;

// One epoch's row; what it has of each class is added to the class's row too.
EpochRow build_epoch(std::uint32_t epoch, const SegmentCopy& segment, std::uint64_t now_ns,
                     std::vector<ClassRow>* classes) {
  const IncarnationCopy& copy = segment.epochs[epoch];
  const IncarnationRecord& record = copy.record;
  EpochRow row;
  row.epoch_id = epoch;
  row.epoch_era = get(record.era);
  row.state = static_cast<EpochState>(get(record.state));
  const auto seconds_since = [now_ns](const Word& ns) {
    return get(ns) == 0 ? 0 : difference(now_ns, get(ns)) / kNsPerSec;
  };
  row.age_sec = seconds_since(record.opened_ns);
  row.closing_since_sec = seconds_since(record.closing_ns);
  // The segment's own count is for those who want no more than that: the sum of
  // these holders is of the same moment as they are.
  row.holders = build_holders(segment, segment.holders[epoch], now_ns);
  // Who drops is at work in the current epoch; in one that was passed nobody new begins.
  const bool is_passed = row.state == EpochState::kActive && epoch != get(segment.current_epoch);
  for (const HolderRow& holder : row.holders) {
    grow(row.refcount, holder.refs);
    if (holder.refs == 0 || (holder.dropped != 0 && !is_passed)) continue;
    grow(row.kept_refs, holder.refs);
    row.kept_oldest_sec = std::max(row.kept_oldest_sec, holder.held_sec);
  }
  row.label = text_of(copy.label());
  row.slow_path_hits = get(record.slow_path_hits);
  row.rss_before_close = get(record.rss_before_close);
  row.rss_after_close = get(record.rss_after_close);
  row.close_madvise_bytes = get(record.close_madvise_bytes);
  row.carried_eras = get(record.carried_eras);
  row.carried_oldest_age_sec = seconds_since(record.carried_opened_ns);
  for (ClassRow& of_class : *classes) {
    const CellWords& cell = copy.cells[of_class.class_index];
    const EpochClassFigures figures = figures_of(cell);
    const bool large = of_class.slab_bytes == 0;
    const std::uint64_t large_bytes = large_bytes_of(of_class, record);
    grow(row.live_objects, figures.live_objects);
    grow(row.live_bytes, live_bytes_of(of_class, figures, large_bytes));
    grow(row.total_partial_slabs, figures.partial_slabs);
    grow(row.total_full_slabs, figures.full_slabs);
    grow(row.total_reclaimable_slabs, figures.reclaimable_slabs);
    grow(row.carried_slabs, figures.carried_slabs);
    grow(row.carried_objects, get(cell.carried_objects));
    grow(row.carried_bytes, large ? get(record.carried_large_bytes)
                                  : product(get(cell.carried_objects), of_class.object_size));
    grow(row.carried_slab_bytes, large ? get(record.carried_large_bytes)
                                       : product(figures.carried_slabs, of_class.slab_bytes));
    grow(row.reclaimable_bytes, product(figures.reclaimable_slabs, of_class.slab_bytes));
    const std::uint64_t slabs = sum(sum(figures.partial_slabs, figures.full_slabs),
                                    sum(figures.reclaimable_slabs, figures.carried_slabs));
    grow(row.estimated_rss_bytes, large ? large_bytes : product(slabs, of_class.slab_bytes));
    add_incarnation(copy, &of_class);
  }
  return row;
}

AbandonedRow build_abandoned(const SegmentCopy& segment, const AbandonedRecord& record) {
  AbandonedRow row;
  row.holders = build_holders(segment, record);
  row.epoch_id = get(record.epoch_id);
  row.epoch_era = get(record.epoch_era);
  row.label = text_of(record.label);
  row.refcount = get(record.refcount);
  row.age_sec = get(record.age_sec);
  return row;
}

}  // namespace

void build_snapshot(const SegmentCopy& copy, const ReadContext& context, Snapshot* out) {
  *out = Snapshot();
  take_counters(copy.counters, out);
  const SegmentHeader& header = copy.header;
  take_header(header, context, out);
  out->version = text_of(header.version);
  out->process = text_of(header.process);
  out->allocator = text_of(header.allocator);
  out->current_epoch = get(copy.current_epoch);
  for (std::uint32_t i = 0; i < get(header.class_count); ++i)
    out->classes.push_back(build_class(i, copy.classes[i], get(header.retain_bytes)));
  for (std::uint32_t i = 0; i < get(header.epoch_count); ++i) {
    out->epochs.push_back(build_epoch(i, copy, context.now_monotonic_ns, &out->classes));
    const bool active = out->epochs.back().state == EpochState::kActive;
    ++(active ? out->active_epoch_count : out->closing_epoch_count);
  }
  for (std::uint32_t i = 0; i < copy.abandoned_count; ++i)
    out->abandoned.push_back(build_abandoned(copy, copy.abandoned[i]));
  out->modules = build_modules(copy);
  for (const ClassRow& row : out->classes) add_class_to_totals(row, out);
}

}  // namespace temporal_slab::stats
