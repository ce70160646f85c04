// A schedule as a list of deviations from the default, and that list as one short string.
//
// "x1:4p1.0r2" says: at the 5th choice point take alternative 1 of a preemption; at the next one
// read the third newest store. Numbers before the letter count the choice points passed by.
#pragma once

#include "temporal_slab_explorer/strategy.h"

namespace temporal_slab::explorer {

class Replay : public Strategy {
 public:
  // Strict: a choice that the test does not offer is a divergence; otherwise it is passed over.
  Replay(Schedule schedule, bool strict) : schedule_(std::move(schedule)), strict_(strict) {}

  void begin_run() override { point_ = 0, next_ = 0; }
  int choose(const ChoicePoint& point) override;
  bool next_run(std::int64_t) override { return false; }
  bool ended_early() const override { return strict_ && next_ < schedule_.size(); }
  std::string covered(std::int64_t, std::int64_t steps) const override {
    return "one schedule, " + std::to_string(steps) + " steps";
  }

 private:
  Schedule schedule_;
  bool strict_ = false;
  std::int64_t point_ = 0;
  std::size_t next_ = 0;
};

}  // namespace temporal_slab::explorer
