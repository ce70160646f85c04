// How a test is explored, and what came of it.
#pragma once

#include <cstdint>
#include <string>

namespace temporal_slab::explorer {

inline constexpr int kUnlimited = 1 << 30;

enum class Search {
  kExhaustive,  // every schedule within the bounds below
  kRandom,      // each choice by lot
  kPct,         // random priorities with `depth - 1` changes: finds bugs of that depth with a bound
};

struct Options {
  Search search = Search::kExhaustive;
  // Bounds of the exhaustive search, each per schedule: switches away from a thread that could go
  // on; loads that do not read the newest store and stores that do not come last in modification
  // order; compare_exchange_weak and try_lock that fail without cause.
  int preemptions = 2;
  int stale_reads = kUnlimited;
  int spurious_failures = 1;
  // Schedules of a random search; a limit for the exhaustive one (0: none).
  std::int64_t schedules = 0;
  double seconds = 0;           // 0: no limit
  std::int64_t steps = 20'000;  // of one schedule; more is a livelock
  std::uint64_t seed = 1;
  int depth = 3;             // PCT
  bool weak_memory = true;   // false: every load reads the newest store
  bool reuse_freed = false;  // hand freed memory out again at once, as real allocators do (ABA)
  bool leaks = true;         // memory of make() must be given back by the end
  bool minimise = true;
  // The exhaustive search leaves out schedules that differ from one it takes in the order of steps
  // alone that do not depend on each other (dfs.h). What the threads of a test share beside the
  // explorer's types must not tell such orders apart. Not used where something looks at every step
  // (an invariant) or at the order of allocations (reuse_freed).
  bool reduction = true;
};

enum class Verdict {
  kPassed,
  kFailedCheck,
  kDataRace,
  kDeadlock,
  kLivelock,
  kLeak,
  kUseAfterFree,
  kBrokenInvariant,
  kNondeterminism,
};

const char* name_of(Verdict verdict);

struct Result {
  Verdict verdict = Verdict::kPassed;
  std::string message;  // what failed
  std::string replay;   // the schedule: replay(string) does it again
  std::string report;   // the table of steps, with the above
  std::string covered;  // what was explored, in words
  std::int64_t schedules = 0;
  std::int64_t steps = 0;
  std::int64_t repetitions = 0;  // of the schedules: left out too late, when they had begun
  bool complete = false;         // the exhaustive search saw all there is within its bounds
  int preemptions = 0;           // of the failing schedule
  int stale_reads = 0;

  bool passed() const { return verdict == Verdict::kPassed; }
};

}  // namespace temporal_slab::explorer
