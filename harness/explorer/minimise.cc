#include "minimise.h"

#include <utility>

#include "dfs.h"
#include "replay.h"

namespace temporal_slab::explorer {
namespace {

// Runs that a search for fewer preemptions, or fewer stale reads, may take.
constexpr int kSearchRuns = 20'000;

class Minimiser {
 public:
  Minimiser(Engine& engine, const Options& options, Callable body, Verdict verdict)
      : engine_(engine), options_(options), body_(body), verdict_(verdict) {}

  // Takes out deviations, of one kind, half of them at once, then a quarter, down to single ones.
  Schedule drop(Schedule failing, bool preemptions) {
    for (std::size_t chunk = failing.size(); chunk > 0; chunk /= 2) {
      for (std::size_t begin = 0; begin < failing.size();) {
        Schedule fewer;
        for (std::size_t i = 0; i < failing.size(); ++i) {
          const bool wanted = (failing[i].kind == ChoiceKind::kPreempt) == preemptions;
          if (i < begin || i >= begin + chunk || !wanted) fewer.push_back(failing[i]);
        }
        if (fewer.size() == failing.size() || !fails(fewer)) {
          begin += chunk;
        } else if (no_worse(engine_.schedule(), failing)) {
          // As it really ran: what did not apply is gone too.
          failing = engine_.schedule();
        } else {
          begin += chunk;
        }
      }
    }
    return failing;
  }

  // Tries everything with fewer preemptions, then everything with as many and fewer stale reads.
  Schedule search(Schedule failing) {
    for (int bound = 0; bound < preemptions_of(failing); ++bound) {
      if (find(bound, options_.stale_reads, &failing)) break;
    }
    for (int bound = 0; bound < stale_reads_of(failing); ++bound) {
      if (find(preemptions_of(failing), bound, &failing)) break;
    }
    return failing;
  }

 private:
  bool fails(const Schedule& schedule) {
    Replay replay(schedule, false);
    return engine_.run(body_, replay, false).verdict == verdict_;
  }

  static bool no_worse(const Schedule& now, const Schedule& before) {
    const int preemptions = preemptions_of(now) - preemptions_of(before);
    if (preemptions != 0) return preemptions < 0;
    const int stale = stale_reads_of(now) - stale_reads_of(before);
    return stale < 0 || (stale == 0 && now.size() < before.size());
  }

  bool find(int preemptions, int stale_reads, Schedule* failing) {
    Options bounded = options_;
    bounded.preemptions = preemptions;
    bounded.stale_reads = stale_reads;
    Exhaustive search(bounded);
    for (int i = 0; i < kSearchRuns; ++i) {
      const RunOutcome& outcome = engine_.run(body_, search, false);
      if (outcome.verdict == verdict_) {
        *failing = engine_.schedule();
        return true;
      }
      if (!search.next_run(outcome.steps)) return false;
    }
    return false;
  }

  Engine& engine_;
  const Options& options_;
  Callable body_;
  Verdict verdict_;
};

}  // namespace

Schedule minimise(Engine& engine, const Options& options, Callable body, Verdict verdict,
                  Schedule failing) {
  Minimiser minimiser(engine, options, body, verdict);
  failing = minimiser.drop(std::move(failing), true);
  failing = minimiser.drop(std::move(failing), false);
  failing = minimiser.search(std::move(failing));
  return minimiser.drop(std::move(failing), false);
}

}  // namespace temporal_slab::explorer
