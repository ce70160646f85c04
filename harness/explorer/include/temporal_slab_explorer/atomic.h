// explorer::atomic<T>: std::atomic<T> for tests, each operation one step of the explored run.
//
// T is trivially copyable and at most 8 bytes. Outside of a run it holds its initial value; one
// that outlives runs (a static) begins each of them with that value.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "temporal_slab_explorer/engine.h"

namespace temporal_slab::explorer {
namespace internal {

template <typename T>
constexpr ValueKind kind_of() {
  if constexpr (std::is_same_v<T, bool>) return ValueKind::kBool;
  if constexpr (std::is_pointer_v<T>) return ValueKind::kPointer;
  if constexpr (std::is_integral_v<T>) {
    return std::is_signed_v<T> ? ValueKind::kSigned : ValueKind::kUnsigned;
  }
  return ValueKind::kOpaque;
}

// Signed values are widened, so that a report prints them as they are.
template <typename T>
std::uint64_t to_bits(T value) {
  if constexpr (std::is_integral_v<T> && std::is_signed_v<T>) {
    return static_cast<std::uint64_t>(static_cast<std::int64_t>(value));
  } else {
    std::uint64_t bits = 0;
    std::memcpy(&bits, &value, sizeof value);
    return bits;
  }
}

template <typename T>
T from_bits(std::uint64_t bits) {
  if constexpr (std::is_integral_v<T> && std::is_signed_v<T>) {
    return static_cast<T>(bits);
  } else {
    T value;
    std::memcpy(&value, &bits, sizeof value);
    return value;
  }
}

constexpr std::memory_order failure_order(std::memory_order order) {
  if (order == std::memory_order_acq_rel) return std::memory_order_acquire;
  if (order == std::memory_order_release) return std::memory_order_relaxed;
  return order;
}

template <typename T>
struct Operand {
  using type = T;
};
template <typename T>
struct Operand<T*> {
  using type = std::ptrdiff_t;
};

}  // namespace internal

// What an atomic of any kind can do. `Self` says which object of the run it is, and keeps the value
// that it has outside of runs: `object()` and `initial()`.
template <typename Self, typename T>
class atomic_operations {
  static_assert(std::is_trivially_copyable_v<T> && sizeof(T) <= sizeof(std::uint64_t));

 protected:
  using Order = std::memory_order;
  static constexpr Order kSeqCst = std::memory_order_seq_cst;

 public:
  using value_type = T;
  using difference_type = typename internal::Operand<T>::type;
  static constexpr bool is_always_lock_free = true;

  bool is_lock_free() const { return true; }

  // What reports call it; a literal.
  void name(const char* text) { self().object().name = text; }

  T load(Order order = kSeqCst, Where where = Where::here()) const {
    if (running_engine == nullptr) return self().initial();
    return internal::from_bits<T>(running_engine->load(self().object(), order, where));
  }
  void store(T value, Order order = kSeqCst, Where where = Where::here()) {
    if (running_engine == nullptr) return void(self().initial() = value);
    running_engine->store(self().object(), internal::to_bits(value), order, where);
  }
  T exchange(T value, Order order = kSeqCst, Where where = Where::here()) {
    return modify([value](T) { return value; }, order, where);
  }

  bool compare_exchange_strong(T& expected, T desired, Order success, Order failure,
                               Where where = Where::here()) {
    return compare_exchange(expected, desired, false, success, failure, where);
  }
  bool compare_exchange_strong(T& expected, T desired, Order order = kSeqCst,
                               Where where = Where::here()) {
    return compare_exchange(expected, desired, false, order, internal::failure_order(order), where);
  }
  bool compare_exchange_weak(T& expected, T desired, Order success, Order failure,
                             Where where = Where::here()) {
    return compare_exchange(expected, desired, true, success, failure, where);
  }
  bool compare_exchange_weak(T& expected, T desired, Order order = kSeqCst,
                             Where where = Where::here()) {
    return compare_exchange(expected, desired, true, order, internal::failure_order(order), where);
  }

  T fetch_add(difference_type by, Order order = kSeqCst, Where where = Where::here()) {
    return modify([by](T value) { return static_cast<T>(value + by); }, order, where);
  }
  T fetch_sub(difference_type by, Order order = kSeqCst, Where where = Where::here()) {
    return modify([by](T value) { return static_cast<T>(value - by); }, order, where);
  }
  T fetch_and(T mask, Order order = kSeqCst, Where where = Where::here()) {
    return modify([mask](T value) { return static_cast<T>(value & mask); }, order, where);
  }
  T fetch_or(T mask, Order order = kSeqCst, Where where = Where::here()) {
    return modify([mask](T value) { return static_cast<T>(value | mask); }, order, where);
  }
  T fetch_xor(T mask, Order order = kSeqCst, Where where = Where::here()) {
    return modify([mask](T value) { return static_cast<T>(value ^ mask); }, order, where);
  }

