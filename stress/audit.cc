#include "stress/audit.h"

#include <map>
#include <set>

#include "stress/figures.h"
#include "stress/report.h"

namespace temporal_slab::stress {
namespace {

// Collects differences, so that a failure shows all of them at once.
class Differences {
 public:
  void equal(const char* what, std::uint64_t figure, std::uint64_t expected) {
    if (figure != expected) add(what, figure, "expected", expected);
  }
  void at_most(const char* what, std::uint64_t figure, std::uint64_t limit) {
    if (figure > limit) add(what, figure, "at most", limit);
  }
  void fail_if_any(const char* when) const {
    if (!lines_.empty()) fail(std::string("figures ") + when + " do not agree" + lines_);
  }

 private:
  void add(const char* what, std::uint64_t figure, const char* relation, std::uint64_t other) {
    lines_ += text("\n  %-46s %20llu   %s %llu", what, static_cast<unsigned long long>(figure),
                   relation, static_cast<unsigned long long>(other));
  }

  std::string lines_;
};

void check_objects(World& world, const Figures& figures, Differences* differences) {
  const Tally did = world.total();
  std::map<std::uint64_t, std::uint64_t> live_of_size;
  std::uint64_t live = 0;
  const auto count = [&](const std::vector<Object>& objects) {
    for (const Object& object : objects)
      ++live_of_size[object.has_pages_of_its_own ? 0 : object.usable_bytes];
    live += objects.size();
  };
  for (const auto& worker : world.workers) count(worker->objects);
  for (const auto& mailbox : world.mailboxes) count(mailbox->contents());
  // Where discards run against frees, the shadow still holds what they freed.
  if (!world.scenario.discards_race) {
    differences->equal("live objects, as the shadow has them", figures.live_over_classes, live);
    for (const SlabClassStats& row : figures.classes)
      differences->equal(
          text("live objects of %llu bytes", static_cast<unsigned long long>(row.object_size))
              .c_str(),
          row.live_objects, live_of_size[row.object_size]);
  }
  const SlabGlobalStats& global = figures.global;
  differences->equal("live over epochs, as over classes", figures.live_over_epochs,
                     figures.live_over_classes);
  differences->equal("total_allocs - total_frees", global.total_allocs - global.total_frees,
                     figures.live_over_classes);
  differences->equal("total_allocs", global.total_allocs, did.allocs + did.moves);
  differences->equal("total_frees", global.total_frees, did.frees + did.moves + did.discarded);
  differences->equal("stale_frees", global.stale_frees, did.stale_frees);
  differences->equal("invalid_frees", global.invalid_frees, did.invalid_frees);
}

void check_slabs(const World& world, const Figures& figures, Differences* differences) {
  const SlabGlobalStats& global = figures.global;
  differences->equal("slabs over epochs, as net_slabs", figures.slabs_over_epochs,
                     global.net_slabs);
  differences->equal("slabs over classes, as net_slabs", figures.slabs_over_classes,
                     global.net_slabs);
  differences->equal("total_slabs_allocated - total_slabs_recycled",
                     global.total_slabs_allocated - global.total_slabs_recycled, global.net_slabs);
  differences->equal("bytes of slabs in epochs and warm", figures.bytes_over_classes,
                     global.estimated_slab_rss_bytes);
  differences->equal("bytes of empty slabs after a trim",
                     figures.warm_bytes + figures.empty_attached_bytes, 0);
  differences->equal("empty slabs of CLOSING epochs", figures.empty_slabs_of_closing, 0);
  differences->equal("total_madvise_failures", global.total_madvise_failures, 0);
  if (world.max_bytes != 0)
    differences->at_most("bytes of slabs, max_bytes", global.estimated_slab_rss_bytes,
                         world.max_bytes);
}

// Whatever an incarnation's fate, each reference taken still stands, was dropped,
// or was abandoned.
void check_references(const World& world, const Figures& figures, Differences* differences) {
  const Tally did = world.total();
  const SlabGlobalStats& global = figures.global;
  const std::uint64_t taken = did.incs + did.acquires + did.opens + did.domain_enters;
  const std::uint64_t drops = did.decs + did.releases + did.finishes + did.domain_exits;
  const std::uint64_t dropped = drops - global.refcount_underflows - global.stale_releases;
  differences->equal("references standing, dropped and abandoned",
                     figures.references + dropped + global.abandoned_refs, taken);
  if (global.abandoned_refs == 0) {
    differences->equal("refcount_underflows", global.refcount_underflows, 0);
    differences->equal("stale_releases", global.stale_releases, did.stale_releases);
    differences->equal("domains taken over while inside", did.domains_lost, 0);
  }
  if (!world.scenario.references_are_exact) return;
  differences->equal("abandoned_refs", global.abandoned_refs, 0);
  std::uint64_t expected[SLAB_MOST_EPOCHS] = {};
  for (const auto& worker : world.workers) {
    for (EpochId epoch = 0; epoch < SLAB_EPOCH_COUNT; ++epoch)
      expected[epoch] += worker->raw_refs[epoch].count;
    for (const SlabEpochRef& reference : worker->references) ++expected[reference.epoch];
  }
  for (const SlabEpochRef& reference : world.handed) ++expected[reference.epoch];
  for (EpochId epoch = 0; epoch < global.epoch_count; ++epoch)
    differences->equal(text("refcount of epoch %u", epoch).c_str(), figures.refcount[epoch],
                       expected[epoch]);
}

// Eras follow each other without gaps: the last one says how many advances there
// were, and the closes that turned the ring are not more than all closes.
void check_ring(const World& world, const Figures& figures, Differences* differences) {
  const Tally did = world.total();
  const std::uint64_t closes = did.closes + did.try_closed + did.discards +
                               did.domain_exits +  // of auto_close
                               did.opens + did.finishes;
  differences->at_most("advances, last era", did.advances, figures.last_era);
  differences->at_most("last era, advances and closes", figures.last_era, did.advances + closes);
  // Every era before the current one was left, and what an open left was perhaps never closed; an
  // epoch never opened may be closed too.
  differences->at_most("last era, epochs_closed and opens", figures.last_era,
                       figures.global.epochs_closed + did.opens);
  differences->at_most("epochs_closed, last era and epochs never opened",
                       figures.global.epochs_closed,
                       figures.last_era + figures.global.epoch_count - 1);
  std::set<std::uint64_t> eras;
  for (const std::uint64_t era : figures.era)
    if (era != 0 && !eras.insert(era).second)
      differences->equal("era that two epochs have", era, 0);
}

}  // namespace

void audit(World& world, const char* when) {
  slab_allocator_trim(world.allocator);
  const Figures figures = read_figures(world.allocator);
  Differences differences;
  check_objects(world, figures, &differences);
  check_slabs(world, figures, &differences);
  check_references(world, figures, &differences);
  check_ring(world, figures, &differences);
  differences.fail_if_any(when);
}

void audit_empty(World& world) {
  const Figures figures = read_figures(world.allocator);
  Differences differences;
  differences.equal("live objects", figures.live_over_classes, 0);
  differences.equal("slabs in epochs", figures.global.net_slabs, 0);
  differences.equal("bytes of slabs, all warm", figures.global.estimated_slab_rss_bytes,
                    figures.warm_bytes);
  if (figures.global.abandoned_refs == 0) differences.equal("references", figures.references, 0);
  differences.fail_if_any("of an allocator that was emptied");
  audit(world, "of an allocator that was emptied");
}

}  // namespace temporal_slab::stress
