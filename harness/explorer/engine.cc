// The run: fibers, who goes next, verdicts.
#include "temporal_slab_explorer/engine.h"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <exception>
#include <utility>

namespace temporal_slab::explorer {
namespace {

// Rounds in which every thread that could go on yields and none achieves anything. Within one round
// each load of a spin loop moves on to a newer store at least, so that after as many as a history
// has stores nothing can change any more.
constexpr int kIdleRounds = kHistory + 2;

// True if the order of two steps of different threads can matter to anybody. A fence concerns its
// own thread until somebody reads what that thread stores, and then it is the order of that store
// and that load which matters; membarrier concerns all.
bool depend(Op a, const ObjectInfo* on, Op b, const ObjectInfo* other) {
  if (a == Op::kMembarrier || b == Op::kMembarrier) return true;
  if (on == nullptr || on != other) return false;
  return a != Op::kLoad || b != Op::kLoad;
}

}  // namespace

Engine::Engine(const Options& options) : options_(options) {
  for (int t = 0; t < kMaxThreads; ++t) {
    const auto slot = static_cast<unsigned>(t);
    slots_[slot] = {this, t};
    fibers_[slot] = std::make_unique<Fiber>(&Engine::fiber_main, &slots_[slot]);
  }
  deviations_.reserve(1024);
  invariants_.reserve(16);
}

const RunOutcome& Engine::run(Callable body, Strategy& strategy, bool tracing) {
  // Numbers of runs are never used twice, also not by different engines: handles rely on that.
  static thread_local std::uint64_t runs = 0;
  run_ = ++runs;
  model_.reset();
  atomics_.reset();
  plains_.reset();
  mutexes_.reset();
  memory_.reset(options_.reuse_freed);
  invariants_.clear();
  deviations_.clear();
  trace_.clear();
  outcome_.verdict = Verdict::kPassed;
  outcome_.message.clear();
  states_.fill(ThreadState{});
  for (int t = 0; t < threads_used_; ++t) fibers_[static_cast<unsigned>(t)]->restart();
  strategy_ = &strategy;
  tracing_ = tracing;
  told_ = true;
  peeking_ = false;
  listener_ = nullptr;
  objects_used_ = 0;
  yielded_ = finished_ = not_joined_ = asleep_ = 0;
  reducing_ = !options_.reuse_freed;
  steps_ = points_ = progress_ = progress_at_round_ = 0;
  idle_rounds_ = 0;
  signature_ = 0;
  threads_used_ = 1;
  ready_ = bit(0);
  current_ = 0;
  state(0).body = body;
  state(0).granted = true;
  strategy.begin_run();

  Engine* const outer = std::exchange(running_engine, this);
  Fiber::switch_to(driver_, *fibers_[0]);
  running_engine = outer;
  outcome_.steps = steps_;
  return outcome_;
}

void Engine::fiber_main(void* slot) {
  auto* const self = static_cast<FiberSlot*>(slot);
  self->engine->thread_main(self->thread);
}

void Engine::thread_main(int t) {
  // Not told from inside the handler, which would never be left.
  std::string thrown;
  try {
    state(t).body();
    if (void (*const hook)() = std::exchange(state(t).at_end, nullptr); hook != nullptr) hook();
  } catch (const std::exception& error) {
    thrown = std::string("exception: ") + error.what();
  } catch (...) {
    thrown = "exception";
  }
  if (!thrown.empty()) {
    say(std::move(thrown));
    fail(Verdict::kFailedCheck);
  }
  if (t == 0) {
    const MemoryPool::Block* leaked = options_.leaks ? memory_.first_live() : nullptr;
    if (leaked != nullptr) {
      say(std::to_string(leaked->bytes) + " bytes made at " + place(leaked->made) +
          " are still there at the end");
      fail(Verdict::kLeak);
    }
    Fiber::switch_to(*fibers_[0], driver_);
  }
  finished_ |= bit(t);
  ready_ &= ~bit(t);
  for (int joiner = 0; joiner < threads_used_; ++joiner) {
    const std::uint32_t joins = state(joiner).joins;
    if (joins != 0 && (joins & ~finished_) == 0) ready_ |= bit(joiner);
  }
  progress();
  schedule_next();
  std::terminate();  // nobody goes back to a thread at its end
}

void Engine::say(std::string message) { outcome_.message = std::move(message); }

void Engine::fail(Verdict verdict) {
  outcome_.verdict = verdict;
  Fiber::switch_to(*fibers_[static_cast<unsigned>(current_)], driver_);
  std::terminate();
}

void Engine::switch_to(int t) {
  if (t == current_) return;
  Fiber& from = *fibers_[static_cast<unsigned>(std::exchange(current_, t))];
  const int own_errno = errno;
  Fiber::switch_to(from, *fibers_[static_cast<unsigned>(t)]);
  errno = own_errno;
}

int Engine::choose(ChoiceKind kind, int alternatives, const std::uint8_t* threads) {
  std::uint32_t known = 0;
  for (int t = 0; reducing_ && threads != nullptr && t < threads_used_; ++t) {
    if (state(t).waits) known |= bit(t);
  }
  const int choice =
      strategy_->choose({kind, alternatives, threads, asleep_, known, steps_, signature_});
  if (choice < 0) {
    say("the same choices led to another course than before, at step " + std::to_string(steps_));
    fail(Verdict::kNondeterminism);
  }
  if (choice != 0) deviations_.push_back({points_, kind, choice});
  ++points_;
  return choice;
}

void Engine::point(Op op, const ObjectInfo* object) {
  ThreadState& me = state(current_);
  if (me.granted) {
    me.granted = false;
  } else {
    me.next_op = op;
    me.next_object = object;
    me.waits = true;
    schedule_next();
    me.waits = false;
  }
  wake(op, object);
  if (++steps_ > options_.steps) {
    say("not at the end after " + std::to_string(options_.steps) + " steps");
    fail(Verdict::kLivelock);
  }
  const auto what = static_cast<std::uint32_t>(op) + 32 * static_cast<std::uint32_t>(current_) +
                    256 * static_cast<std::uint32_t>(object == nullptr ? 0 : object->ordinal);
  signature_ = (signature_ ^ what) * 0x9E3779B1U;
  signature_ ^= signature_ >> 15;
}

void Engine::schedule_next() {
  std::uint32_t candidates = ready_ & ~yielded_;
  if (candidates == 0) {
    if (ready_ == 0) {
      say("every thread waits for another");
      fail(Verdict::kDeadlock);
    }
    idle_round();
    candidates = ready_;
  }
  if ((candidates & ~asleep_) == 0) note_repetition();
  if (std::has_single_bit(candidates)) return switch_to(std::countr_zero(candidates));
  // The current thread first, then the others in turn: the default is to go on.
  std::array<std::uint8_t, kMaxThreads> threads;
  int count = 0;
  for (int i = 0; i < threads_used_; ++i) {
    const int t = current_ + i < threads_used_ ? current_ + i : current_ + i - threads_used_;
    if ((candidates & bit(t)) != 0) {
      threads[static_cast<unsigned>(count++)] = static_cast<std::uint8_t>(t);
    }
  }
  const bool can_go_on = (candidates & bit(current_)) != 0;
  const int choice =
      choose(can_go_on ? ChoiceKind::kPreempt : ChoiceKind::kSwitch, count, threads.data());
  if (reducing_) {
    asleep_ |= strategy_->sleepers();
    if ((asleep_ & bit(threads[static_cast<unsigned>(choice)])) != 0) note_repetition();
  }
  switch_to(threads[static_cast<unsigned>(choice)]);
}

// A step is made: those asleep whose own step depends on it wake.
void Engine::wake(Op op, const ObjectInfo* object) {
  if (!invariants_.empty()) reducing_ = false, wake_all();
  for (std::uint32_t rest = asleep_; rest != 0; rest &= rest - 1) {
    const int t = std::countr_zero(rest);
    if (depend(op, object, state(t).next_op, state(t).next_object)) asleep_ &= ~bit(t);
  }
}

// The run goes on to its end all the same, since what it has made must go.
void Engine::note_repetition() {
  strategy_->on_repetition();
  reducing_ = false;
  wake_all();
}

void Engine::idle_round() {
  idle_rounds_ = progress_ == progress_at_round_ ? idle_rounds_ + 1 : 0;
  progress_at_round_ = progress_;
  if (idle_rounds_ > kIdleRounds) {
    say("every thread spins and none makes progress");
    fail(Verdict::kLivelock);
  }
  yielded_ = 0;
  wake_all();
}

void Engine::progress() {
  ++progress_;
  yielded_ &= bit(current_);
}

// The current thread has left ready_; comes back when somebody has put it there again.
void Engine::block() { schedule_next(); }

void Engine::yield(Where where) {
  if (peeking_) return;
  ++model_.thread(current_).yields;
  record(Op::kYield, nullptr, std::memory_order_relaxed, where);
  if (++steps_ > options_.steps) {
    say("spins without end");
    fail(Verdict::kLivelock);
  }
  yielded_ |= bit(current_);
  wake_all();  // whose progress it waits for is not known
  schedule_next();
  state(current_).granted = true;
}

int Engine::spawn(Callable body) {
  if (threads_used_ == kMaxThreads) {
    say("more than " + std::to_string(kMaxThreads) + " threads in a run");
    fail(Verdict::kFailedCheck);
  }
  wake_all();
  const int t = threads_used_++;
  state(t) = ThreadState{};
  state(t).body = body;
  state(t).granted = true;
  model_.spawn(current_, t);
  ready_ |= bit(t);
  not_joined_ |= bit(t);
  return t;
}

void Engine::join(std::uint32_t threads) {
  if ((threads & ~finished_) != 0) {
    wake_all();
    state(current_).joins = threads;
    ready_ &= ~bit(current_);
    block();
    state(current_).joins = 0;
    state(current_).granted = true;
  }
  for (int t = 0; t < threads_used_; ++t) {
    if ((threads & bit(t)) != 0) model_.join(current_, t);
  }
  not_joined_ &= ~threads;
}

void Engine::add_invariant(Callable invariant) { invariants_.push_back(invariant); }

void Engine::remove_invariant(const void* object) {
  std::erase_if(invariants_, [&](const Callable& each) { return each.object == object; });
}

void Engine::after_step() {
  if (invariants_.empty()) return;
  peek([this] {
    for (const Callable& invariant : invariants_) invariant();
  });
}

void Engine::register_object(ObjectInfo& object, char letter, ValueKind kind, Where where) {
  object.letter = letter;
  object.ordinal = ++objects_used_;
  object.dead = object.untold = false;
  object.kind = kind;
  object.name = nullptr;
  object.address = nullptr;
  object.born = where;
}

void Engine::check_alive(const ObjectInfo& object, Where where) {
  if (!object.dead) return;
  say(label(object) + " used at " + place(where) + " after its end at " + place(object.died));
  fail(Verdict::kUseAfterFree);
}

void Engine::race(const ObjectInfo& object, const char* what, Where where, int other,
                  const char* other_what, Where other_where) {
  say(label(object) + ": " + what + " by T" + std::to_string(current_) + " at " + place(where) +
      " is not ordered with the " + other_what + " by T" + std::to_string(other) +
      (other_where.line != 0 ? " at " + place(other_where) : ""));
  fail(Verdict::kDataRace);
}

Step* Engine::record(Op op, const ObjectInfo* object, std::memory_order order, Where where) {
  if (listener_ != nullptr && object != nullptr) listener_->on_step(current_, op, *object, where);
  if (!tracing_ || !told_ || (object != nullptr && object->untold)) return nullptr;
  Step step;
  step.thread = current_;
  step.op = op;
  step.object = object;
  step.order = order;
  step.where = where;
  trace_.push_back(step);
  return &trace_.back();
}

}  // namespace temporal_slab::explorer
