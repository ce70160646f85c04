#include "bench/team.h"

#include <sched.h>

#include <algorithm>

#include "bench/spin.h"

namespace temporal_slab::bench {
namespace {

std::vector<int> read_allowed_processors() {
  std::vector<int> processors;
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0) return processors;
  for (int i = 0; i < CPU_SETSIZE; ++i)
    if (CPU_ISSET(i, &set)) processors.push_back(i);
  return processors;
}

// The processors that the process may run on, read before the first team binds its
// caller; none if nobody says.
const std::vector<int>& allowed_processors() {
  static const std::vector<int> processors = read_allowed_processors();
  return processors;
}

// What cannot be bound is measured where it is.
void bind_to_processor_of(unsigned thread) {
  const std::vector<int>& processors = allowed_processors();
  if (processors.empty()) return;
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(processors[thread % processors.size()], &set);
  static_cast<void>(sched_setaffinity(0, sizeof set, &set));
}

void wait_until_all(const std::atomic<unsigned>& arrived, unsigned all) {
  spin_until([&] { return arrived.load(std::memory_order_acquire) == all; });
}

}  // namespace

Team::Team(unsigned threads) : threads_(threads), times_(threads) {
  bind_to_processor_of(0);
  for (unsigned i = 1; i < threads; ++i) {
    helpers_.emplace_back([this, i] {
      bind_to_processor_of(i);
      help(i);
    });
  }
}

Team::~Team() {
  ending_.store(true, std::memory_order_relaxed);
  round_.fetch_add(1, std::memory_order_release);
  round_.notify_all();
  for (std::thread& helper : helpers_) helper.join();
}

double Team::run_ns(const Work& work) {
  work_ = &work;
  ready_.store(1, std::memory_order_relaxed);
  done_.store(1, std::memory_order_relaxed);
  round_.fetch_add(1, std::memory_order_release);
  round_.notify_all();
  take_part(0);
  wait_until_all(done_, threads_);
  Times all = times_[0];
  for (const Times& one : times_) {
    all.start = std::min(all.start, one.start);
    all.end = std::max(all.end, one.end);
  }
  return std::chrono::duration<double, std::nano>(all.end - all.start).count();
}

void Team::take_part(unsigned thread) {
  wait_until_all(ready_, threads_);
  times_[thread].start = Clock::now();
  (*work_)(thread);
  times_[thread].end = Clock::now();
}

void Team::help(unsigned thread) {
  for (unsigned round = 0;;) {
    round_.wait(round, std::memory_order_acquire);
    round = round_.load(std::memory_order_acquire);
    if (ending_.load(std::memory_order_relaxed)) return;
    ready_.fetch_add(1, std::memory_order_release);
    take_part(thread);
    done_.fetch_add(1, std::memory_order_release);
  }
}

}  // namespace temporal_slab::bench
