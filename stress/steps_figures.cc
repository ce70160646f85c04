// Figures read while they change: rows that belong together, and no figure below
// zero (R-3-1, R-3-3).
#include <temporal_slab/slab_stats.h>

#include <cerrno>
#include <initializer_list>

#include "stress/label.h"
#include "stress/report.h"
#include "stress/steps.h"

namespace temporal_slab::stress {
namespace {

// More than any figure can be, less than what a wrapped one is.
constexpr std::uint64_t kWrapped = std::uint64_t{1} << 62;

void check_not_wrapped(const char* row, std::initializer_list<std::uint64_t> figures) {
  for (const std::uint64_t figure : figures)
    if (figure >= kWrapped)
      fail(text("a figure of %s wrapped: %llu", row, static_cast<unsigned long long>(figure)));
}

// An era's opening time is one, a later era was opened later, and CLOSING is final.
void check_order(SeenEpoch* seen, const SlabEpochStats& row, EpochId epoch) {
  const bool closing = row.state == EPOCH_CLOSING;
  const bool same = row.epoch_era == seen->era;
  if (row.epoch_era < seen->era || (same && seen->closing && !closing) ||
      (same && seen->open_since_ns != 0 && row.open_since_ns != seen->open_since_ns) ||
      (!same && row.open_since_ns < seen->open_since_ns))
    fail(text(
        "epoch %u went from era %llu %s, opened at %llu ns, to era %llu %s, opened at %llu ns",
        epoch, static_cast<unsigned long long>(seen->era), seen->closing ? "CLOSING" : "ACTIVE",
        static_cast<unsigned long long>(seen->open_since_ns),
        static_cast<unsigned long long>(row.epoch_era), closing ? "CLOSING" : "ACTIVE",
        static_cast<unsigned long long>(row.open_since_ns)));
  *seen = {row.epoch_era, row.open_since_ns, closing};
}

}  // namespace

void read_epoch_row(World& world, Worker& me) {
  const EpochId epoch = watched_epoch(world, me.random);
  const auto size_class = static_cast<std::uint32_t>(me.random.below(SLAB_CLASS_COUNT));
  SlabEpochStats row{};
  slab_stats_epoch(world.allocator, size_class, epoch, &row);
  if (!label_belongs(row.label, epoch, row.epoch_era))
    fail(text("the row of epoch %u era %llu has the label \"%s\"", epoch,
              static_cast<unsigned long long>(row.epoch_era), row.label));
  check_order(&me.seen[epoch], row, epoch);
  check_not_wrapped("an epoch",
                    {row.refcount, row.live_objects, row.partial_slab_count, row.full_slab_count,
                     row.reclaimable_slab_count, row.carried_slab_count});
  ++me.tally.labels_read;
}

void read_class_row(World& world, Worker& me) {
  const auto size_class = static_cast<std::uint32_t>(me.random.below(SLAB_CLASS_COUNT));
  SlabClassStats row{};
  slab_stats_class(world.allocator, size_class, &row);
  check_not_wrapped("a class",
                    {row.live_objects, row.live_bytes, row.committed_bytes, row.total_partial_slabs,
                     row.total_full_slabs, row.cache_size, row.net_slabs, row.estimated_rss_bytes});
  if (row.recycle_rate_pct > 100)
    fail(text("recycle_rate_pct is %llu", static_cast<unsigned long long>(row.recycle_rate_pct)));
  ++me.tally.snapshots;
}

void read_global(World& world, Worker& me) {
  SlabGlobalStats row{};
  slab_stats_global(world.allocator, &row);
  check_not_wrapped("the allocator",
                    {row.net_slabs, row.estimated_slab_rss_bytes, row.active_epoch_count,
                     row.closing_epoch_count, row.abandoned_refs});
  const std::uint32_t epochs = slab_allocator_epoch_count(world.allocator);
  if (row.current_epoch >= epochs || row.active_epoch_count + row.closing_epoch_count != epochs)
    fail(text("current epoch %llu, %llu ACTIVE, %llu CLOSING",
              static_cast<unsigned long long>(row.current_epoch),
              static_cast<unsigned long long>(row.active_epoch_count),
              static_cast<unsigned long long>(row.closing_epoch_count)));
  ++me.tally.snapshots;
}

void write_json(World& world, Worker& me) {
  if (!slab_stats_write_json(world.allocator, world.null_fd))
    fail("slab_stats_write_json: " + error_name(errno));
  ++me.tally.snapshots;
}

}  // namespace temporal_slab::stress
