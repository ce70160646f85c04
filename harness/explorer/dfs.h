// Every schedule within the bounds, depth first: the last choice that has an alternative left takes
// the next one.
//
// Partial-order reduction by sleep sets (Godefroid 1996). Two schedules are equivalent if one
// becomes the other by swapping neighbouring steps of different threads that do not depend on each
// other; they end alike. Where a choice between threads has explored all that begins with the step
// of thread p and goes on to another thread, p sleeps: it need not go next until a step was made
// that depends on its own. For any schedule that has p go while it sleeps is equivalent to the one
// that has p's step moved back to that choice, and that one was explored before.
//
// Within a bound on preemptions the moved one must not cost more than the other, so there only the
// thread that was running before the choice sleeps. To go on with its step costs nothing; the
// switch away from it stands in both schedules, one step later in the moved one; and where its step
// was taken out, two switches become one, or the thread goes on as before. So the first schedule of
// each class, in the order of the search, is never left out, and is within the bound if one of its
// class is. Stale reads and spurious failures are the same in all of a class. A thread that blocks
// or yields counts as a step that depends on what it waits for.
#pragma once

#include "temporal_slab_explorer/options.h"
#include "temporal_slab_explorer/strategy.h"

namespace temporal_slab::explorer {

class Exhaustive : public Strategy {
 public:
  explicit Exhaustive(const Options& options) : options_(options) { path_.reserve(1024); }

  void begin_run() override;
  int choose(const ChoicePoint& point) override;
  std::uint32_t sleepers() const override { return sleepers_; }
  void on_repetition() override { repeats_ = true; }
  bool next_run(std::int64_t steps) override;
  std::string covered(std::int64_t schedules, std::int64_t steps) const override;
  bool ended_early() const override { return depth_ < path_.size(); }
  bool complete() const { return complete_; }
  std::int64_t repetitions() const override { return repetitions_; }

 private:
  struct Taken {
    std::uint8_t choice = 0;
    std::uint8_t alternatives = 0;
    std::uint8_t left_out = 0;  // bits of alternatives: threads that were asleep
    std::uint32_t signature = 0;
  };
  std::uint32_t sleepers_after(const Taken& taken, const ChoicePoint& point) const;

  Options options_;
  std::vector<Taken> path_;
  std::size_t depth_ = 0;
  int preemptions_ = 0;
  int stale_reads_ = 0;
  int spurious_failures_ = 0;
  std::uint32_t sleepers_ = 0;
  bool repeats_ = false;  // the rest of the run
  std::int64_t repetitions_ = 0;
  bool complete_ = false;
};

}  // namespace temporal_slab::explorer
