#include "stats/snapshot_build.h"

#include "stats/saturating.h"
#include "stats/snapshot_holders.h"

namespace temporal_slab::stats {
namespace {

constexpr std::uint64_t kNsPerSec = 1'000'000'000;

void grow(std::uint64_t& total, std::uint64_t amount) { total = sum(total, amount); }

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

// What follows from the class's own counters; objects and slabs in epochs are
// added by build_epoch.
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
  // Larger objects are not kept warm; what they take is added by build_epoch.
  row.cache_capacity = row.slab_bytes == 0 ? 0 : retain_bytes / row.slab_bytes;
  row.recycle_rate_pct = percent(row.empty_slab_recycled, row.empty_slab_overflowed);
  return row;
}

// One epoch's row; what it has of each class is added to the class's row too.
EpochRow build_epoch(std::uint32_t epoch, const SegmentCopy& segment, std::uint64_t now_ns,
                     std::vector<ClassRow>* classes) {
  const IncarnationCopy& copy = segment.epochs[epoch];
  const IncarnationRecord& record = copy.record;
  EpochRow row;
  row.epoch_id = epoch;
  row.epoch_era = get(record.era);
  row.state = static_cast<EpochState>(get(record.state));
  const std::uint64_t opened_ns = get(record.opened_ns);
  row.age_sec = opened_ns == 0 ? 0 : difference(now_ns, opened_ns) / kNsPerSec;
  // The segment's own count is for those who want no more than that: the sum of
  // these holders is of the same moment as they are.
  row.holders = build_holders(segment, segment.holders[epoch]);
  for (const HolderRow& holder : row.holders) grow(row.refcount, holder.refs);
  row.label = text_of(copy.label());
  row.slow_path_hits = get(record.slow_path_hits);
  row.rss_before_close = get(record.rss_before_close);
  row.rss_after_close = get(record.rss_after_close);
  row.close_madvise_bytes = get(record.close_madvise_bytes);
  for (ClassRow& of_class : *classes) {
    const CellWords& cell = record.cells[of_class.class_index];
    const EpochClassFigures figures = figures_of(cell);
    const bool large = of_class.slab_bytes == 0;
    const std::uint64_t large_bytes =
        large ? sum(get(record.large_bytes), get(record.carried_large_bytes)) : 0;
    const std::uint64_t live_bytes =
        large ? large_bytes : product(figures.live_objects, of_class.object_size);
    grow(row.live_objects, figures.live_objects);
    grow(row.live_bytes, live_bytes);
    grow(row.total_partial_slabs, figures.partial_slabs);
    grow(row.total_full_slabs, figures.full_slabs);
    grow(row.total_reclaimable_slabs, figures.reclaimable_slabs);
    grow(row.carried_slabs, figures.carried_slabs);
    grow(row.reclaimable_bytes, product(figures.reclaimable_slabs, of_class.slab_bytes));
    const std::uint64_t slabs = sum(sum(figures.partial_slabs, figures.full_slabs),
                                    sum(figures.reclaimable_slabs, figures.carried_slabs));
    grow(row.estimated_rss_bytes, large ? large_bytes : product(slabs, of_class.slab_bytes));

    grow(of_class.committed_bytes, large_bytes);
    grow(of_class.estimated_rss_bytes, large_bytes);
    grow(of_class.live_objects, figures.live_objects);
    grow(of_class.live_bytes, live_bytes);
    grow(of_class.total_partial_slabs, sum(figures.partial_slabs, get(cell.carried_partial_slabs)));
    grow(of_class.total_full_slabs, sum(figures.full_slabs, get(cell.carried_full_slabs)));
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
}

}  // namespace

EpochClassFigures figures_of(const CellWords& cell) {
  EpochClassFigures figures;
  figures.live_objects = sum(get(cell.live_objects), get(cell.carried_objects));
  figures.partial_slabs = get(cell.partial_slabs);
  figures.full_slabs = get(cell.full_slabs);
  figures.reclaimable_slabs = get(cell.reclaimable_slabs);
  figures.carried_slabs = sum(get(cell.carried_partial_slabs), get(cell.carried_full_slabs));
  return figures;
}

void build_snapshot(const SegmentCopy& copy, const ReadContext& context, Snapshot* out) {
  *out = Snapshot();
  take_counters(copy.counters, out);
  const SegmentHeader& header = copy.header;
  out->schema_version = kSchemaVersion;
  out->version = text_of(header.version);
  out->timestamp_ns = context.now_realtime_ns;
  out->pid = get(header.pid);
  out->process = text_of(header.process);
  out->allocator = text_of(header.allocator);
  out->page_size = get(header.page_size);
  out->epoch_count = kEpochCount;
  out->current_epoch = get(copy.current_epoch);
  out->rss_bytes_current = context.rss_bytes;
  for (std::uint32_t i = 0; i < get(header.class_count); ++i)
    out->classes.push_back(build_class(i, copy.classes[i], get(header.retain_bytes)));
  for (std::uint32_t i = 0; i < kEpochCount; ++i) {
    out->epochs.push_back(build_epoch(i, copy, context.now_monotonic_ns, &out->classes));
    const bool active = out->epochs.back().state == EpochState::kActive;
    ++(active ? out->active_epoch_count : out->closing_epoch_count);
  }
  for (std::uint32_t i = 0; i < copy.abandoned_count; ++i)
    out->abandoned.push_back(build_abandoned(copy, copy.abandoned[i]));
  out->modules = build_modules(copy);
  for (const ClassRow& row : out->classes) add_class_to_totals(row, out);
  out->net_slabs = difference(out->total_slabs_allocated, out->total_slabs_recycled);
}

}  // namespace temporal_slab::stats
