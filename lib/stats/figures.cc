#include "stats/figures.h"

#include "stats/saturating.h"
#include "stats/segment_write.h"

namespace temporal_slab::stats {

// Copies the fields that are kept as counters.
#define TEMPORAL_SLAB_TAKE_STORED(name, Counter) \
  row->name = get(counters[static_cast<std::uint32_t>(Counter::k_##name)]);
#define TEMPORAL_SLAB_TAKE_DERIVED(name, Counter)
#define TEMPORAL_SLAB_TAKE_GLOBAL(name, type, kind, origin, unit, help) \
  TEMPORAL_SLAB_TAKE_##origin(name, GlobalCounter)
#define TEMPORAL_SLAB_TAKE_CLASS(name, type, kind, origin, unit, help) \
  TEMPORAL_SLAB_TAKE_##origin(name, ClassCounter)

void take_counters(const Word* counters, Snapshot* row) {
  TEMPORAL_SLAB_GLOBAL_FIELDS(TEMPORAL_SLAB_TAKE_GLOBAL)
}

void take_counters(const Word* counters, ClassRow* row) {
  TEMPORAL_SLAB_CLASS_FIELDS(TEMPORAL_SLAB_TAKE_CLASS)
}

#undef TEMPORAL_SLAB_TAKE_CLASS
#undef TEMPORAL_SLAB_TAKE_GLOBAL
#undef TEMPORAL_SLAB_TAKE_DERIVED
#undef TEMPORAL_SLAB_TAKE_STORED

void take_header(const SegmentHeader& header, const ReadContext& context, Snapshot* row) {
  row->schema_version = kSchemaVersion;
  row->timestamp_ns = context.now_realtime_ns;
  row->pid = get(header.publisher.pid);
  row->process_state = to_string(context.liveness.life);
  row->process_state_reason = context.liveness.reason;
  row->uptime_sec = context.uptime_sec;
  row->last_known_ns = context.last_known_realtime_ns != 0 ? context.last_known_realtime_ns
                                                           : context.now_realtime_ns;
  row->page_size = get(header.page_size);
  row->epoch_count = get(header.epoch_count);
  row->takeover_after_sec = get(header.takeover_after_sec);
  row->rss_bytes_current = context.rss_bytes;
}

ClassRow build_class(std::uint32_t index, const ClassBlock& block, std::uint64_t retain_bytes) {
  ClassRow row;
  take_counters(block.counters, &row);
  row.class_index = index;
  row.object_size = get(block.object_size);
  row.slab_bytes = get(block.slab_bytes);
  const std::uint64_t emptied = sum(row.empty_slab_recycled, row.empty_slab_overflowed);
  row.net_slabs = difference(row.new_slab_count, emptied);
  row.committed_bytes = product(row.net_slabs, row.slab_bytes);
  row.estimated_rss_bytes = sum(row.committed_bytes, product(row.cache_size, row.slab_bytes));
  // Larger objects are not kept warm; add_incarnation adds what they take.
  row.cache_capacity = row.slab_bytes == 0 ? 0 : retain_bytes / row.slab_bytes;
  row.recycle_rate_pct = percent(row.empty_slab_recycled, row.empty_slab_overflowed);
  return row;
}

EpochClassFigures figures_of(const CellWords& cell) {
  EpochClassFigures figures;
  figures.live_objects = sum(get(cell.live_objects), get(cell.carried_objects));
  figures.partial_slabs = get(cell.partial_slabs);
  figures.full_slabs = get(cell.full_slabs);
  figures.reclaimable_slabs = get(cell.reclaimable_slabs);
  figures.carried_slabs = sum(get(cell.carried_partial_slabs), get(cell.carried_full_slabs));
  return figures;
}

std::uint64_t large_bytes_of(const ClassRow& row, const IncarnationRecord& record) {
  return row.slab_bytes == 0 ? sum(get(record.large_bytes), get(record.carried_large_bytes)) : 0;
}

std::uint64_t live_bytes_of(const ClassRow& row, const EpochClassFigures& figures,
                            std::uint64_t large_bytes) {
  return row.slab_bytes == 0 ? large_bytes : product(figures.live_objects, row.object_size);
}

void add_incarnation(const IncarnationCopy& copy, ClassRow* row) {
  const CellWords& cell = copy.cells[row->class_index];
  const EpochClassFigures figures = figures_of(cell);
  const std::uint64_t large_bytes = large_bytes_of(*row, copy.record);
  grow(row->committed_bytes, large_bytes);
  grow(row->estimated_rss_bytes, large_bytes);
  grow(row->live_objects, figures.live_objects);
  grow(row->live_bytes, live_bytes_of(*row, figures, large_bytes));
  grow(row->total_partial_slabs, sum(figures.partial_slabs, get(cell.carried_partial_slabs)));
  grow(row->total_full_slabs, sum(figures.full_slabs, get(cell.carried_full_slabs)));
}

void add_class_to_totals(const ClassRow& row, Snapshot* out) {
  grow(out->total_slabs_allocated, row.new_slab_count);
  grow(out->total_slabs_recycled, sum(row.empty_slab_recycled, row.empty_slab_overflowed));
  grow(out->estimated_slab_rss_bytes, row.estimated_rss_bytes);
  grow(out->total_slow_path_hits, row.slow_path_hits);
  grow(out->total_slow_cache_miss, row.slow_path_cache_miss);
  grow(out->total_slow_epoch_closed, row.slow_path_epoch_closed);
  grow(out->total_cache_overflows, row.empty_slab_overflowed);
  grow(out->total_madvise_calls, row.madvise_calls);
  grow(out->total_madvise_bytes, row.madvise_bytes);
  grow(out->total_madvise_failures, row.madvise_failures);
  grow(out->total_allocs, row.allocs);
  grow(out->total_frees, row.frees);
  grow(out->total_remote_frees, row.remote_frees);
  out->net_slabs = difference(out->total_slabs_allocated, out->total_slabs_recycled);
}

}  // namespace temporal_slab::stats
