// The ring turns, epochs close, epochs are discarded.
#include <cerrno>

#include "stress/report.h"
#include "stress/steps.h"

namespace temporal_slab::stress {
namespace {

// What a discard did to the objects of one place of the shadow.
class Sweep {
 public:
  Sweep(SlabAllocator* allocator, EpochId epoch, std::uint64_t era_before, std::uint64_t era_after)
      : allocator_(allocator), epoch_(epoch), era_before_(era_before), era_after_(era_after) {}

  // Takes the objects out that are gone.
  void over(std::vector<Object>* objects, Worker& owner) {
    std::erase_if(*objects, [&](const Object& object) {
      if (object.epoch != epoch_ && object.epoch != kEpochUnknown) return false;
      if (slab_usable_size(allocator_, object.address) != 0) return false;
      // Most of these cannot have been in the incarnation that was discarded.
      if (object.epoch == epoch_ && (object.era < era_before_ || object.era > era_after_))
        fail(text("a discard of epoch %u, era %llu to %llu, freed another era's\n  ", epoch_,
                  static_cast<unsigned long long>(era_before_),
                  static_cast<unsigned long long>(era_after_)) +
             describe(object));
      if (object.handle != 0) owner.freed.add(object.handle);
      ++gone_;
      return true;
    });
  }

  std::uint64_t gone() const { return gone_; }

 private:
  SlabAllocator* const allocator_;
  const EpochId epoch_;
  const std::uint64_t era_before_;
  const std::uint64_t era_after_;
  std::uint64_t gone_ = 0;
};

}  // namespace

void advance(World& world, Worker& me) {
  epoch_advance(world.allocator);
  ++me.tally.advances;
}

void close_epoch(World& world, Worker& me) {
  epoch_close(world.allocator, likely_active_epoch(world, me.random));
  ++me.tally.closes;
}

void try_close(World& world, Worker& me) {
  errno = 0;
  if (slab_epoch_try_close(world.allocator, likely_active_epoch(world, me.random))) {
    ++me.tally.try_closed;
    return;
  }
  if (errno != EBUSY) fail("slab_epoch_try_close: " + error_name(errno));
  ++me.tally.try_busy;
}

// The shadow stands still, so what the discard freed is known to the object. The
// ring goes on turning, labels and references go on changing.
void discard_alone(World& world, Worker& me) {
  const Gate::Closed alone(world.objects);
  const EpochId epoch =
      me.random.one_in(2) ? epoch_current(world.allocator) : random_epoch(me.random);
  const std::uint64_t era_before = slab_epoch_era(world.allocator, epoch);
  const std::uint64_t discarded = slab_epoch_discard(world.allocator, epoch);
  const std::uint64_t era_after = slab_epoch_era(world.allocator, epoch);
  Sweep sweep(world.allocator, epoch, era_before, era_after);
  for (const auto& worker : world.workers) {
    sweep.over(&worker->objects, *worker);
    sweep.over(&world.mailboxes[worker->index]->contents(), *worker);
  }
  if (sweep.gone() != discarded)
    fail(text("a discard of epoch %u says that it freed %llu objects, but %llu are gone", epoch,
              static_cast<unsigned long long>(discarded),
              static_cast<unsigned long long>(sweep.gone())));
  ++me.tally.discards;
  me.tally.discarded += discarded;
}

}  // namespace temporal_slab::stress
