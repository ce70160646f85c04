// Parallel properties: programs drawn by RapidCheck, a prefix and then two or three threads, each
// run under the explorer and checked for linearizability, and shrunk.
//
//   const parallel::Outcome outcome = parallel::check<Spec, Subject>(calls);
//   EXPECT_TRUE(outcome.holds) << outcome.report;
//
// `Spec` is a specification (harness/linearizability/history.h), `calls` an rc::Gen<Spec::Call>,
// and `Subject` the class under test, made of the explorer's atomics, with
//
//   Spec::Result apply(const Spec::Call&);
//
// When to use it: for a class whose calls are data. When not: where the program itself is known;
// explorer::explore runs what is written by hand, with checks of any kind.
//
// Shrinking: a smaller program is explored as the first was, with the same bounds and seed, so that
// one try decides whether it fails. It goes by calls, RapidCheck's way; the schedule of the
// smallest program is then minimised by the explorer: preemptions first, then stale reads. Nothing
// depends on time or addresses: the same seed gives the same program and the same schedule.
#pragma once

#include <rapidcheck.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "harness/parallel/program.h"

namespace temporal_slab::parallel {

inline explorer::Options small_exploration() {
  explorer::Options options;
  options.stale_reads = 2;
  options.schedules = 3000;
  return options;
}

template <typename Spec>
struct Settings {
  int programs = 100;
  std::uint64_t seed = 1;
  int threads = 2;
  int prefix = 3;                             // calls at most
  int calls = 3;                              // of each thread, at most
  typename Program<Spec>::Calls suffix = {};  // the same in every program
  explorer::Options exploration = small_exploration();
};

template <typename Spec>
struct Outcome {
  bool holds = true;
  int programs = 0;            // drawn
  int shrinks = 0;             // smaller programs that failed too
  std::int64_t schedules = 0;  // of all programs
  Program<Spec> smallest;      // that fails
  explorer::Result failure;    // its
  std::string report;
};

// Draws programs, smaller ones first.
template <typename Spec>
rc::Gen<Program<Spec>> programs_of(const rc::Gen<typename Spec::Call>& call,
                                   const Settings<Spec>& settings) {
  using Calls = typename Program<Spec>::Calls;
  const auto calls = [call](int most) {
    return rc::gen::withSize([call, most](int size) {
      const int length = std::min(most, 1 + size * most / rc::kNominalSize);
      return rc::gen::resize(length, rc::gen::container<Calls>(rc::gen::resize(size, call)));
    });
  };
  const auto count = static_cast<std::size_t>(settings.threads);
  return rc::gen::map(
      rc::gen::pair(calls(settings.prefix),
                    rc::gen::container<std::vector<Calls>>(count, calls(settings.calls))),
      [suffix = settings.suffix](std::pair<Calls, std::vector<Calls>> parts) {
        std::erase_if(parts.second, [](const Calls& calls_of_one) { return calls_of_one.empty(); });
        Program<Spec> program;
        program.prefix = std::move(parts.first);
        program.threads = std::move(parts.second);
        program.suffix = suffix;
        return program;
      });
}

template <typename Spec, typename Subject>
Outcome<Spec> check(const rc::Gen<typename Spec::Call>& calls,
                    const Settings<Spec>& settings = {}) {
  Outcome<Spec> outcome;
  explorer::Options quick = settings.exploration;
  quick.minimise = false;
  const auto fails = [&](const Program<Spec>& program) {
    const explorer::Result result = explore<Spec, Subject>(program, quick);
    outcome.schedules += result.schedules;
    return !result.passed();
  };

  const rc::Gen<Program<Spec>> programs = programs_of<Spec>(calls, settings);
  rc::Random random(settings.seed);
  while (outcome.programs < settings.programs) {
    const int size = outcome.programs++ * rc::kNominalSize / settings.programs;
    rc::Shrinkable<Program<Spec>> drawn = programs(random.split(), size);
    if (!fails(drawn.value())) continue;
    outcome.holds = false;
    for (auto smaller = drawn.shrinks(); auto next = smaller.next();) {
      if (!fails(next->value())) continue;
      ++outcome.shrinks;
      drawn = *next;
      smaller = drawn.shrinks();
    }
    outcome.smallest = drawn.value();
    break;
  }
  if (outcome.holds) return outcome;
  outcome.failure = explore<Spec, Subject>(outcome.smallest, settings.exploration);
  outcome.report = "program " + std::to_string(outcome.programs) + " of seed " +
                   std::to_string(settings.seed) + ", shrunk " + std::to_string(outcome.shrinks) +
                   " times:\n" + outcome.failure.report;
  return outcome;
}

}  // namespace temporal_slab::parallel
