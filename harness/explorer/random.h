// Strategies that draw lots, from a seed: the random walk and PCT.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "temporal_slab_explorer/clock.h"
#include "temporal_slab_explorer/options.h"
#include "temporal_slab_explorer/strategy.h"

namespace temporal_slab::explorer {

// splitmix64.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    std::uint64_t mixed = state_ += 0x9E3779B97F4A7C15U;
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9U;
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBU;
    return mixed ^ (mixed >> 31);
  }
  int below(int limit) {
    return static_cast<int>((next() >> 32) * static_cast<std::uint64_t>(limit) >> 32);
  }

 private:
  std::uint64_t state_;
};

// Each choice by lot: threads evenly, half of the loads read the newest store.
class RandomWalk : public Strategy {
 public:
  explicit RandomWalk(const Options& options) : options_(options), random_(options.seed) {}

  void begin_run() override {}
  int choose(const ChoicePoint& point) override;
  bool next_run(std::int64_t) override { return true; }
  std::string covered(std::int64_t schedules, std::int64_t steps) const override;

 protected:
  int choose_memory(const ChoicePoint& point);

  Options options_;
  Random random_;
};

// Probabilistic concurrency testing (Burckhardt and others, 2010): threads have random priorities,
// the highest one runs, and at depth - 1 random steps the running one falls behind all others. A
// run finds a bug of that depth with probability 1 / (n * k^(depth-1)) at least, for n threads and
// k steps. That is about interleavings, so every second run reads newest stores only, and the bound
// that is told counts those; the others choose stale reads by lot.
class Pct : public RandomWalk {
 public:
  explicit Pct(const Options& options) : RandomWalk(options) { changes_.reserve(16); }

  void begin_run() override;
  int choose(const ChoicePoint& point) override;
  bool next_run(std::int64_t steps) override;
  std::string covered(std::int64_t schedules, std::int64_t steps) const override;

 private:
  void apply_changes(unsigned running);

  std::array<int, kMaxThreads> priority_{};  // higher runs first
  std::vector<std::int64_t> changes_;        // points, ascending
  std::size_t changed_ = 0;
  int lowest_ = 0;
  unsigned running_ = 0;
  std::int64_t point_ = 0;        // of this run, at which more than one thread could go on
  std::int64_t most_points_ = 1;  // k
  std::uint32_t threads_seen_ = 0;
  std::int64_t counted_ = 0;  // runs drawn with this k, with newest stores only
  std::int64_t run_ = 0;
};

}  // namespace temporal_slab::explorer