  void wait(T old, Order order = kSeqCst, Where where = Where::here()) const {
    if (running_engine != nullptr) {
      running_engine->wait(self().object(), internal::to_bits(old), order, where);
    }
  }
  void notify_one(Where where = Where::here()) {
    if (running_engine != nullptr) running_engine->notify(self().object(), false, where);
  }
  void notify_all(Where where = Where::here()) {
    if (running_engine != nullptr) running_engine->notify(self().object(), true, where);
  }

  // Operators cannot carry the caller's line: reports name the operator instead.
  operator T() const { return load(kSeqCst, {"operator T", 0}); }
  T operator=(T value) {
    store(value, kSeqCst, {"operator=", 0});
    return value;
  }
  T operator++() { return static_cast<T>(fetch_add(1, kSeqCst, {"operator++", 0}) + 1); }
  T operator++(int) { return fetch_add(1, kSeqCst, {"operator++", 0}); }
  T operator--() { return static_cast<T>(fetch_sub(1, kSeqCst, {"operator--", 0}) - 1); }
  T operator--(int) { return fetch_sub(1, kSeqCst, {"operator--", 0}); }
  T operator+=(difference_type by) {
    return static_cast<T>(fetch_add(by, kSeqCst, {"operator+=", 0}) + by);
  }
  T operator-=(difference_type by) {
    return static_cast<T>(fetch_sub(by, kSeqCst, {"operator-=", 0}) - by);
  }
  T operator&=(T mask) {
    return static_cast<T>(fetch_and(mask, kSeqCst, {"operator&=", 0}) & mask);
  }
  T operator|=(T mask) { return static_cast<T>(fetch_or(mask, kSeqCst, {"operator|=", 0}) | mask); }
  T operator^=(T mask) {
    return static_cast<T>(fetch_xor(mask, kSeqCst, {"operator^=", 0}) ^ mask);
  }

 private:
  Self& self() { return static_cast<Self&>(*this); }
  const Self& self() const { return static_cast<const Self&>(*this); }

  template <typename Compute>
  T modify(Compute compute, Order order, Where where) {
    if (running_engine == nullptr) {
      const T before = self().initial();
      self().initial() = compute(before);
      return before;
    }
    AtomicObject& mine = self().object();
    const Engine::Modify begun = running_engine->begin_modify(mine, order, where);
    const T before = internal::from_bits<T>(begun.value);
    running_engine->end_modify(mine, begun, internal::to_bits(compute(before)), order, where);
    return before;
  }

  bool compare_exchange(T& expected, T desired, bool weak, Order success, Order failure,
                        Where where) {
    std::uint64_t bits = internal::to_bits(expected);
    if (running_engine == nullptr) {
      const bool equal = internal::to_bits(self().initial()) == bits;
      (equal ? self().initial() : expected) = equal ? desired : self().initial();
      return equal;
    }
    const bool replaced = running_engine->compare_exchange(
        self().object(), &bits, internal::to_bits(desired), weak, success, failure, where);
    if (!replaced) expected = internal::from_bits<T>(bits);
    return replaced;
  }
};

template <typename T>
class atomic : public atomic_operations<atomic<T>, T> {
  using Operations = atomic_operations<atomic<T>, T>;
  friend Operations;

 public:
  atomic(Where where = Where::here()) : atomic(T{}, where) {}
  atomic(T value, Where where = Where::here()) : initial_(value) {
    if (running_engine == nullptr) return;
    handle_.object = &running_engine->make_atomic(internal::to_bits(value), internal::kind_of<T>(),
                                                  false, where);
    handle_.run = running_engine->run_number();
  }
  ~atomic() {
    if (is_of_this_run()) running_engine->end_atomic(*handle_.object, {"~atomic", 0});
  }
  atomic(const atomic&) = delete;
  atomic& operator=(const atomic&) = delete;
  using Operations::operator=;

 private:
  bool is_of_this_run() const {
    return running_engine != nullptr && handle_.object != nullptr &&
           handle_.run == running_engine->run_number();
  }
  AtomicObject& object() const {
    if (!is_of_this_run()) {
      handle_.object = &running_engine->make_atomic(internal::to_bits(initial_),
                                                    internal::kind_of<T>(), true, {"static", 0});
      handle_.run = running_engine->run_number();
    }
    return *handle_.object;
  }
  T& initial() { return initial_; }
  T initial() const { return initial_; }

  T initial_;
  mutable Handle<AtomicObject> handle_;
};

inline void atomic_thread_fence(std::memory_order order, Where where = Where::here()) {
  if (running_engine != nullptr) running_engine->fence(order, where);
}

// As if every thread of the process executed a full fence at this instant. The other half of an
// asymmetric pair is light_barrier, which keeps the compiler from reordering and is nothing at run
// time: nor is it anything here, since the explorer runs operations as the program has them.
inline void membarrier(Where where = Where::here()) {
  if (running_engine != nullptr) running_engine->membarrier(where);
}
inline void light_barrier() { std::atomic_signal_fence(std::memory_order_seq_cst); }

}  // namespace temporal_slab::explorer
