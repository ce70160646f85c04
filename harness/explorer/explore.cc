#include <chrono>
#include <memory>

#include "dfs.h"
#include "minimise.h"
#include "random.h"
#include "replay.h"
#include "report.h"
#include "temporal_slab_explorer/explorer.h"

namespace temporal_slab::explorer {
namespace {

constexpr std::int64_t kRandomSchedules = 10'000;
// Every so many runs one is run again, to see that the test does the same.
constexpr std::int64_t kRepeatEvery = 256;
constexpr std::int64_t kClockEvery = 64;

std::unique_ptr<Strategy> strategy_for(const Options& options) {
  switch (options.search) {
    case Search::kRandom:
      return std::make_unique<RandomWalk>(options);
    case Search::kPct:
      return std::make_unique<Pct>(options);
    case Search::kExhaustive:
      break;
  }
  return std::make_unique<Exhaustive>(options);
}

bool repeats(Engine& engine, Callable body, const RunOutcome& outcome) {
  const Verdict verdict = outcome.verdict;
  const std::int64_t steps = outcome.steps;
  const std::uint32_t signature = engine.signature();
  Replay replay(engine.schedule(), true);
  const RunOutcome& again = engine.run(body, replay, false);
  return again.verdict == verdict && again.steps == steps && engine.signature() == signature &&
         !replay.ended_early();
}

// Runs the failure once more with its steps written down.
void tell(Engine& engine, Callable body, const Schedule& schedule, Result* result) {
  Replay replay(schedule, true);
  const RunOutcome& outcome = engine.run(body, replay, true);
  if (outcome.verdict != result->verdict && result->verdict != Verdict::kNondeterminism) {
    result->verdict = Verdict::kNondeterminism;
    result->message = "the failing schedule gave another outcome when it was run again";
  } else if (result->verdict != Verdict::kNondeterminism) {
    result->message = outcome.message;
  }
  result->replay = to_replay(schedule);
  result->preemptions = preemptions_of(schedule);
  result->stale_reads = stale_reads_of(schedule);
  result->report = std::string(name_of(result->verdict)) + ": " + result->message + "\n" +
                   table_of(engine) + "preemptions: " + std::to_string(result->preemptions) +
                   ", stale reads: " + std::to_string(result->stale_reads) + "\nreplay: \"" +
                   result->replay + "\"\n";
}

}  // namespace

const char* name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::kPassed:
      return "passed";
    case Verdict::kFailedCheck:
      return "failed check";
    case Verdict::kDataRace:
      return "data race";
    case Verdict::kDeadlock:
      return "deadlock";
    case Verdict::kLivelock:
      return "livelock";
    case Verdict::kLeak:
      return "leak";
    case Verdict::kUseAfterFree:
      return "use after free";
    case Verdict::kBrokenInvariant:
      return "broken invariant";
    case Verdict::kNondeterminism:
      return "the test is not deterministic";
  }
  return "?";
}

Result explore_callable(const Options& options, Callable body) {
  Engine engine(options);
  const std::unique_ptr<Strategy> strategy = strategy_for(options);
  const bool exhaustive = options.search == Search::kExhaustive;
  const std::int64_t most = options.schedules > 0 ? options.schedules
                            : exhaustive          ? INT64_MAX
                                                  : kRandomSchedules;
  const auto begin = std::chrono::steady_clock::now();
  const auto out_of_time = [&] {
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - begin;
    return options.seconds > 0 && spent.count() > options.seconds;
  };

  Result result;
  while (result.passed()) {
    const RunOutcome& outcome = engine.run(body, *strategy, false);
    ++result.schedules;
    result.steps += outcome.steps;
    result.verdict = outcome.verdict;
    result.message = outcome.message;
    if (!result.passed()) break;
    const std::int64_t steps = outcome.steps;
    if (strategy->ended_early()) {
      result.verdict = Verdict::kNondeterminism;
      result.message = "a run ended before choices that the one before it had made";
      break;
    }
    const bool again = !exhaustive || result.schedules == 1;
    if (again && result.schedules % kRepeatEvery == 1 && !repeats(engine, body, outcome)) {
      result.verdict = Verdict::kNondeterminism;
      result.message = "a schedule went otherwise when it was run again";
      break;
    }
    if (!strategy->next_run(steps)) {
      result.complete = exhaustive;
      break;
    }
    if (result.schedules >= most) break;
    if (result.schedules % kClockEvery == 0 && out_of_time()) break;
  }
  result.repetitions = strategy->repetitions();
  result.covered = strategy->covered(result.schedules, result.steps);
  if (result.passed()) return result;

  Schedule failing = engine.schedule();
  if (options.minimise && result.verdict != Verdict::kNondeterminism) {
    failing = minimise(engine, options, body, result.verdict, std::move(failing));
  }
  tell(engine, body, failing, &result);
  return result;
}

Result replay_callable(const Options& options, Callable body, const std::string& schedule) {
  Result result;
  Schedule parsed;
  if (!from_replay(schedule, &parsed)) {
    result.verdict = Verdict::kFailedCheck;
    result.message = "no replay string: \"" + schedule + "\"";
    return result;
  }
  Engine engine(options);
  Replay replay(parsed, true);
  const RunOutcome& outcome = engine.run(body, replay, false);
  result.schedules = 1;
  result.steps = outcome.steps;
  result.verdict = outcome.verdict;
  result.message = outcome.message;
  result.covered = replay.covered(1, outcome.steps);
  if (result.passed() && replay.ended_early()) {
    result.verdict = Verdict::kNondeterminism;
    result.message = "the test made fewer choices than the replay string has";
  }
  if (!result.passed()) tell(engine, body, parsed, &result);
  return result;
}

}  // namespace temporal_slab::explorer
