#include "stress/gate.h"

#include <thread>

namespace temporal_slab::stress {

Gate::Gate(unsigned workers) : workers_(workers), flags_(std::make_unique<Flag[]>(workers)) {}

void Gate::enter(unsigned worker) {
  std::atomic<bool>& inside = flags_[worker].inside;
  for (;;) {
    inside.store(true, std::memory_order_seq_cst);
    if (!closed_.load(std::memory_order_seq_cst)) return;
    inside.store(false, std::memory_order_release);
    while (closed_.load(std::memory_order_acquire)) std::this_thread::yield();
  }
}

void Gate::leave(unsigned worker) { flags_[worker].inside.store(false, std::memory_order_release); }

void Gate::close() {
  closed_.store(true, std::memory_order_seq_cst);
  for (unsigned i = 0; i < workers_; ++i)
    while (flags_[i].inside.load(std::memory_order_seq_cst)) std::this_thread::yield();
}

void Gate::open() { closed_.store(false, std::memory_order_release); }

}  // namespace temporal_slab::stress
