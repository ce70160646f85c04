// A stack of its own on the OS thread that made it, and the switch from one to another: about ten
// instructions on x86-64 and arm64, swapcontext (two system calls) elsewhere or where
// TEMPORAL_SLAB_EXPLORER_UCONTEXT is defined.
//
// A fiber may be left for ever in the middle of its work and started again from the top: no
// destructor of the abandoned work runs. AddressSanitizer is told of every switch.
#pragma once

#include <cstddef>

#if !defined(__x86_64__) && !defined(__aarch64__) && !defined(TEMPORAL_SLAB_EXPLORER_UCONTEXT)
#define TEMPORAL_SLAB_EXPLORER_UCONTEXT 1
#endif

#if defined(TEMPORAL_SLAB_EXPLORER_UCONTEXT)
#include <ucontext.h>
#endif

namespace temporal_slab::explorer {

class Fiber {
 public:
  using Entry = void (*)(void*);

  // The OS thread itself, until it is switched back to.
  Fiber() = default;
  // A fiber with a stack, mapped with a guard page below it. `entry` must never return.
  Fiber(Entry entry, void* argument);
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  // Forgets what the fiber was doing: the next switch to it calls `entry`.
  void restart();

  static void switch_to(Fiber& from, Fiber& to);

  // The lowest address of the stack, for things that must live as long as the fiber's work.
  void* spare() const { return static_cast<char*>(mapping_) + guard_bytes_; }

  bool has_on_stack(const void* address) const {
    const auto* const at = static_cast<const char*>(address);
    const auto* const low = static_cast<const char*>(mapping_);
    return at >= low && at < low + mapping_bytes_;
  }

 private:
  static void begin(void* fiber);
  void arrived();

  void* mapping_ = nullptr;
  std::size_t mapping_bytes_ = 0;
  std::size_t guard_bytes_ = 0;
  Entry entry_ = nullptr;
  void* argument_ = nullptr;
  // What AddressSanitizer keeps of a fiber that is not running, and where its stack is.
  [[maybe_unused]] void* fake_stack_ = nullptr;
  [[maybe_unused]] const void* stack_low_ = nullptr;
  [[maybe_unused]] std::size_t stack_bytes_ = 0;
  [[maybe_unused]] Fiber* came_from_ = nullptr;
#if defined(TEMPORAL_SLAB_EXPLORER_UCONTEXT)
  ucontext_t context_{};
#else
  void* stack_pointer_ = nullptr;
#endif
};

}  // namespace temporal_slab::explorer
