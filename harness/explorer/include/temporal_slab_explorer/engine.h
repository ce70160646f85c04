// Runs a test once: its threads as fibers, each atomic operation a step, every choice asked of a
// strategy. The classes that tests use (atomic.h, var.h, mutex.h, thread.h, memory.h) call inward
// through current_engine(). Nothing here allocates between steps once the pools have grown.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "temporal_slab_explorer/fiber.h"
#include "temporal_slab_explorer/memory_model.h"
#include "temporal_slab_explorer/memory_pool.h"
#include "temporal_slab_explorer/objects.h"
#include "temporal_slab_explorer/options.h"
#include "temporal_slab_explorer/strategy.h"
#include "temporal_slab_explorer/trace.h"

namespace temporal_slab::explorer {

// A callable that somebody else keeps.
struct Callable {
  void (*call)(void*) = nullptr;
  void* object = nullptr;
  void operator()() const { call(object); }
};

// Hears of each operation on an object as it is made.
class Listener {
 public:
  virtual void on_step(int thread, Op op, const ObjectInfo& object, Where where) = 0;

 protected:
  ~Listener() = default;
};

struct RunOutcome {
  Verdict verdict = Verdict::kPassed;
  std::string message;
  std::int64_t steps = 0;
};

class Engine {
 public:
  explicit Engine(const Options& options);

  const RunOutcome& run(Callable body, Strategy& strategy, bool tracing);
  const Schedule& schedule() const { return deviations_; }
  const Trace& trace() const { return trace_; }
  std::uint32_t signature() const { return signature_; }
  int threads() const { return threads_used_; }
  MemoryPool& memory() { return memory_; }

  // ---- for the classes of tests; the caller is the running fiber ----
  std::uint64_t run_number() const { return run_; }
  int current_thread() const { return current_; }
  // The test is the only thread that was not joined.
  bool alone() const { return current_ == 0 && not_joined_ == 0; }
  std::int64_t steps() const { return steps_; }
  bool on_own_stack(const void* address) const {
    return fibers_[static_cast<unsigned>(current_)]->has_on_stack(address);
  }
  // Called when the body of the current thread has come to its end; the last one asked for.
  void at_thread_end(void (*hook)()) { state(current_).at_end = hook; }
  // Steps made while `untold` are no rows of the table.
  void tell(bool told) { told_ = told; }
  // Until the run ends.
  void listen(Listener* listener) { listener_ = listener; }
  bool peeking() const { return peeking_; }
  // In what `look` does operations look and do not step.
  template <typename Look>
  void peek(const Look& look) {
    peeking_ = true;
    look();
    peeking_ = false;
  }

  AtomicObject& make_atomic(std::uint64_t value, ValueKind kind, bool is_static, Where where);
  void end_atomic(AtomicObject& object, Where where);
  std::uint64_t load(AtomicObject& object, std::memory_order order, Where where);
  void store(AtomicObject& object, std::uint64_t value, std::memory_order order, Where where);
  // A read-modify-write in two halves, between which the caller computes what is written.
  struct Modify {
    int level = 0;
    std::uint64_t value = 0;
  };
  Modify begin_modify(AtomicObject& object, std::memory_order order, Where where);
  void end_modify(AtomicObject& object, const Modify& begun, std::uint64_t value,
                  std::memory_order order, Where where);
  // Gives whether `expected` was replaced; if not, puts there what was read.
  bool compare_exchange(AtomicObject& object, std::uint64_t* expected, std::uint64_t desired,
                        bool weak, std::memory_order success, std::memory_order failure,
                        Where where);
  void fence(std::memory_order order, Where where);
  void membarrier(Where where);
  void wait(AtomicObject& object, std::uint64_t old, std::memory_order order, Where where);
  void notify(AtomicObject& object, bool all, Where where);

  PlainObject& make_plain(bool is_static, Where where);
  void end_plain(PlainObject& object, Where where);
  void plain_read(PlainObject& object, Where where);
  void plain_write(PlainObject& object, Where where);

  MutexObject& make_mutex(Where where);
  void lock(MutexObject& object, Where where);
  bool try_lock(MutexObject& object, Where where);
  void unlock(MutexObject& object, Where where);

