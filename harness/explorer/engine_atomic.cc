// Operations on atomics.
#include "temporal_slab_explorer/engine.h"

namespace temporal_slab::explorer {
namespace {

// Loads of the same store in a row that count as spinning, for loops that do not say yield.
constexpr int kSpins = 8;

}  // namespace

AtomicObject& Engine::make_atomic(std::uint64_t value, ValueKind kind, bool is_static,
                                  Where where) {
  AtomicObject& object = atomics_.take();
  register_object(object, 'a', kind, where);
  object.waiters = 0;
  if (is_static) {
    model_.create_static(object.location, value);
  } else {
    model_.create(object.location, current_, value);
    if (Step* step = record(Op::kMake, &object, std::memory_order_relaxed, where)) {
      step->written = value;
      step->written_serial = 0;
    }
  }
  return object;
}

void Engine::end_atomic(AtomicObject& object, Where where) {
  check_alive(object, where);
  // The end is a plain write: it must come after every use.
  const Clock& known = model_.thread(current_).known;
  for (int t = 0; t < threads_used_; ++t) {
    if (t != current_ && object.location.touched[t] > known[t]) {
      race(object, "destruction", where, t, "use", {});
    }
  }
  object.dead = true;
  object.died = where;
  record(Op::kDestroy, &object, std::memory_order_relaxed, where);
  std::erase(model_.locations(), &object.location);
}

void Engine::use(AtomicObject& object, Where where) {
  check_alive(object, where);
  const Location& location = object.location;
  if (!model_.knows_birth(location, current_)) {
    race(object, "use", where, location.born_thread, "initialisation", object.born);
  }
}

int Engine::choose_level(AtomicObject& object, int floor) {
  const int top = object.location.count - 1;
  if (floor == top) return top;
  return top - choose(ChoiceKind::kRead, top - floor + 1);
}

void Engine::note_spin(const AtomicObject& object, std::int32_t serial) {
  ThreadState& me = state(current_);
  if (me.spin_object != &object || me.spin_serial != serial) {
    me.spin_object = &object;
    me.spin_serial = serial;
    me.spins = 0;
  } else if (++me.spins >= kSpins) {
    me.spins = 0;
    ++model_.thread(current_).yields;
    yielded_ |= bit(current_);
    wake_all();
  }
}

std::uint64_t Engine::load(AtomicObject& object, std::memory_order order, Where where) {
  if (peeking_) return object.location.newest().value;
  point(Op::kLoad, &object);
  use(object, where);
  Location& location = object.location;
  const int level = choose_level(object, model_.read_floor(location, current_, is_seq_cst(order)));
  const std::uint64_t value = location.level(level).value;
  const std::int32_t serial = location.level(level).serial;
  if (Step* step = record(Op::kLoad, &object, order, where)) {
    step->read = value;
    step->read_serial = serial;
    step->stale = level + 1 != location.count;
  }
  model_.load(location, current_, level, order);
  note_spin(object, serial);
  after_step();
  return value;
}

void Engine::store(AtomicObject& object, std::uint64_t value, std::memory_order order,
                   Where where) {
  point(Op::kStore, &object);
  use(object, where);
  Location& location = object.location;
  const int floor = model_.floor(location, current_, is_seq_cst(order));
  // Right above any store from the floor up that feeds no read-modify-write.
  const int top = location.count - 1;
  int level = top;
  if (floor < top) {
    std::array<int, kHistory> levels;
    int count = 0;
    for (int k = top; k >= floor; --k) {
      if (!location.feeds_rmw(k)) levels[static_cast<unsigned>(count++)] = k;
    }
    if (count > 1) level = levels[static_cast<unsigned>(choose(ChoiceKind::kPlace, count))];
  }
  if (Step* step = record(Op::kStore, &object, order, where)) {
    step->written = value;
    step->written_serial = model_.stores() + 1;
    step->stale = level != top;
  }
  model_.store(location, current_, level, value, order);
  state(current_).spin_object = nullptr;
  progress();
  after_step();
}

Engine::Modify Engine::begin_modify(AtomicObject& object, std::memory_order order, Where where) {
  point(Op::kModify, &object);
  use(object, where);
  const Location& location = object.location;
  const int floor = model_.read_floor(location, current_, is_seq_cst(order));
  const int top = location.count - 1;
  int level = top;
  if (floor < top) {
    std::array<int, kHistory> levels;
    int count = 0;
    for (int k = top; k >= floor; --k) {
      if (!location.feeds_rmw(k)) levels[static_cast<unsigned>(count++)] = k;
    }
    if (count > 1) level = levels[static_cast<unsigned>(choose(ChoiceKind::kRead, count))];
  }
  return {level, location.level(level).value};
}

void Engine::end_modify(AtomicObject& object, const Modify& begun, std::uint64_t value,
                        std::memory_order order, Where where) {
  Location& location = object.location;
  if (Step* step = record(Op::kModify, &object, order, where)) {
    step->read = begun.value;
    step->read_serial = location.level(begun.level).serial;
    step->written = value;
    step->written_serial = model_.stores() + 1;
    step->stale = begun.level + 1 != location.count;
  }
  model_.modify(location, current_, begun.level, value, order);
  state(current_).spin_object = nullptr;
  // An exchange that changes nothing, as in a spinlock, is nothing that another waits for.
  if (value != begun.value) progress();
  after_step();
}

bool Engine::compare_exchange(AtomicObject& object, std::uint64_t* expected, std::uint64_t desired,
                              bool weak, std::memory_order success, std::memory_order failure,
                              Where where) {
  point(Op::kModify, &object);
  use(object, where);
  Location& location = object.location;
  const int success_floor = model_.read_floor(location, current_, is_seq_cst(success));
  const int failure_floor = model_.read_floor(location, current_, is_seq_cst(failure));
  const int top = location.count - 1;
  std::array<int, kHistory> levels;
  int count = 0;
  for (int k = top; k >= success_floor || k >= failure_floor; --k) {
    const bool equal = location.level(k).value == *expected;
    if (equal ? k >= success_floor && !location.feeds_rmw(k) : k >= failure_floor) {
      levels[static_cast<unsigned>(count++)] = k;
    }
  }
  const int level = levels[static_cast<unsigned>(count > 1 ? choose(ChoiceKind::kRead, count) : 0)];
  const Store& read = location.level(level);
  bool replaced = read.value == *expected;
  if (replaced && weak && options_.spurious_failures > 0 && level >= failure_floor) {
    replaced = choose(ChoiceKind::kSpurious, 2) == 0;
  }
  if (replaced) {
    end_modify(object, {level, read.value}, desired, success, where);
    return true;
  }
  if (Step* step = record(Op::kFailModify, &object, failure, where)) {
    step->read = read.value;
    step->read_serial = read.serial;
    step->stale = level != top;
  }
  *expected = read.value;
  const std::int32_t serial = read.serial;
  model_.load(location, current_, level, failure);
  note_spin(object, serial);
  after_step();
  return false;
}

void Engine::fence(std::memory_order order, Where where) {
  if (peeking_) return;
  point(Op::kFence, nullptr);
  record(Op::kFence, nullptr, order, where);
  model_.fence(current_, order);
  after_step();
}

void Engine::membarrier(Where where) {
  if (peeking_) return;
  point(Op::kMembarrier, nullptr);
  record(Op::kMembarrier, nullptr, std::memory_order_seq_cst, where);
  model_.membarrier(current_, threads_used_);
  after_step();
}

void Engine::wait(AtomicObject& object, std::uint64_t old, std::memory_order order, Where where) {
  // A waiter looks at the newest value when it goes to sleep, as futex does, however old a value
  // it may see before.
  while (load(object, order, where) == old) {
    record(Op::kWait, &object, order, where);
    if (object.location.newest().value != old) {
      ++model_.thread(current_).yields;
      continue;
    }
    object.waiters |= bit(current_);
    ready_ &= ~bit(current_);
    block();
    state(current_).granted = true;
  }
}

void Engine::notify(AtomicObject& object, bool all, Where where) {
  point(Op::kNotify, &object);
  use(object, where);
  record(Op::kNotify, &object, std::memory_order_relaxed, where);
  std::uint32_t woken = object.waiters;
  if (!all && woken != 0) {
    std::array<std::uint8_t, kMaxThreads> threads;
    int count = 0;
    for (int t = 0; t < threads_used_; ++t) {
      if ((woken & bit(t)) != 0) threads[static_cast<unsigned>(count++)] = static_cast<uint8_t>(t);
    }
    const int choice = count > 1 ? choose(ChoiceKind::kSwitch, count, threads.data()) : 0;
    woken = bit(threads[static_cast<unsigned>(choice)]);
  }
  object.waiters &= ~woken;
  ready_ |= woken;
  if (woken != 0) progress();
  after_step();
}

}  // namespace temporal_slab::explorer
