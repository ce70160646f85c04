#include "random.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdio>

namespace temporal_slab::explorer {

int RandomWalk::choose_memory(const ChoicePoint& point) {
  if (point.kind == ChoiceKind::kSpurious) {
    return options_.spurious_failures > 0 && random_.below(8) == 0 ? 1 : 0;
  }
  if (!options_.weak_memory || options_.stale_reads == 0) return 0;
  const bool default_choice = random_.below(point.kind == ChoiceKind::kRead ? 2 : 4) != 0;
  return default_choice ? 0 : 1 + random_.below(point.alternatives - 1);
}

int RandomWalk::choose(const ChoicePoint& point) {
  if (point.threads == nullptr) return choose_memory(point);
  return random_.below(point.alternatives);
}

std::string RandomWalk::covered(std::int64_t schedules, std::int64_t steps) const {
  return std::to_string(schedules) + " random schedules, " + std::to_string(steps) +
         " steps, seed " + std::to_string(options_.seed);
}

void Pct::begin_run() {
  // A random order of the priorities above all that changes give.
  for (int t = 0; t < kMaxThreads; ++t) priority_[static_cast<unsigned>(t)] = t + 1;
  for (int t = kMaxThreads - 1; t > 0; --t) {
    std::swap(priority_[static_cast<unsigned>(t)],
              priority_[static_cast<unsigned>(random_.below(t + 1))]);
  }
  changes_.clear();
  for (int i = 1; i < options_.depth; ++i) {
    changes_.push_back(1 + random_.below(static_cast<int>(most_points_)));
  }
  std::sort(changes_.begin(), changes_.end());
  changed_ = 0;
  point_ = 0;
  lowest_ = 0;
  running_ = 0;
}

void Pct::apply_changes(unsigned running) {
  for (; changed_ < changes_.size() && changes_[changed_] <= point_; ++changed_) {
    priority_[running] = --lowest_;
  }
}

int Pct::choose(const ChoicePoint& point) {
  if (point.threads == nullptr) return run_ % 2 == 0 ? 0 : choose_memory(point);
  if (point.kind == ChoiceKind::kPreempt) running_ = point.threads[0];
  ++point_;
  apply_changes(running_);
  int best = 0;
  for (int i = 0; i < point.alternatives; ++i) {
    const unsigned t = point.threads[i];
    threads_seen_ |= std::uint32_t{1} << t;
    if (priority_[t] > priority_[point.threads[best]]) best = i;
  }
  running_ = point.threads[best];
  return best;
}

bool Pct::next_run(std::int64_t) {
  if (point_ > most_points_) {
    most_points_ = point_;
    counted_ = 0;
  } else if (run_ % 2 == 0) {
    ++counted_;
  }
  ++run_;
  return true;
}

std::string Pct::covered(std::int64_t schedules, std::int64_t steps) const {
  const int threads = std::max(std::popcount(threads_seen_), 1);
  const double ways = threads * std::pow(static_cast<double>(most_points_), options_.depth - 1);
  const double missed = std::pow(1 - 1 / ways, static_cast<double>(counted_));
  char bound[224];
  std::snprintf(bound, sizeof bound,
                "a bug of depth %d that needs no stale read is missed with p <= %.3g = "
                "(1 - 1/(%d threads * %lld choices^%d))^%lld schedules without stale reads",
                options_.depth, missed, threads, static_cast<long long>(most_points_),
                options_.depth - 1, static_cast<long long>(counted_));
  return std::to_string(schedules) + " PCT schedules, " + std::to_string(steps) + " steps, seed " +
         std::to_string(options_.seed) + ": " + bound;
}

}  // namespace temporal_slab::explorer
