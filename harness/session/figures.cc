#include "harness/session/figures.h"

#include <numeric>

namespace temporal_slab::harness::session {

using model::kClasses;
using model::kLargeClass;
using model::kSlotClasses;

namespace {

// Remembers the first thing that differs.
class Differences {
 public:
  void equal(const std::string& name, std::uint64_t is, std::uint64_t must) {
    if (is != must) tell(name + " must be " + std::to_string(must) + ", is " + std::to_string(is));
  }
  void at_most(const std::string& name, std::uint64_t is, std::uint64_t most) {
    if (is > most)
      tell(name + " must be at most " + std::to_string(most) + ", is " + std::to_string(is));
  }
  void tell(std::string what) {
    if (first_.empty()) first_ = std::move(what);
  }
  const std::string& first() const { return first_; }

 private:
  std::string first_;
};

void compare_global(const stats::Snapshot& s, const model::Model& m, const Placement& placement,
                    Differences& d) {
  const model::Counters& c = m.counters();
  const auto sum = [](const model::PerClass& of) {
    return std::accumulate(of.begin(), of.end(), std::uint64_t{0});
  };
  std::uint64_t active = 0;
  for (std::uint32_t i = 0; i < m.epoch_count(); ++i) active += m.epoch(i).active ? 1 : 0;
  d.equal("schema_version", s.schema_version, 1);
  d.equal("page_size", s.page_size, 4096);
  d.equal("epoch_count", s.epoch_count, m.epoch_count());
  d.equal("current_epoch", s.current_epoch, m.current());
  d.equal("active_epoch_count", s.active_epoch_count, active);
  d.equal("closing_epoch_count", s.closing_epoch_count, m.epoch_count() - active);
  d.equal("total_allocs", s.total_allocs, sum(c.allocs));
  d.equal("total_frees", s.total_frees, sum(c.frees));
  d.equal("invalid_frees", s.invalid_frees, c.invalid_frees);
  d.equal("stale_frees", s.stale_frees, c.stale_frees);
  d.equal("refcount_underflows", s.refcount_underflows, c.refcount_underflows);
  d.equal("stale_releases", s.stale_releases, c.stale_releases);
  d.equal("abandoned_refs", s.abandoned_refs, c.abandoned_refs);
  d.equal("advances_held", s.advances_held, c.advances_held);
  d.equal("epochs_closed", s.epochs_closed, c.epochs_closed);
  d.equal("epochs_drained_at_close", s.epochs_drained_at_close, c.epochs_drained_at_close);
  std::uint64_t reclaimable = 0;
  for (const stats::EpochRow& row : s.epochs) reclaimable += row.total_reclaimable_slabs;
  d.equal("net_slabs", s.net_slabs, placement.slabs() + reclaimable);
}

std::uint64_t large_bytes(const model::Incarnation& place) {
  return place.large_bytes + place.carried_large_bytes;
}

std::uint64_t large_bytes(const model::Model& m) {
  std::uint64_t bytes = 0;
  for (std::uint32_t e = 0; e < m.epoch_count(); ++e) bytes += large_bytes(m.epoch(e));
  return bytes;
}

void compare_class(std::uint32_t i, const stats::ClassRow& row, const model::Model& m,
                   const Placement& placement, Differences& d) {
  const std::string at = "classes[" + std::to_string(i) + "].";
  const std::uint64_t live = m.counters().allocs[i] - m.counters().frees[i];
  SlabCounts slabs;
  for (std::uint32_t e = 0; e < m.epoch_count(); ++e) {
    for (const SlabCounts& part :
         {placement.standing(e, m.epoch(e).era, i), placement.carried(e, m.epoch(e).era, i)}) {
      slabs.partial += part.partial;
      slabs.full += part.full;
    }
  }
  const bool large = i == kLargeClass;
  d.equal(at + "object_size", row.object_size, large ? 0 : kSlotClasses[i].bytes);
  d.equal(at + "slab_bytes", row.slab_bytes, large ? 0 : kSlotClasses[i].slab_bytes());
  d.equal(at + "allocs", row.allocs, m.counters().allocs[i]);
  d.equal(at + "frees", row.frees, m.counters().frees[i]);
  d.equal(at + "live_objects", row.live_objects, live);
  d.equal(at + "live_bytes", row.live_bytes, large ? large_bytes(m) : live * kSlotClasses[i].bytes);
  d.equal(at + "total_partial_slabs", row.total_partial_slabs, slabs.partial);
  d.equal(at + "total_full_slabs", row.total_full_slabs, slabs.full);
}

void compare_epoch(std::uint32_t e, const stats::EpochRow& row, const model::Model& m,
                   const Placement& placement, Differences& d) {
  const std::string at = "epochs[" + std::to_string(e) + "].";
  const model::Incarnation& must = m.epoch(e);
  std::uint64_t objects = 0;
  std::uint64_t bytes = large_bytes(must);
  std::uint64_t slab_bytes = bytes;
  SlabCounts standing;
  std::uint64_t carried = 0;
  std::uint64_t carried_objects = 0;
  std::uint64_t carried_bytes = must.carried_large_bytes;
  std::uint64_t carried_slab_bytes = carried_bytes;
  for (std::uint32_t i = 0; i < kClasses; ++i) {
    objects += must.live[i] + must.carried[i];
    const SlabCounts of_class = placement.standing(e, must.era, i);
    standing.partial += of_class.partial;
    standing.full += of_class.full;
    const std::uint64_t carried_of_class = placement.carried(e, must.era, i).all();
    carried += carried_of_class;
    carried_objects += must.carried[i];
    if (i == kLargeClass) continue;
    carried_slab_bytes += carried_of_class * kSlotClasses[i].slab_bytes();
    carried_bytes += must.carried[i] * kSlotClasses[i].bytes;
    bytes += (must.live[i] + must.carried[i]) * kSlotClasses[i].bytes;
    slab_bytes += (of_class.all() + carried_of_class) * kSlotClasses[i].slab_bytes();
  }
  d.equal(at + "epoch_id", row.epoch_id, e);
  d.equal(at + "epoch_era", row.epoch_era, must.era);
  d.equal(at + "state", static_cast<std::uint64_t>(row.state), must.active ? 0 : 1);
  d.equal(at + "refcount", row.refcount, must.refs);
  if (row.label != must.label) d.tell(at + "label must be " + must.label + ", is " + row.label);
  d.equal(at + "live_objects", row.live_objects, objects);
  d.equal(at + "live_bytes", row.live_bytes, bytes);
  d.equal(at + "total_partial_slabs", row.total_partial_slabs, standing.partial);
  d.equal(at + "total_full_slabs", row.total_full_slabs, standing.full);
  d.equal(at + "carried_slabs", row.carried_slabs, carried);
  d.equal(at + "carried_objects", row.carried_objects, carried_objects);
  d.equal(at + "carried_bytes", row.carried_bytes, carried_bytes);
  d.equal(at + "carried_slab_bytes", row.carried_slab_bytes, carried_slab_bytes);
  d.equal(at + "carried_eras", row.carried_eras, placement.carried_eras(e, must.era));
  // R-2.2-6 R-2.2-7: what is CLOSING keeps no empty slab.
  if (!must.active) d.equal(at + "total_reclaimable_slabs", row.total_reclaimable_slabs, 0);
  if (row.total_reclaimable_slabs == 0) d.equal(at + "reclaimable_bytes", row.reclaimable_bytes, 0);
  d.equal(at + "estimated_rss_bytes", row.estimated_rss_bytes, slab_bytes + row.reclaimable_bytes);
  // R-2.2-1: nothing of the incarnation before.
  if (must.active) {
    d.equal(at + "rss_before_close", row.rss_before_close, 0);
    d.equal(at + "rss_after_close", row.rss_after_close, 0);
    d.equal(at + "close_madvise_bytes", row.close_madvise_bytes, 0);
  }
}

void compare_reserve(const stats::Snapshot& s, const Config& config, Differences& d) {
  std::uint64_t warm = 0;
  std::uint64_t standing = 0;
  for (const stats::ClassRow& row : s.classes) warm += row.cache_size * row.slab_bytes;
  for (const stats::EpochRow& row : s.epochs) standing += row.estimated_rss_bytes;
  d.equal("estimated_slab_rss_bytes", s.estimated_slab_rss_bytes, standing + warm);
  if (config.max_bytes != 0)
    d.at_most("estimated_slab_rss_bytes", s.estimated_slab_rss_bytes, config.max_bytes);
}

void compare_abandoned(const stats::Snapshot& s, const model::Model& m, Differences& d) {
  d.equal("abandoned records", s.abandoned.size(), m.abandoned().size());
  for (std::size_t i = 0; i < std::min(s.abandoned.size(), m.abandoned().size()); ++i) {
    const std::string at = "abandoned[" + std::to_string(i) + "].";
    const stats::AbandonedRow& row = s.abandoned[i];
    const model::AbandonedRecord& must = m.abandoned()[i];
    d.equal(at + "epoch_id", row.epoch_id, must.epoch);
    d.equal(at + "epoch_era", row.epoch_era, must.era);
    d.equal(at + "refcount", row.refcount, must.refs);
    if (row.label != must.label) d.tell(at + "label must be " + must.label + ", is " + row.label);
  }
}

}  // namespace

std::string compare_figures(const stats::Snapshot& snapshot, const model::Model& model,
                            const Placement& placement, const Config& config) {
  Differences d;
  d.equal("classes", snapshot.classes.size(), kClasses);
  d.equal("epochs", snapshot.epochs.size(), model.epoch_count());
  if (!d.first().empty()) return d.first();
  compare_global(snapshot, model, placement, d);
  for (std::uint32_t i = 0; i < kClasses; ++i)
    compare_class(i, snapshot.classes[i], model, placement, d);
  for (std::uint32_t i = 0; i < model.epoch_count(); ++i)
    compare_epoch(i, snapshot.epochs[i], model, placement, d);
  compare_reserve(snapshot, config, d);
  compare_abandoned(snapshot, model, d);
  return d.first();
}

}  // namespace temporal_slab::harness::session
