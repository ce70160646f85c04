// Threads of a test, and what tests say about them.
#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

#include "temporal_slab_explorer/engine.h"

namespace temporal_slab::explorer {

// For a callable that lives on until it has been called.
template <typename F>
Callable callable(F& function) {
  return {[](void* object) { (*static_cast<F*>(object))(); },
          const_cast<void*>(static_cast<const void*>(std::addressof(function)))};
}

// A thread of the run; at most seven beside the test itself. Joined at the end of its life.
class thread {
 public:
  template <typename F>
  requires(!std::is_same_v<std::remove_cvref_t<F>, thread>) explicit thread(F&& function) {
    using Body = std::decay_t<F>;
    static_assert(sizeof(Body) <= 4096 && alignof(Body) <= alignof(std::max_align_t));
    // The closure lives at the far end of the stack of its fiber: no heap.
    Engine& engine = *running_engine;
    void* const space = engine.closure_space(engine.next_thread() % kMaxThreads);
    auto* const body = ::new (space) Body(std::forward<F>(function));
    number_ = engine.spawn({[](void* object) {
                              Body& mine = *static_cast<Body*>(object);
                              mine();
                              mine.~Body();
                            },
                            body});
  }
  ~thread() { join(); }
  thread(const thread&) = delete;
  thread& operator=(const thread&) = delete;

  void join() {
    if (number_ < 0) return;
    running_engine->join(Engine::bit(number_));
    number_ = -1;
  }

 private:
  int number_ = -1;
};

// Runs each in a thread of its own and waits for all.
template <typename... F>
void parallel(F&&... functions) {
  std::uint32_t started = 0;
  ((started |= Engine::bit(running_engine->spawn(callable(functions)))), ...);
  running_engine->join(started);
}

// Says that the caller spins: it is scheduled again when another thread has changed something, and
// will not read the same old value for ever.
inline void yield(Where where = Where::here()) {
  if (running_engine != nullptr) running_engine->yield(where);
}

// Ends the run as a failure unless `condition` holds; in an invariant, as a broken one.
inline void check(bool condition, const char* what = "check", Where where = Where::here()) {
  if (condition || running_engine == nullptr) return;
  running_engine->say(std::string(what) + " at " + place(where));
  running_engine->fail(running_engine->peeking() ? Verdict::kBrokenInvariant
                                                 : Verdict::kFailedCheck);
}

// Calls `function` after every step for as long as it lives. What it reads is the newest value of
// each atomic; check() inside tells a broken invariant.
template <typename F>
class invariant {
 public:
  explicit invariant(F function) : function_(std::move(function)) {
    running_engine->add_invariant(callable(function_));
  }
  ~invariant() { running_engine->remove_invariant(&function_); }
  invariant(const invariant&) = delete;
  invariant& operator=(const invariant&) = delete;

 private:
  F function_;
};

// new and delete for tests: what is not destroyed by the end is a leak, and the atomics and vars in
// what was destroyed tell whoever still uses them. make takes four arguments at most, because the
// place of its caller comes after them; make_at takes the place first and then any number.
template <typename T, typename... Args>
T* make_at(Where where, Args&&... args) {
  void* const block = running_engine->allocate(sizeof(T), alignof(T), where);
  return ::new (block) T(std::forward<Args>(args)...);
}
template <typename T>
T* make(Where where = Where::here()) {
  return make_at<T>(where);
}
template <typename T, typename A>
T* make(A&& a, Where where = Where::here()) {
  return make_at<T>(where, std::forward<A>(a));
}
template <typename T, typename A, typename B>
T* make(A&& a, B&& b, Where where = Where::here()) {
  return make_at<T>(where, std::forward<A>(a), std::forward<B>(b));
}
template <typename T, typename A, typename B, typename C>
T* make(A&& a, B&& b, C&& c, Where where = Where::here()) {
  return make_at<T>(where, std::forward<A>(a), std::forward<B>(b), std::forward<C>(c));
}
template <typename T, typename A, typename B, typename C, typename D>
T* make(A&& a, B&& b, C&& c, D&& d, Where where = Where::here()) {
  return make_at<T>(where, std::forward<A>(a), std::forward<B>(b), std::forward<C>(c),
                    std::forward<D>(d));
}
template <typename T>
void destroy(T* object, Where where = Where::here()) {
  object->~T();
  running_engine->release(object, where);
}

// malloc and free.
inline void* alloc(std::size_t bytes, Where where = Where::here()) {
  return running_engine->allocate(bytes, alignof(std::max_align_t), where);
}
inline void free(void* block, Where where = Where::here()) {
  if (block != nullptr) running_engine->release(block, where);
}

}  // namespace temporal_slab::explorer
