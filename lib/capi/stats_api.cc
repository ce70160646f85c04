// slab_stats.h.
#include <temporal_slab/slab_stats.h>

#include <cstring>
#include <new>
#include <string>
#include <string_view>

#include "base/files.h"
#include "base/process.h"
#include "capi/border.h"
#include "render/json.h"
#include "render/prometheus.h"
#include "stats/own_figures.h"
#include "stats/segment_reader.h"

using temporal_slab::capi::ErrnoScope;
using temporal_slab::capi::inner;
using temporal_slab::capi::is_epoch;
using temporal_slab::stats::Snapshot;

namespace {

// Runs what may need memory and, if it does not get it, returns ENOMEM.
template <typename Work>
int with_memory(const Work& work) {
  try {
    return work();
  } catch (const std::bad_alloc&) {
    return ENOMEM;
  }
}

temporal_slab::stats::ReadContext read_context() {
  temporal_slab::base::ProcessStat stat;
  auto context = temporal_slab::stats::read_context(temporal_slab::base::own_rss_bytes());
  if (temporal_slab::base::read_own_stat(&stat))
    context.uptime_sec = temporal_slab::base::age_ns(stat.start_ticks) / 1'000'000'000;
  return context;
}

int take_snapshot(SlabAllocator* allocator, Snapshot* out) {
  std::string error;
  const temporal_slab::stats::MemoryView view(&inner(allocator)->segment());
  // The allocator's own segment is well-formed as long as nobody wrote into it.
  return temporal_slab::stats::read_snapshot(view, read_context(), out, &error) ? 0 : EIO;
}

int write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = temporal_slab::base::write_file(fd, text.data(), text.size());
    if (written > 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (written == 0) {
      return EIO;  // what takes nothing and names no error would take nothing again
    } else if (errno != EINTR) {
      return errno;
    }
  }
  return 0;
}

// What a caller with so large a struct has of it; the structs grow at their ends.
template <typename Struct>
bool is_size(std::size_t bytes) {
  return bytes != 0 && bytes <= sizeof(Struct);
}
template <typename Struct>
void give(const Struct& filled, Struct* out, std::size_t struct_size) {
  std::memcpy(static_cast<void*>(out), &filled, struct_size);
}

}  // namespace

extern "C" {

void slab_stats_global_sized(SlabAllocator* allocator, SlabGlobalStats* out, size_t struct_size) {
  ErrnoScope scope;
  if (allocator == nullptr || out == nullptr || !is_size<SlabGlobalStats>(struct_size)) {
    scope.check(EINVAL);
    return;
  }
  SlabGlobalStats filled;
  temporal_slab::stats::read_own_global(&inner(allocator)->segment(), read_context(), &filled);
  give(filled, out, struct_size);
}

void slab_stats_class_sized(SlabAllocator* allocator, uint32_t size_class, SlabClassStats* out,
                            size_t struct_size) {
  if (allocator == nullptr || out == nullptr || size_class >= SLAB_CLASS_COUNT ||
      !is_size<SlabClassStats>(struct_size)) {
    errno = EINVAL;
    return;
  }
  SlabClassStats filled;
  temporal_slab::stats::read_own_class(&inner(allocator)->segment(), size_class, &filled);
  give(filled, out, struct_size);
}

void slab_stats_epoch_sized(SlabAllocator* allocator, uint32_t size_class, EpochId epoch,
                            SlabEpochStats* out, size_t struct_size) {
  if (allocator == nullptr || out == nullptr || size_class >= SLAB_CLASS_COUNT ||
      !is_epoch(allocator, epoch) || !is_size<SlabEpochStats>(struct_size)) {
    errno = EINVAL;
    return;
  }
  temporal_slab::stats::EpochClassFigures figures;
  const auto identity = temporal_slab::stats::read_epoch_class(&inner(allocator)->segment(), epoch,
                                                               size_class, &figures);
  SlabEpochStats filled{};
  filled.epoch_era = identity.era;
  filled.state =
      identity.state == temporal_slab::stats::EpochState::kActive ? EPOCH_ACTIVE : EPOCH_CLOSING;
  filled.refcount = identity.refcount;
  std::memcpy(filled.label, identity.label, sizeof filled.label);
  filled.live_objects = figures.live_objects;
  filled.open_since_ns = identity.opened_ns;
  filled.partial_slab_count = figures.partial_slabs;
  filled.full_slab_count = figures.full_slabs;
  filled.reclaimable_slab_count = figures.reclaimable_slabs;
  filled.carried_slab_count = figures.carried_slabs;
  give(filled, out, struct_size);
}

bool slab_stats_write_json(SlabAllocator* allocator, int fd) {
  ErrnoScope scope;
  if (allocator == nullptr) return scope.check(EINVAL);
  return scope.check(with_memory([&] {
    Snapshot snapshot;
    if (const int error = take_snapshot(allocator, &snapshot); error != 0) return error;
    return write_all(fd, temporal_slab::render::render_json(snapshot));
  }));
}

bool slab_stats_write_prometheus(SlabAllocator* allocator, int fd, const char* prefix) {
  ErrnoScope scope;
  if (allocator == nullptr) return scope.check(EINVAL);
  if (prefix != nullptr) {
    const std::size_t length = strnlen(prefix, temporal_slab::render::kMaxMetricPrefix + 1);
    if (!temporal_slab::render::is_metric_prefix({prefix, length})) return scope.check(EINVAL);
  }
  return scope.check(with_memory([&] {
    Snapshot snapshot;
    if (const int error = take_snapshot(allocator, &snapshot); error != 0) return error;
    temporal_slab::render::PrometheusOptions options;
    if (prefix != nullptr) options.prefix = prefix;
    return write_all(fd, temporal_slab::render::render_prometheus(snapshot, options));
  }));
}

}  // extern "C"
