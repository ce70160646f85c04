// Objects that go from thread to thread, and handles that two threads free at once.
#include <cerrno>
#include <thread>

#include "stress/report.h"
#include "stress/steps.h"

namespace temporal_slab::stress {

void hand_over(World& world, Worker& me) {
  Mailbox& to = *world.mailboxes[me.random.below(world.mailboxes.size())];
  for (std::uint64_t most = 1 + me.random.below(64); most > 0 && !me.objects.empty(); --most) {
    const Object object = take_random_object(me);
    if (!to.put(object)) {
      free_object(world, me, object);
      return;
    }
    ++me.tally.handed;
  }
}

void take_mail(World& world, Worker& me) {
  std::vector<Object> mail;
  world.mailboxes[me.index]->take(1 + me.random.below(64), &mail);
  for (const Object& object : mail) free_object(world, me, object);
}

// R-2.1-6: both may be told true, one must be, and the slot is freed once.
void duel(World& world, Worker& me) {
  if (me.objects.empty()) return;
  const Object object = take_random_object(me);
  if (object.handle == 0) {
    free_object(world, me, object);
    return;
  }
  check_contents(object, "before a duel");
  me.duel.outcome.store(Duel::kPending, std::memory_order_relaxed);
  // Release pairs with the rival's acquire: it sees the outcome reset.
  me.duel.handle.store(object.handle, std::memory_order_release);
  for (std::uint64_t spins = me.random.below(64); spins > 0; --spins) std::this_thread::yield();
  errno = 0;
  const bool freed = free_obj(world.allocator, object.handle);
  if (!freed && errno != ESTALE) fail("a duel was refused with " + error_name(errno));
  if (!freed) ++me.tally.stale_frees;
  bool rival_freed = false;
  if (me.duel.handle.exchange(0, std::memory_order_acq_rel) == 0) {
    int outcome = Duel::kPending;
    while ((outcome = me.duel.outcome.load(std::memory_order_acquire)) == Duel::kPending)
      std::this_thread::yield();
    rival_freed = outcome == Duel::kFreed;
    ++me.tally.duels;
  }
  if (!freed && !rival_freed) fail("a live object was refused: " + describe(object));
  ++me.tally.frees;
  me.freed.add(object.handle);
}

void rival(World& world, Worker& me) {
  for (const auto& other : world.workers) {
    const SlabHandle handle = other->duel.handle.exchange(0, std::memory_order_acq_rel);
    if (handle == 0) continue;
    errno = 0;
    const bool freed = free_obj(world.allocator, handle);
    if (!freed && errno != ESTALE) fail("a rival was refused with " + error_name(errno));
    if (!freed) ++me.tally.stale_frees;
    other->duel.outcome.store(freed ? Duel::kFreed : Duel::kRefused, std::memory_order_release);
  }
}

}  // namespace temporal_slab::stress
