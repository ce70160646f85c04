// References that each thread takes and drops in balance (R-2.3-1 to R-2.3-4).
#include <cerrno>

#include "stress/report.h"
#include "stress/steps.h"

namespace temporal_slab::stress {
namespace {

// How much a thread holds at most. Raw references go to the first kRawEpochs epochs
// alone; with at most kExactAcquirers threads that hold one acquired each, some
// epoch always is without references, so that none is ever taken over.
constexpr std::uint64_t kMostRawRefs = 4;
constexpr EpochId kRawEpochs = 6;
constexpr unsigned kExactAcquirers = 8;
constexpr std::size_t kMostAcquired = 8;
static_assert(kRawEpochs + kExactAcquirers < SLAB_EPOCH_COUNT - 1);

void acquire(World& world, Worker& me) {
  const SlabEpochRef reference = slab_epoch_acquire(world.allocator);
  if (reference.epoch >= SLAB_EPOCH_COUNT)
    fail(text("slab_epoch_acquire gave epoch %u", reference.epoch));
  me.references.push_back(reference);
  ++me.tally.acquires;
}

// Where nothing but slab_epoch_try_close closes, an incarnation that a thread holds
// references on stays, and stays ACTIVE.
void check_held(World& world, EpochId epoch, std::uint64_t era_held, bool active,
                std::uint64_t held) {
  if (!world.scenario.references_are_exact) return;
  const EpochLifecycleState state = slab_epoch_state(world.allocator, epoch);
  const std::uint64_t era = slab_epoch_era(world.allocator, epoch);
  const std::uint64_t count = slab_epoch_get_refcount(world.allocator, epoch);
  if (era != era_held || count < held || (active && state != EPOCH_ACTIVE))
    fail(
        text("epoch %u era %llu, %s when this thread took %llu references: era %llu, %s, "
             "refcount %llu",
             epoch, static_cast<unsigned long long>(era_held), active ? "ACTIVE" : "CLOSING",
             static_cast<unsigned long long>(held), static_cast<unsigned long long>(era),
             state == EPOCH_ACTIVE ? "ACTIVE" : "CLOSING", static_cast<unsigned long long>(count)));
}

void release(World& world, Worker& me) {
  const std::size_t index = me.random.below(me.references.size());
  const SlabEpochRef reference = me.references[index];
  me.references[index] = me.references.back();
  me.references.pop_back();
  check_held(world, reference.epoch, reference.era, true, 1);
  errno = 0;
  const bool released = slab_epoch_release(world.allocator, reference);
  ++me.tally.releases;
  me.released.add(reference);
  if (released) return;
  if (world.scenario.references_are_exact || (errno != ESTALE && errno != EINVAL))
    fail(text("release of a held reference on epoch %u: ", reference.epoch) + error_name(errno));
  if (errno == ESTALE) ++me.tally.stale_releases;
}

}  // namespace

void inc_or_dec(World& world, Worker& me) {
  const auto epoch = static_cast<EpochId>(me.random.below(kRawEpochs));
  RawRefs& held = me.raw_refs[epoch];
  // Mostly none, so that try_close and the ring find epochs without references.
  if (held.count == 0 || (held.count < kMostRawRefs && me.random.one_in(4))) {
    if (held.count == 0 && !me.random.one_in(16)) return;
    slab_epoch_inc_refcount(world.allocator, epoch);
    if (held.count++ == 0) {
      held.era = slab_epoch_era(world.allocator, epoch);
      held.active = slab_epoch_state(world.allocator, epoch) == EPOCH_ACTIVE;
    }
    ++me.tally.incs;
  } else {
    check_held(world, epoch, held.era, held.active, held.count);
    slab_epoch_dec_refcount(world.allocator, epoch);
    --held.count;
    ++me.tally.decs;
  }
}

void acquire_or_release(World& world, Worker& me) {
  const bool exact = world.scenario.references_are_exact;
  const std::size_t most = !exact ? kMostAcquired : me.index < kExactAcquirers ? 1 : 0;
  // Mostly none, as above.
  if (me.references.size() < most && me.random.one_in(4)) {
    acquire(world, me);
  } else if (!me.references.empty()) {
    release(world, me);
  }
}

void release_stale(World& world, Worker& me) {
  if (me.released.empty()) return;
  const SlabEpochRef reference = me.released.pick(me.random);
  // Eras only grow: what is gone now stays gone.
  if (slab_epoch_era(world.allocator, reference.epoch) == reference.era) return;
  errno = 0;
  if (slab_epoch_release(world.allocator, reference) || errno != ESTALE)
    fail(text("release of epoch %u era %llu, which is gone: accepted or ", reference.epoch,
              static_cast<unsigned long long>(reference.era)) +
         error_name(errno));
  ++me.tally.releases;
  ++me.tally.stale_releases;
}

}  // namespace temporal_slab::stress
