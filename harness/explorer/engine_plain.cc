// Operations on plain memory, mutexes and blocks.
#include "temporal_slab_explorer/engine.h"

namespace temporal_slab::explorer {

PlainObject& Engine::make_plain(bool is_static, Where where) {
  PlainObject& object = plains_.take();
  register_object(object, 'v', ValueKind::kOpaque, where);
  if (!is_static) model_.tick(current_);
  object.write_thread = is_static ? 0 : current_;
  object.write_index = is_static ? 0 : model_.thread(current_).known[current_];
  object.reads = Clock{};
  object.written_at = where;
  return object;
}

void Engine::end_plain(PlainObject& object, Where where) {
  plain_write(object, where);
  object.dead = true;
  object.died = where;
}

void Engine::plain_read(PlainObject& object, Where where) {
  if (peeking_) return;
  check_alive(object, where);
  record(Op::kRead, &object, std::memory_order_relaxed, where);
  model_.tick(current_);
  const Clock& known = model_.thread(current_).known;
  if (object.write_index > known[object.write_thread]) {
    race(object, "read", where, object.write_thread, "write", object.written_at);
  }
  object.reads[current_] = known[current_];
  object.read_at[static_cast<unsigned>(current_)] = where;
}

void Engine::plain_write(PlainObject& object, Where where) {
  if (peeking_) {
    say("an invariant writes");
    fail(Verdict::kFailedCheck);
  }
  check_alive(object, where);
  record(Op::kWrite, &object, std::memory_order_relaxed, where);
  model_.tick(current_);
  const Clock& known = model_.thread(current_).known;
  if (object.write_index > known[object.write_thread]) {
    race(object, "write", where, object.write_thread, "write", object.written_at);
  }
  for (int t = 0; t < threads_used_; ++t) {
    if (object.reads[t] > known[t]) {
      race(object, "write", where, t, "read", object.read_at[static_cast<unsigned>(t)]);
    }
  }
  object.write_thread = current_;
  object.write_index = known[current_];
  object.written_at = where;
}

MutexObject& Engine::make_mutex(Where where) {
  MutexObject& object = mutexes_.take();
  register_object(object, 'm', ValueKind::kOpaque, where);
  object.owner = -1;
  object.waiters = 0;
  object.released = Clock{};
  return object;
}

void Engine::lock(MutexObject& object, Where where) {
  // Who waits is not ready, so that nobody is ever scheduled only to find the mutex taken.
  while (object.owner >= 0) {
    wake(Op::kLock, &object);  // it would not wait if its holder had let it go before
    object.waiters |= bit(current_);
    ready_ &= ~bit(current_);
    block();
    state(current_).granted = true;
  }
  point(Op::kLock, &object);
  while (object.owner >= 0) {
    object.waiters |= bit(current_);
    ready_ &= ~bit(current_);
    block();
  }
  check_alive(object, where);
  record(Op::kLock, &object, std::memory_order_acquire, where);
  object.owner = current_;
  object.waiters &= ~bit(current_);
  ready_ &= ~object.waiters;
  model_.thread(current_).known.join(object.released);
  progress();
  after_step();
}

bool Engine::try_lock(MutexObject& object, Where where) {
  point(Op::kTryLock, &object);
  check_alive(object, where);
  bool taken = object.owner < 0;
  if (taken && options_.spurious_failures > 0) taken = choose(ChoiceKind::kSpurious, 2) == 0;
  record(taken ? Op::kTryLock : Op::kFailTryLock, &object, std::memory_order_acquire, where);
  if (taken) {
    object.owner = current_;
    ready_ &= ~object.waiters;
    model_.thread(current_).known.join(object.released);
    progress();
  }
  after_step();
  return taken;
}

void Engine::unlock(MutexObject& object, Where where) {
  point(Op::kUnlock, &object);
  check_alive(object, where);
  record(Op::kUnlock, &object, std::memory_order_release, where);
  if (object.owner != current_) {
    say(label(object) + " unlocked at " + place(where) + " by a thread that does not hold it");
    fail(Verdict::kFailedCheck);
  }
  object.owner = -1;
  ready_ |= object.waiters;
  model_.tick(current_);
  object.released = model_.thread(current_).known;
  model_.tick(current_);
  progress();
  after_step();
}

void* Engine::allocate(std::size_t bytes, std::size_t alignment, Where where) {
  return memory_.allocate(bytes, alignment, where);
}

void Engine::release(void* block, Where where) {
  MemoryPool::Block* found = memory_.find(block);
  if (found == nullptr) {
    say("freed at " + place(where) + ": no block of this run");
    fail(Verdict::kUseAfterFree);
  }
  if (!found->live) {
    say("freed again at " + place(where) + ", first at " + place(found->freed));
    fail(Verdict::kUseAfterFree);
  }
  memory_.release(*found, where);
}

}  // namespace temporal_slab::explorer
