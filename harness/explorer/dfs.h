// Every schedule within the bounds, depth first: the last choice that has an alternative left takes
// the next one.
#pragma once

#include "temporal_slab_explorer/options.h"
#include "temporal_slab_explorer/strategy.h"

namespace temporal_slab::explorer {

class Exhaustive : public Strategy {
 public:
  explicit Exhaustive(const Options& options) : options_(options) { path_.reserve(1024); }

  void begin_run() override;
  int choose(const ChoicePoint& point) override;
  bool next_run(std::int64_t steps) override;
  std::string covered(std::int64_t schedules, std::int64_t steps) const override;
  bool ended_early() const override { return depth_ < path_.size(); }
  bool complete() const { return complete_; }

 private:
  struct Taken {
    std::uint8_t choice = 0;
    std::uint8_t alternatives = 0;
    std::uint32_t signature = 0;
  };

  Options options_;
  std::vector<Taken> path_;
  std::size_t depth_ = 0;
  int preemptions_ = 0;
  int stale_reads_ = 0;
  int spurious_failures_ = 0;
  bool complete_ = false;
};

}  // namespace temporal_slab::explorer
