// Discards against allocations and frees in the same incarnation at the same time.
//
// The bytes of an object that may be discarded at any moment belong to nobody, so
// here objects are handles. What must hold is when they are refused:
//   the discard ended before the free began     it must be refused
//   no discard began before the free ended      it must be accepted
#include <cerrno>

#include "stress/report.h"
#include "stress/steps.h"

namespace temporal_slab::stress {
namespace {

constexpr std::size_t kMostHandles = 2000;

void allocate_handle(World& world, Worker& me) {
  Object object;
  object.size_bytes = random_size(me.random);
  object.epoch = likely_active_epoch(world, me.random);
  object.era = slab_epoch_era(world.allocator, object.epoch);
  const bool ended = world.discard_log.ended(object.epoch, object.era);
  errno = 0;
  const void* address =
      alloc_obj_epoch(world.allocator, object.size_bytes, object.epoch, &object.handle);
  if (address == nullptr) {
    if (errno != ESTALE) fail("an allocation was refused with " + error_name(errno));
    ++me.tally.allocs_closing;
    return;
  }
  ++me.tally.allocs;
  if (slab_epoch_era(world.allocator, object.epoch) != object.era) object.epoch = kEpochUnknown;
  if (ended && object.epoch != kEpochUnknown)
    fail("an allocation succeeded after a discard: " + describe(object));
  object.owner = me.index;
  object.serial = me.next_serial++;
  me.objects.push_back(object);
}

}  // namespace

void free_raced_handle(World& world, Worker& me, const Object& object) {
  const bool known = object.epoch != kEpochUnknown;
  const bool ended = known && world.discard_log.ended(object.epoch, object.era);
  errno = 0;
  const bool freed = free_obj(world.allocator, object.handle);
  const bool begun = !known || world.discard_log.begun(object.epoch, object.era);
  if (freed && ended) fail("a discarded object was freed: " + describe(object));
  if (!freed && !begun)
    fail("free_obj refused with " + error_name(errno) + " what nobody discarded\n  " +
         describe(object));
  if (freed) {
    ++me.tally.frees;
    me.freed.add(object.handle);
    return;
  }
  if (errno != ESTALE) fail("a discarded object was refused with " + error_name(errno));
  ++me.tally.stale_frees;
}

void allocate_or_free_handle(World& world, Worker& me) {
  if (me.random.one_in(4096)) me.wanted_objects = me.random.below(kMostHandles);
  const bool grow = me.random.one_in(4) != (me.objects.size() < me.wanted_objects);
  if (grow || me.objects.empty()) {
    allocate_handle(world, me);
  } else {
    free_raced_handle(world, me, take_random_object(me));
  }
}

// The reference keeps the incarnation from being taken over, so the discard falls
// on this one.
void discard_in_race(World& world, Worker& me) {
  const SlabEpochRef held = slab_epoch_acquire(world.allocator);
  ++me.tally.acquires;
  if (DiscardLog::covers(held.era)) {
    world.discard_log.begin(held.epoch, held.era);
    me.tally.discarded += slab_epoch_discard(world.allocator, held.epoch);
    world.discard_log.end(held.epoch, held.era);
    ++me.tally.discards;
  }
  if (!slab_epoch_release(world.allocator, held))
    fail(text("epoch %u was taken over while a reference was held", held.epoch));
  ++me.tally.releases;
}

}  // namespace temporal_slab::stress
