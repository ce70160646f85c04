#include "stress/watchdog.h"

#include <chrono>
#include <vector>

#include "stress/report.h"

namespace temporal_slab::stress {
namespace {

using Clock = std::chrono::steady_clock;

struct LastSeen {
  std::uint64_t progress = 0;
  Clock::time_point moved = Clock::now();
};

constexpr unsigned kMostLines = 24;  // of a report, which is to fit in a screen

std::string where_all_stand(const World& world, const std::vector<LastSeen>& last) {
  std::string lines;
  unsigned count = 0;
  for (const auto& worker : world.workers) {
    if (++count > kMostLines) return lines + "\n  ...";
    const auto still =
        std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - last[worker->index].moved);
    lines += text("\n  thread %-3u in \"%s\", %llu steps done, still for %lld s%s", worker->index,
                  worker->where.load(std::memory_order_relaxed),
                  static_cast<unsigned long long>(last[worker->index].progress),
                  static_cast<long long>(still.count()),
                  worker->running.load(std::memory_order_relaxed) ? "" : " (ended)");
  }
  return lines;
}

}  // namespace

Watchdog::Watchdog(const World& world) : world_(world), thread_([this] { watch(); }) {}

Watchdog::~Watchdog() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    ending_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void Watchdog::watch() {
  const std::chrono::seconds limit(world_.options.stall_seconds);
  std::vector<LastSeen> last(world_.workers.size());
  std::unique_lock<std::mutex> lock(mutex_);
  while (!changed_.wait_for(lock, std::chrono::milliseconds(250), [this] { return ending_; })) {
    for (const auto& worker : world_.workers) {
      LastSeen& seen = last[worker->index];
      const std::uint64_t progress = worker->progress.load(std::memory_order_relaxed);
      if (progress != seen.progress || !worker->running.load(std::memory_order_relaxed)) {
        seen = {progress, Clock::now()};
      } else if (Clock::now() - seen.moved > limit) {
        fail(text("thread %u has not moved for %u s", worker->index, world_.options.stall_seconds) +
             where_all_stand(world_, last));
      }
    }
  }
}

}  // namespace temporal_slab::stress
