// What sync/ of lib/ is when TEMPORAL_SLAB_MODEL is set: the explorer's. Same names, same sizes and
// layout as the native ones where lib/ relies on them, each operation one step of the run. Only
// lib/sync/atomic.h includes this.
//
// Gap: an atomic that a constructor fills is taken to have had that value before all threads; that
// it was handed on without synchronisation is not noticed.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <type_traits>

#include "harness/modelled/places.h"
#include "temporal_slab_explorer/atomic.h"
#include "temporal_slab_explorer/thread.h"

namespace temporal_slab::sync {

template <typename T>
class Atomic : public explorer::atomic_operations<Atomic<T>, T> {
  using Operations = explorer::atomic_operations<Atomic<T>, T>;
  friend Operations;

 public:
  constexpr Atomic() noexcept : Atomic(T{}) {}
  constexpr Atomic(T value) noexcept : initial_(value) {
    if (!std::is_constant_evaluated()) modelled::forget_object(this);
  }
  Atomic(const Atomic&) = delete;
  Atomic& operator=(const Atomic&) = delete;
  using Operations::operator=;

  T load(std::memory_order order = std::memory_order_seq_cst,
         explorer::Where where = explorer::Where::here()) const {
    if (explorer::running_engine != nullptr && explorer::running_engine->peeking() &&
        modelled::known_atomic(this) == nullptr)
      return initial();
    return Operations::load(order, where);
  }

 private:
  explorer::AtomicObject& object() const {
    static_assert(sizeof(Atomic) == sizeof(std::atomic<T>) &&
                  alignof(Atomic) == alignof(std::atomic<T>));
    return modelled::atomic_at(this, explorer::internal::to_bits(initial_),
                               explorer::internal::kind_of<T>());
  }
  T& initial() { return initial_; }
  T initial() const { return initial_; }

  T initial_;
};

class Mutex {
  using Where = explorer::Where;

 public:
  constexpr Mutex() noexcept {
    if (!std::is_constant_evaluated()) modelled::forget_object(this);
  }
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;

  void lock(Where where = Where::here()) {
    if (auto* const engine = explorer::running_engine; engine != nullptr)
      engine->lock(modelled::mutex_at(this), where);
  }
  bool try_lock(Where where = Where::here()) {
    auto* const engine = explorer::running_engine;
    return engine == nullptr || engine->try_lock(modelled::mutex_at(this), where);
  }
  void unlock(Where where = Where::here()) {
    if (auto* const engine = explorer::running_engine; engine != nullptr)
      engine->unlock(modelled::mutex_at(this), where);
  }
  // For invariants: no thread holds it.
  bool free() const { return modelled::mutex_at(this).owner < 0; }

 private:
  [[maybe_unused]] alignas(std::mutex) char place_[sizeof(std::mutex)] = {};
};

inline void add_own(Atomic<std::uint64_t>& word, std::uint64_t by,
                    explorer::Where where = explorer::Where::here()) {
  word.store(word.load(std::memory_order_relaxed, where) + by, std::memory_order_release, where);
}
inline bool raise_own(Atomic<std::uint32_t>* words, std::uint32_t count, std::uint32_t last,
                      explorer::Where where = explorer::Where::here()) {
  bool any = false;
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint32_t next = (words[i].load(std::memory_order_relaxed, where) & ~3U) + 4;
    any = any || next == 0;
    words[i].store(next == 0 ? last : next, std::memory_order_release, where);
  }
  return any;
}
inline void compiler_barrier() { explorer::light_barrier(); }
inline void full_fence(explorer::Where where = explorer::Where::here()) {
  explorer::atomic_thread_fence(std::memory_order_seq_cst, where);
}
inline bool register_membarrier() { return true; }
inline void membarrier(explorer::Where where = explorer::Where::here()) {
  explorer::membarrier(where);
}
inline void yield(explorer::Where where = explorer::Where::here()) { explorer::yield(where); }

// Each thread of a run begins with one that is zero.
template <typename T>
T& this_threads() {
  static_assert(std::is_trivially_destructible_v<T>);
  struct alignas(64) Slot {  // on lines of its own, as what belongs to a thread is
    T object{};
    std::uint64_t run = 0;
  };
  static thread_local Slot slots[explorer::kMaxThreads + 1];
  const auto* const engine = explorer::running_engine;
  Slot& mine = slots[engine == nullptr ? explorer::kMaxThreads : engine->current_thread()];
  const std::uint64_t run = engine == nullptr ? 0 : engine->run_number();
  if (mine.run != run) mine = {T{}, run};
  return mine.object;
}

inline int at_thread_exit(void (*hook)()) {
  if (explorer::running_engine != nullptr) explorer::running_engine->at_thread_end(hook);
  return 0;
}
inline void begin_thread_exits() {}
inline void end_thread_exits() {}
// No thread of a run is refused to be told of.
inline bool thread_is_gone(std::uint64_t) { return false; }
inline int at_exit(void (*)()) { return 0; }

// No run forks.
inline int at_fork(void (*)(), void (*)(), void (*)()) { return 0; }

// Time passes with each step.
inline std::uint64_t monotonic_ns() {
  constexpr std::uint64_t kStepNs = 1000;
  const auto* const engine = explorer::running_engine;
  return kStepNs * (engine == nullptr ? 1 : 1 + static_cast<std::uint64_t>(engine->steps()));
}
// Stands still: what goes by it is no part of any scenario, and reads no step.
inline std::uint64_t coarse_monotonic_ns() { return 0; }
inline std::uint64_t realtime_ns() { return monotonic_ns(); }

}  // namespace temporal_slab::sync