  void* allocate(std::size_t bytes, std::size_t alignment, Where where);
  void release(void* block, Where where);

  int spawn(Callable body);
  void* closure_space(int thread) { return fibers_[static_cast<unsigned>(thread)]->spare(); }
  int next_thread() const { return threads_used_; }
  // Waits for each thread of the set.
  void join(std::uint32_t threads);
  static std::uint32_t bit(int t) { return std::uint32_t{1} << t; }
  void yield(Where where);

  void add_invariant(Callable invariant);
  void remove_invariant(const void* object);
  // Says what is wrong; then leaves the run. Two statements, because the one that leaves abandons
  // the stack, and with it every temporary that it made.
  void say(std::string message);
  [[noreturn]] void fail(Verdict verdict);

 private:
  struct ThreadState {
    Callable body;
    void (*at_end)() = nullptr;
    bool granted = false;  // was scheduled for its next step already
    bool waits = false;    // at the point before a step, which is this one:
    Op next_op = Op::kYield;
    const ObjectInfo* next_object = nullptr;
    std::uint32_t joins = 0;  // threads whose end it waits for
    const AtomicObject* spin_object = nullptr;
    std::int32_t spin_serial = 0;
    int spins = 0;
  };

  static void fiber_main(void* slot);
  void thread_main(int t);
  void point(Op op, const ObjectInfo* object);
  void schedule_next();
  void wake(Op op, const ObjectInfo* object);
  void wake_all() { asleep_ = 0; }
  void note_repetition();
  void switch_to(int t);
  int choose(ChoiceKind kind, int alternatives, const std::uint8_t* threads = nullptr);
  int choose_level(AtomicObject& object, int floor);
  void block();
  void progress();
  void after_step();
  void idle_round();
  void use(AtomicObject& object, Where where);
  void register_object(ObjectInfo& object, char letter, ValueKind kind, Where where);
  void note_spin(const AtomicObject& object, std::int32_t serial);
  Step* record(Op op, const ObjectInfo* object, std::memory_order order, Where where);
  [[noreturn]] void race(const ObjectInfo& object, const char* what, Where where, int other,
                         const char* other_what, Where other_where);
  void check_alive(const ObjectInfo& object, Where where);

  ThreadState& state(int t) { return states_[static_cast<unsigned>(t)]; }

  Options options_;
  MemoryModel model_;
  Strategy* strategy_ = nullptr;
  ObjectPool<AtomicObject> atomics_;
  ObjectPool<PlainObject> plains_;
  ObjectPool<MutexObject> mutexes_;
  MemoryPool memory_;
  Fiber driver_;
  std::array<std::unique_ptr<Fiber>, kMaxThreads> fibers_;
  struct FiberSlot {
    Engine* engine = nullptr;
    int thread = 0;
  };
  std::array<FiberSlot, kMaxThreads> slots_;
  std::array<ThreadState, kMaxThreads> states_;
  std::vector<Callable> invariants_;
  Schedule deviations_;
  Trace trace_;
  RunOutcome outcome_;
  Listener* listener_ = nullptr;

  std::uint64_t run_ = 0;
  int current_ = 0;
  int threads_used_ = 0;
  int objects_used_ = 0;
  std::uint32_t ready_ = 0;    // neither blocked nor at the end
  std::uint32_t yielded_ = 0;  // of the ready ones: wait for progress of another
  std::uint32_t asleep_ = 0;   // of the ready ones: see Strategy::sleepers
  std::uint32_t finished_ = 0;
  std::uint32_t not_joined_ = 0;
  std::int64_t steps_ = 0;
  std::int64_t points_ = 0;
  std::int64_t progress_ = 0;  // steps that others may wait for
  std::int64_t progress_at_round_ = 0;
  int idle_rounds_ = 0;
  std::uint32_t signature_ = 0;
  bool tracing_ = false;
  bool told_ = true;
  bool peeking_ = false;
  bool reducing_ = false;
};

// The engine whose run the calling fiber is part of, or null outside of any run.
inline constinit thread_local Engine* running_engine = nullptr;

std::string place(Where where);
std::string label(const ObjectInfo& object);

}  // namespace temporal_slab::explorer
