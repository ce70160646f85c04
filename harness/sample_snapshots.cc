#include "harness/sample_snapshots.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "memory/size_class.h"
#include "render/visit_fields.h"
#include "stats/segment_layout.h"

namespace temporal_slab::harness {
namespace {

constexpr std::uint64_t kEpochs = 16;
constexpr std::uint64_t kRetainBytes = 4 << 20;
constexpr std::uint64_t kCurrentEpoch = 6;
constexpr std::uint64_t kCurrentEra = 150;

// What one class has standing in one epoch of the busy snapshot.
struct Cell {
  std::uint64_t live_objects = 0;
  std::uint64_t partial_slabs = 0;
  std::uint64_t full_slabs = 0;
  std::uint64_t reclaimable_slabs = 0;
  std::uint64_t carried_slabs = 0;  // each with one object and free slots
};

// What each of the larger objects measures.
constexpr std::uint64_t kLargeBytes = 40'960;

std::uint64_t object_bytes(const stats::ClassRow& row) {
  return row.object_size == 0 ? kLargeBytes : row.object_size;
}

std::uint64_t slab_bytes(const stats::ClassRow& row) {
  return row.slab_bytes == 0 ? kLargeBytes : row.slab_bytes;
}

Cell busy_cell(std::uint64_t epoch, std::size_t class_index) {
  const std::uint64_t slots = memory::kSizeClasses[class_index].slots;
  Cell cell;
  if (class_index == memory::kLargeClass) {
    cell.live_objects = cell.full_slabs = epoch % 3;
    return cell;
  }
  cell.partial_slabs = 1 + (epoch + class_index) % 3;
  cell.full_slabs = epoch * (class_index + 1) % 7;
  cell.reclaimable_slabs = epoch == kCurrentEpoch && class_index < 3 ? 2 : 0;
  cell.carried_slabs = epoch == 3 && class_index % 2 == 0 ? class_index + 1 : 0;
  cell.live_objects = cell.full_slabs * slots +
                      cell.partial_slabs * (1 + (epoch + class_index) % (slots - 1)) +
                      cell.carried_slabs;
  return cell;
}

void add_cell(stats::EpochRow& epoch, stats::ClassRow& row, const Cell& cell) {
  const std::uint64_t slabs =
      cell.partial_slabs + cell.full_slabs + cell.reclaimable_slabs + cell.carried_slabs;
  epoch.live_objects += cell.live_objects;
  epoch.live_bytes += cell.live_objects * object_bytes(row);
  epoch.total_partial_slabs += cell.partial_slabs;
  epoch.total_full_slabs += cell.full_slabs;
  epoch.total_reclaimable_slabs += cell.reclaimable_slabs;
  epoch.carried_slabs += cell.carried_slabs;
  epoch.carried_objects += cell.carried_slabs;
  epoch.carried_bytes += cell.carried_slabs * object_bytes(row);
  epoch.carried_slab_bytes += cell.carried_slabs * slab_bytes(row);
  epoch.estimated_rss_bytes += slabs * slab_bytes(row);
  epoch.reclaimable_bytes += cell.reclaimable_slabs * slab_bytes(row);
  row.live_objects += cell.live_objects;
  row.total_partial_slabs += cell.partial_slabs + cell.carried_slabs;
  row.total_full_slabs += cell.full_slabs;
  row.net_slabs += slabs;
}

stats::HolderRow leaking_worker() {
  stats::HolderRow holder;
  holder.tid = 4217;
  holder.thread = "worker-3";
  holder.refs = 2;
  holder.taken = 3;
  holder.dropped = 1;
  holder.held_sec = 612;
  holder.site = "handle_job worker.cpp:88";
  return holder;
}

stats::AbandonedRow abandoned(std::uint64_t epoch, std::uint64_t era, std::uint64_t refs) {
  stats::AbandonedRow record;
  record.epoch_id = epoch;
  record.epoch_era = era;
  record.label = "forgotten-" + std::to_string(era);
  record.refcount = refs;
  record.age_sec = 7200 - era;
  record.holders = {leaking_worker()};
  return record;
}

// Counters of the past; what stands now is in the row already.
void add_history(stats::ClassRow& row) {
  const std::uint64_t scale = 1 + row.class_index * 3 % 8;  // so that ranks differ from ids
  row.empty_slab_recycled = 300 * scale;
  row.empty_slab_overflowed = 100 * scale;
  row.new_slab_count = row.net_slabs + row.empty_slab_recycled + row.empty_slab_overflowed;
  row.slow_path_epoch_closed = row.class_index;
  row.current_partial_null = 160 * scale;
  row.slow_path_hits = row.new_slab_count + row.slow_path_epoch_closed;
  row.current_partial_full = row.slow_path_hits - row.current_partial_null;
  row.slow_path_cache_miss = row.new_slab_count / 2;
  row.list_move_full_to_partial = 50 * scale;
  row.list_move_partial_to_full = row.total_full_slabs + row.list_move_full_to_partial;
  row.madvise_calls = 4 * scale;
  row.madvise_bytes = row.empty_slab_overflowed * slab_bytes(row);
  row.epoch_close_calls = 150;
  row.epoch_close_scanned_slabs = 700 * scale;
  row.epoch_close_recycled_slabs = 350 * scale;
  row.epoch_close_total_ns = 1'234'567 * scale;
  row.frees = 40'000 * scale;
  row.allocs = row.frees + row.live_objects;
  row.remote_frees = row.frees / 8;
  row.lock_fast_acquire = row.allocs + row.frees;
  row.lock_contended = 9 * scale;
  row.cache_size = row.class_index + 2;
  row.recycle_rate_pct = 75;
  if (row.slab_bytes == 0) {  // larger objects are not kept warm
    row.new_slab_count -= row.empty_slab_recycled;
    row.empty_slab_recycled = row.cache_size = row.recycle_rate_pct = 0;
    row.slow_path_hits = row.current_partial_null = row.current_partial_full = 0;
    row.slow_path_cache_miss = row.slow_path_epoch_closed = 0;
    row.list_move_full_to_partial = row.list_move_partial_to_full = 0;
    row.epoch_close_recycled_slabs = 0;
  }
  row.live_bytes = row.live_objects * object_bytes(row);
  row.committed_bytes = row.net_slabs * slab_bytes(row);
  row.estimated_rss_bytes = row.committed_bytes + row.cache_size * row.slab_bytes;
}

void add_class_to_totals(stats::Snapshot& s, const stats::ClassRow& row) {
  s.total_slabs_allocated += row.new_slab_count;
  s.total_slabs_recycled += row.empty_slab_recycled + row.empty_slab_overflowed;
  s.net_slabs += row.net_slabs;
  s.estimated_slab_rss_bytes += row.estimated_rss_bytes;
  s.total_slow_path_hits += row.slow_path_hits;
  s.total_slow_cache_miss += row.slow_path_cache_miss;
  s.total_slow_epoch_closed += row.slow_path_epoch_closed;
  s.total_cache_overflows += row.empty_slab_overflowed;
  s.total_madvise_calls += row.madvise_calls;
  s.total_madvise_bytes += row.madvise_bytes;
  s.total_allocs += row.allocs;
  s.total_frees += row.frees;
  s.total_remote_frees += row.remote_frees;
}

}  // namespace

stats::Snapshot fresh_snapshot() {
  stats::Snapshot s;
  s.schema_version = stats::kSchemaVersion;
  s.version = "1.2.3";
  s.timestamp_ns = 1'700'000'000'123'456'789;
  s.pid = 4211;
  s.process_state = "alive";
  s.uptime_sec = 3600;
  s.last_known_ns = s.timestamp_ns;
  s.process = "checkout";
  s.allocator = "main";
  s.page_size = memory::kPageBytes;
  s.epoch_count = kEpochs;
  s.takeover_after_sec = 300;
  s.active_epoch_count = kEpochs;
  s.rss_bytes_current = 3'276'800;
  for (const memory::SizeClass& size_class : memory::kSizeClasses) {
    stats::ClassRow row;
    row.class_index = s.classes.size();
    row.object_size = size_class.object_bytes;
    row.slab_bytes = size_class.slab_bytes;
    row.cache_capacity = size_class.slab_bytes == 0 ? 0 : kRetainBytes / size_class.slab_bytes;
    s.classes.push_back(row);
  }
  for (std::uint64_t id = 0; id < kEpochs; ++id) {
    stats::EpochRow row;
    row.epoch_id = id;
    s.epochs.push_back(row);
  }
  return s;
}

stats::Snapshot busy_snapshot() {
  stats::Snapshot s = fresh_snapshot();
  s.current_epoch = kCurrentEpoch;
  s.active_epoch_count = 1;
  s.closing_epoch_count = kEpochs - 1;
  s.rss_bytes_current = 56'000'512;
  s.invalid_frees = 3;
  s.stale_frees = 2;
  s.refcount_underflows = 1;
  s.stale_releases = 4;
  s.abandoned_refs = 3;
  s.epochs_closed = kCurrentEra;
  s.epochs_drained_at_close = 131;
  for (stats::EpochRow& epoch : s.epochs) {
    const std::uint64_t steps_ago = (kCurrentEpoch + kEpochs - epoch.epoch_id) % kEpochs;
    epoch.epoch_era = kCurrentEra - steps_ago;
    epoch.state = steps_ago == 0 ? stats::EpochState::kActive : stats::EpochState::kClosing;
    epoch.age_sec = 10 + 61 * steps_ago;
    epoch.closing_since_sec = steps_ago == 0 ? 0 : 10 + 61 * (steps_ago - 1);
    epoch.refcount = epoch.epoch_id == kCurrentEpoch ? 7 : 0;
    epoch.label = "test-request-" + std::to_string(epoch.epoch_era);
    epoch.slow_path_hits = 11 * epoch.epoch_id;
    for (stats::ClassRow& row : s.classes)
      add_cell(epoch, row, busy_cell(epoch.epoch_id, row.class_index));
    if (steps_ago == 0) continue;
    epoch.rss_before_close = 60'000'000 + 4096 * epoch.epoch_id;
    epoch.close_madvise_bytes = 40'960 * epoch.epoch_id;
    epoch.rss_after_close = epoch.rss_before_close - epoch.close_madvise_bytes;
  }
  s.epochs[3].carried_eras = 5;
  s.epochs[3].carried_oldest_age_sec = 4321;
  s.epochs[12].label = "background-worker-3";
  s.epochs[12].refcount = 2;
  s.epochs[12].holders = {leaking_worker()};
  s.abandoned = {abandoned(9, 57, 1), abandoned(10, 74, 2)};
  for (stats::ClassRow& row : s.classes) {
    add_history(row);
    add_class_to_totals(s, row);
  }
  return s;
}

stats::Snapshot largest_snapshot() {
  stats::Snapshot s = busy_snapshot();
  const auto fill = [](auto& row) {
    render::visit_fields(row, [](std::string_view, auto& value) {
      if constexpr (std::is_same_v<decltype(value), std::uint64_t&>)
        value = std::numeric_limits<std::uint64_t>::max();
    });
  };
  fill(s);
  s.schema_version = stats::kSchemaVersion;
  s.epoch_count = kEpochs;
  s.current_epoch = stats::kMaxEpochs - 1;
  for (std::size_t i = 0; i < s.classes.size(); ++i) {
    fill(s.classes[i]);
    s.classes[i].class_index = i;
  }
  for (std::size_t i = 0; i < s.epochs.size(); ++i) {
    fill(s.epochs[i]);
    s.epochs[i].epoch_id = i;
    for (stats::HolderRow& holder : s.epochs[i].holders) fill(holder);
  }
  for (stats::AbandonedRow& record : s.abandoned) {
    fill(record);
    record.epoch_id = stats::kMaxEpochs - 1;
    for (stats::HolderRow& holder : record.holders) fill(holder);
  }
  return s;
}

}  // namespace temporal_slab::harness
