#include "demo/stop_signals.h"

#include <cerrno>
#include <chrono>

namespace temporal_slab::demo {

StopSignals::StopSignals() {
  sigemptyset(&signals_);
  sigaddset(&signals_, SIGTERM);
  sigaddset(&signals_, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
}

int StopSignals::pending() const {
  sigset_t set;
  if (sigpending(&set) != 0) return 0;
  if (sigismember(&set, SIGTERM) == 1) return SIGTERM;
  return sigismember(&set, SIGINT) == 1 ? SIGINT : 0;
}

bool StopSignals::wait(std::chrono::milliseconds time) const {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point end = Clock::now() + time;
  for (;;) {
    const auto left = std::chrono::nanoseconds(end - Clock::now()).count();
    if (left <= 0) return pending() != 0;
    const timespec rest = {static_cast<time_t>(left / 1'000'000'000),
                           static_cast<long>(left % 1'000'000'000)};
    if (sigtimedwait(&signals_, nullptr, &rest) > 0) return true;
    if (errno != EINTR && errno != EAGAIN) return false;
  }
}

}  // namespace temporal_slab::demo
