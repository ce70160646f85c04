#include "random.h"

#include <algorithm>
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
    changes_.push_back(1 + random_.below(static_cast<int>(most_steps_)));
  }
  std::sort(changes_.begin(), changes_.end());
  changed_ = 0;
  lowest_ = 0;
  running_ = 0;
}

void Pct::apply_changes(std::int64_t step, unsigned running) {
  for (; changed_ < changes_.size() && changes_[changed_] <= step; ++changed_) {
    priority_[running] = --lowest_;
  }
}

int Pct::choose(const ChoicePoint& point) {
  if (point.threads == nullptr) return run_ % 2 == 0 ? 0 : choose_memory(point);
  if (point.kind == ChoiceKind::kPreempt) running_ = point.threads[0];
  apply_changes(point.step, running_);
  int best = 0;
  for (int i = 0; i < point.alternatives; ++i) {
    const unsigned t = point.threads[i];
    threads_seen_ = std::max(threads_seen_, static_cast<int>(t) + 1);
    if (priority_[t] > priority_[point.threads[best]]) best = i;
  }
  running_ = point.threads[best];
  return best;
}

bool Pct::next_run(std::int64_t steps) {
  most_steps_ = run_ == 0 ? std::max<std::int64_t>(steps, 1) : std::max(most_steps_, steps);
  ++run_;
  return true;
}

std::string Pct::covered(std::int64_t schedules, std::int64_t steps) const {
  const double once =
      1 / (threads_seen_ * std::pow(static_cast<double>(most_steps_), options_.depth - 1));
  const double missed = std::pow(1 - once, static_cast<double>((schedules + 1) / 2));
  char bound[96];
  std::snprintf(bound, sizeof bound,
                "a bug of depth %d that needs no stale read is missed with p <= %.3g",
                options_.depth, missed);
  return std::to_string(schedules) + " PCT schedules, " + std::to_string(steps) + " steps, seed " +
         std::to_string(options_.seed) + ": " + bound;
}

}  // namespace temporal_slab::explorer
