#include "temporal_slab_explorer/memory_model.h"

namespace temporal_slab::explorer {

void MemoryModel::reset() {
  threads_.fill(ThreadView{});
  sc_.reset();
  locations_.clear();
  stores_ = 0;
}

void MemoryModel::spawn(int parent, int child) {
  tick(parent);
  thread(child) = ThreadView{};
  thread(child).known = thread(parent).known;
  tick(parent);
}

void MemoryModel::join(int waiter, int ended) {
  tick(ended);
  thread(waiter).known.join(thread(ended).known);
  // Strictly after the end, so that it also strongly happens after it.
  tick(waiter);
}

void MemoryModel::born(Location& location, int t, std::int32_t index, std::uint64_t value) {
  location.count = 1;
  location.order[0] = 0;
  location.forgotten_out = Clock{};
  location.born_thread = t;
  location.born_index = index;
  location.touched = Clock{};
  location.touched[t] = index;
  location.read_yields.fill(-1);
  Store& first = location.slots[0];
  first = Store{};
  first.value = value;
  first.thread = t;
  first.seen = Clock::none();
  first.seen[t] = index;
  first.read = first.seen_sc = Clock::none();
  locations_.push_back(&location);
}

void MemoryModel::create(Location& location, int t, std::uint64_t value) {
  tick(t);
  born(location, t, thread(t).known[t], value);
}

void MemoryModel::create_static(Location& location, std::uint64_t value) {
  born(location, 0, 0, value);
}

int MemoryModel::floor(const Location& location, int t, bool seq_cst) const {
  const Clock& known = thread(t).known;
  const int top = location.count - 1;
  int level = top;
  while (level > 0 && !known.meets(location.level(level).seen)) --level;
  if (level == top || sc_.empty()) return level;

  // Whatever precedes this step in S, or happens before a fence that does, must be
  // coherence-ordered before it too: all that lies below is out of reach.
  const Clock before = sc_.before_next(t, known, seq_cst);
  const Clock known_to_fences = sc_.known_to_fences(before);
  for (int above = top; above > level; --above) {
    const Store& store = location.level(above);
    if (before.meets(store.seen_sc) || known_to_fences.meets(store.seen)) return above;
  }
  return level;
}

int MemoryModel::read_floor(const Location& location, int t, bool seq_cst) const {
  const int level = floor(location, t, seq_cst);
  const auto reader = static_cast<unsigned>(t);
  if (level + 1 < location.count && location.read_yields[reader] >= 0 &&
      location.read_yields[reader] < thread(t).yields &&
      location.read_serial[reader] == location.level(level).serial) {
    return level + 1;
  }
  return level;
}

void MemoryModel::load(Location& location, int t, int level, std::memory_order order) {
  ThreadView& view = thread(t);
  const bool seq_cst = is_seq_cst(order);
  const bool ordered = seq_cst || !sc_.empty();
  Clock before;
  if (ordered) before = sc_.before_next(t, view.known, seq_cst);
  tick(t);
  const std::int32_t index = view.known[t];
  Store& store = location.level(level);
  (is_acquire(order) ? view.known : view.pending).join(store.sync);
  if (ordered) {
    Clock preceding = location.forgotten_out;
    for (int below = 0; below < level; ++below) {
      preceding.join(location.level(below).out);
      preceding.join(location.level(below).readers_out);
    }
    preceding.join(store.out);
    const ScStep step = order_sc(location, t, level, seq_cst, before, preceding);
    store.readers_out.join(step.out);
    if (seq_cst && store.seen_sc[t] == kNever) store.seen_sc[t] = step.number;
  }
  if (store.seen[t] == kNever) store.seen[t] = index;
  if (store.read[t] == kNever) store.read[t] = index;
  location.touched[t] = index;
  location.read_serial[static_cast<unsigned>(t)] = store.serial;
  location.read_yields[static_cast<unsigned>(t)] = view.yields;
}

int MemoryModel::store(Location& location, int t, int level, std::uint64_t value,
                       std::memory_order order) {
  return write(location, t, level, value, order, false);
}

int MemoryModel::modify(Location& location, int t, int level, std::uint64_t value,
                        std::memory_order order) {
  location.read_serial[static_cast<unsigned>(t)] = stores_ + 1;
  location.read_yields[static_cast<unsigned>(t)] = thread(t).yields;
  return write(location, t, level, value, order, true);
}

int MemoryModel::write(Location& location, int t, int level, std::uint64_t value,
                       std::memory_order order, bool rmw) {
  ThreadView& view = thread(t);
  const bool seq_cst = is_seq_cst(order);
  const bool ordered = seq_cst || !sc_.empty();
  Clock before;
  if (ordered) before = sc_.before_next(t, view.known, seq_cst);
  tick(t);
  const std::int32_t index = view.known[t];
  Clock sync;
  if (rmw) {
    sync = location.level(level).sync;
    (is_acquire(order) ? view.known : view.pending).join(sync);
  }
  sync.join(is_release(order) ? view.known : view.released);
  ScStep step;
  if (ordered) {
    Clock preceding = location.forgotten_out;
    for (int below = 0; below <= level; ++below) {
      preceding.join(location.level(below).out);
      preceding.join(location.level(below).readers_out);
    }
    step = order_sc(location, t, level, seq_cst, before, preceding);
  }
  level = insert(location, level);
  Store& added = location.level(level);
  added.value = value;
  added.serial = ++stores_;
  added.thread = t;
  added.rmw = rmw;
  added.sync = sync;
  added.seen = Clock::none();
  added.seen[t] = index;
  added.read = added.seen_sc = Clock::none();
  if (seq_cst) added.seen_sc[t] = step.number;
  added.out = step.out;
  added.readers_out = Clock{};
  location.touched[t] = index;
  return level;
}

int MemoryModel::insert(Location& location, int level) {
  auto& order = location.order;
  std::uint8_t slot = 0;
  if (location.count < kHistory) {
    slot = static_cast<std::uint8_t>(location.count++);
  } else {
    slot = order[0];
    location.forgotten_out.join(location.slots[slot].out);
    location.forgotten_out.join(location.slots[slot].readers_out);
    for (unsigned k = 1; k < kHistory; ++k) order[k - 1] = order[k];
    --level;
  }
  for (int k = location.count - 1; k > level + 1; --k) {
    order[static_cast<unsigned>(k)] = order[static_cast<unsigned>(k - 1)];
  }
  order[static_cast<unsigned>(level + 1)] = slot;
  return level + 1;
}

MemoryModel::ScStep MemoryModel::order_sc(Location& location, int t, int level, bool seq_cst,
                                          Clock before, const Clock& preceding) {
  const Clock& known = thread(t).known;
  ScStep step;
  step.out = sc_.fences_in(known);
  if (seq_cst) {
    before.join(sc_.closure(preceding));
    step.number = sc_.append(t, known[t], false, before, known);
    step.out[t] = step.number;
  }
  if (level + 1 == location.count) return step;
  // What stands above in the modification order, and whoever read it, comes later in S.
  Clock seen_above = Clock::none();
  Clock firsts = Clock::none();
  for (int above = level + 1; above < location.count; ++above) {
    seen_above.meet(location.level(above).seen);
    firsts.meet(location.level(above).seen_sc);
  }
  firsts.meet(sc_.fences_after(seen_above));
  sc_.precede(sc_.closure(step.out), firsts);
  return step;
}

void MemoryModel::fence(int t, std::memory_order order) {
  if (is_seq_cst(order)) return seq_cst_fence(t);
  ThreadView& view = thread(t);
  tick(t);
  if (is_acquire(order)) view.known.join(view.pending);
  if (is_release(order)) view.released = view.known;
}

void MemoryModel::seq_cst_fence(int t) {
  ThreadView& view = thread(t);
  Clock before = sc_.before_next(t, view.known, true);
  tick(t);
  view.known.join(view.pending);
  Clock preceding;
  for (const Location* location : locations_) {
    // All that is coherence-ordered before a store that is known here, ...
    int level = location->count - 1;
    while (level >= 0 && !view.known.meets(location->level(level).seen)) --level;
    if (level < 0) continue;
    preceding.join(location->forgotten_out);
    for (int below = 0; below < level; ++below) {
      preceding.join(location->level(below).out);
      preceding.join(location->level(below).readers_out);
    }
    // ... and the store itself if one that read it is known.
    if (view.known.meets(location->level(level).read)) preceding.join(location->level(level).out);
  }
  before.join(sc_.closure(preceding));
  sc_.append(t, view.known[t], true, before, view.known);
  view.released = view.known;
}

void MemoryModel::membarrier(int t, int threads) {
  seq_cst_fence(t);
  tick(t);
  const Clock caller = thread(t).known;
  Clock all = caller;
  for (int u = 0; u < threads; ++u) {
    if (u == t) continue;
    thread(u).known.join(caller);
    seq_cst_fence(u);
    tick(u);
    all.join(thread(u).known);
  }
  thread(t).known.join(all);
  seq_cst_fence(t);
}

}  // namespace temporal_slab::explorer
