// A coroutine that runs to its first suspension when it is called.
#pragma once

#include <coroutine>

template <bool kReady>
struct Awaited {
  bool await_ready() const noexcept { return kReady; }
  void await_suspend(std::coroutine_handle<>) const noexcept {}
  void await_resume() const noexcept {}
};

struct Task {
  struct promise_type {
    Task get_return_object() { return {std::coroutine_handle<promise_type>::from_promise(*this)}; }
    Awaited<true> initial_suspend() const noexcept { return {}; }
    Awaited<false> final_suspend() const noexcept { return {}; }
    void return_void() const {}
    void unhandled_exception() const {}
  };

  std::coroutine_handle<promise_type> handle;
};
