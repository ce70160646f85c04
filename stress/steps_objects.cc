// Allocating, freeing, resizing: one thread's own objects.
#include <algorithm>
#include <cerrno>
#include <cstring>

#include "stress/report.h"
#include "stress/steps.h"

namespace temporal_slab::stress {
namespace {

// Era and state of an epoch, read around a call. Eras and, within one, states only
// go forward, so if both looks show one era the call fell in that incarnation.
struct Look {
  std::uint64_t era;
  EpochLifecycleState state;
};

Look look_before(SlabAllocator* allocator, EpochId epoch) {
  const std::uint64_t era = slab_epoch_era(allocator, epoch);
  return {era, slab_epoch_state(allocator, epoch)};
}

Look look_after(SlabAllocator* allocator, EpochId epoch) {
  const EpochLifecycleState state = slab_epoch_state(allocator, epoch);
  return {slab_epoch_era(allocator, epoch), state};
}

void check_refusal(const World& world, Worker& me, int error, bool may_be_closing) {
  if (error == ENOMEM && world.max_bytes != 0) {
    ++me.tally.allocs_nomem;
    me.wanted_objects = 0;  // makes room, for others too
  } else if (error == ESTALE && may_be_closing) {
    ++me.tally.allocs_closing;
  } else {
    fail("an allocation was refused with " + error_name(error));
  }
}

// Allocates in `epoch`, whose incarnation the object then knows if it did not
// change meanwhile.
void* allocate_in_epoch(World& world, Worker& me, EpochId epoch, Object* object) {
  const Look before = look_before(world.allocator, epoch);
  errno = 0;
  void* address =
      me.random.one_in(3)
          ? slab_malloc_epoch(world.allocator, object->size_bytes, epoch)
          : alloc_obj_epoch(world.allocator, object->size_bytes, epoch, &object->handle);
  const int error = errno;
  const Look after = look_after(world.allocator, epoch);
  const bool one_incarnation = before.era == after.era;
  if (address == nullptr) {
    if (error == ESTALE && one_incarnation && after.state == EPOCH_ACTIVE)
      fail(text("ESTALE from epoch %u, which was ACTIVE all the time", epoch));
    check_refusal(world, me, error, true);
    return nullptr;
  }
  if (error != 0) fail("an allocation succeeded and changed errno to " + error_name(error));
  if (one_incarnation && before.state == EPOCH_CLOSING)
    fail(text("an allocation succeeded in epoch %u era %llu, which was CLOSING before", epoch,
              static_cast<unsigned long long>(before.era)));
  if (one_incarnation) {
    object->epoch = epoch;
    object->era = before.era;
  }
  return address;
}

void check_placement(const Object& object) {
  const auto at = reinterpret_cast<std::uintptr_t>(object.address);
  const std::uint32_t alignment =
      object.has_pages_of_its_own ? 4096 : object.usable_bytes & (~object.usable_bytes + 1);
  if (object.usable_bytes < object.size_bytes || alignment < 32 || at % alignment != 0)
    fail("too small or misaligned: " + describe(object));
}

void allocate(World& world, Worker& me) {
  Object object;
  object.size_bytes = random_size(me.random);
  void* address = nullptr;
  if (me.random.one_in(4)) {
    errno = 0;
    address = slab_malloc(world.allocator, object.size_bytes);
    if (address == nullptr) check_refusal(world, me, errno, false);
  } else {
    const EpochId epoch = likely_active_epoch(world, me.random);
    address = allocate_in_epoch(world, me, epoch, &object);
  }
  if (address == nullptr) return;
  ++me.tally.allocs;
  object.address = static_cast<unsigned char*>(address);
  object.usable_bytes =
      static_cast<std::uint32_t>(slab_usable_size(world.allocator, object.address));
  object.has_pages_of_its_own = object.usable_bytes > SLAB_MAX_SLOT_SIZE;
  object.filled_bytes = me.random.one_in(4) ? object.usable_bytes : object.size_bytes;
  object.owner = me.index;
  object.serial = me.next_serial++;
  check_placement(object);
  fill(object);
  me.objects.push_back(object);
}

}  // namespace

EpochId random_epoch(Random& random) {
  return static_cast<EpochId>(random.below(SLAB_EPOCH_COUNT));
}

EpochId likely_active_epoch(World& world, Random& random) {
  return random.one_in(8) ? random_epoch(random) : epoch_current(world.allocator);
}

EpochId watched_epoch(World& world, Random& random) {
  const EpochId current = epoch_current(world.allocator);
  switch (random.below(4)) {
    case 0:
      return random_epoch(random);
    case 1:
      return current;
    default:
      return (current + 1) % SLAB_EPOCH_COUNT;
  }
}

Object take_random_object(Worker& me) {
  Object& place = me.objects[me.random.below(me.objects.size())];
  const Object object = place;
  place = me.objects.back();
  me.objects.pop_back();
  return object;
}

void free_object(World& world, Worker& me, const Object& object) {
  check_contents(object, "before a free");
  errno = 0;
  if (object.handle != 0 && !me.random.one_in(3)) {
    if (!free_obj(world.allocator, object.handle))
      fail("free_obj refused a live object with " + error_name(errno) + "\n  " + describe(object));
  } else {
    slab_free(world.allocator, object.address);
  }
  if (errno != 0)
    fail("a free of a live object set errno to " + error_name(errno) + "\n  " + describe(object));
  ++me.tally.frees;
  if (object.handle != 0) me.freed.add(object.handle);
}

void allocate_or_free(World& world, Worker& me) {
  const bool idle = me.wanted_objects == 0 && me.objects.empty();
  if (me.random.one_in(idle ? 64 : 4096)) {
    me.wanted_objects =
        me.random.one_in(4) ? 0 : me.random.below(world.scenario.objects_per_thread + 1);
  }
  // Both ways all the time, with a drift to the number wanted.
  const bool grow = me.random.one_in(4) != (me.objects.size() < me.wanted_objects);
  if (grow || me.objects.empty()) {
    if (me.objects.size() < world.scenario.objects_per_thread) allocate(world, me);
  } else {
    free_object(world, me, take_random_object(me));
  }
}

void look_at_object(World& world, Worker& me) {
  if (me.objects.empty()) return;
  const Object& object = me.objects[me.random.below(me.objects.size())];
  check_contents(object, "of a live object");
  const std::size_t usable = slab_usable_size(world.allocator, object.address);
  if (usable != object.usable_bytes)
    fail(text("slab_usable_size: %zu of a live object\n  ", usable) + describe(object));
}

void resize(World& world, Worker& me) {
  if (me.objects.empty()) return;
  Object& object = me.objects[me.random.below(me.objects.size())];
  check_contents(object, "before slab_realloc");
  const std::uint32_t size = random_size(me.random);
  errno = 0;
  auto* address = static_cast<unsigned char*>(slab_realloc(world.allocator, object.address, size));
  if (address == nullptr) {
    const bool no_memory = errno == ENOMEM && world.max_bytes != 0;
    if (size <= object.usable_bytes || (errno != ESTALE && !no_memory))
      fail(text("slab_realloc to %u bytes: ", size) + error_name(errno) + "\n  " +
           describe(object));
    ++me.tally.resizes_refused;
    check_contents(object, "after slab_realloc was refused");
    return;
  }
  const std::size_t kept = std::min(size, object.filled_bytes);
  if (const std::size_t same = first_difference(object, address, kept); same != kept)
    fail(text("slab_realloc to %u bytes at %p lost byte %zu of %zu\n  ", size,
              static_cast<void*>(address), same, kept) +
         describe(object));
  if (address == object.address) {
    ++me.tally.resizes;
  } else {
    ++me.tally.moves;
    object.has_pages_of_its_own = size > SLAB_MAX_SLOT_SIZE;
    if (object.handle != 0) me.freed.add(object.handle);
    object.handle = 0;
  }
  object.address = address;
  object.size_bytes = object.filled_bytes = size;
  object.usable_bytes = static_cast<std::uint32_t>(slab_usable_size(world.allocator, address));
  check_placement(object);
  fill(object);
}

}  // namespace temporal_slab::stress
