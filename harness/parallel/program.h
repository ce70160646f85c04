// A concurrent program as data, and what the explorer says of it.
//
// When to use it: to run one program that is known; parallel.h draws them.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "harness/linearizability/check.h"
#include "temporal_slab_explorer/explorer.h"

namespace temporal_slab::parallel {

inline constexpr std::size_t kMostThreads = 7;

template <typename Spec>
struct Program {
  using Calls = std::vector<typename Spec::Call>;
  Calls prefix;                // made before the threads start
  std::vector<Calls> threads;  // at most kMostThreads
  Calls suffix;                // made when they have ended

  std::string text() const {
    std::string all;
    if (!prefix.empty()) all += "  before: " + text_of(prefix) + "\n";
    for (std::size_t t = 0; t < threads.size(); ++t)
      all += "  T" + std::to_string(t + 1) + ":     " + text_of(threads[t]) + "\n";
    if (!suffix.empty()) all += "  after:  " + text_of(suffix) + "\n";
    return all;
  }

 private:
  static std::string text_of(const Calls& calls) {
    std::string line;
    for (const auto& call : calls) line += (line.empty() ? "" : "; ") + Spec::text(call);
    return line;
  }
};

// One run of a program inside the explorer. What allocates lives out here, because a run that fails
// is left where it stands.
template <typename Spec, typename Subject>
class Run {
 public:
  explicit Run(const Program<Spec>& program)
      : program_(program), history_(program.threads.size() + 1) {}

  void operator()() {
    for (auto& own : history_) own.clear();
    Subject subject;
    // The order of calls in real time, as between real threads that tell each other: each call's
    // start and end is a step, and one that starts after another's end happens after it.
    explorer::atomic<std::uint32_t> clock{0};
    clock.name("calls");
    const auto make = [&](std::size_t thread, const typename Program<Spec>::Calls& calls) {
      for (auto call : calls) {
        // A call that can be told who makes it is told, by the explorer's number.
        if constexpr (requires { call.thread = 0; })
          call.thread =
              static_cast<std::uint8_t>(thread == program_.threads.size() ? 0 : thread + 1);
        history_[thread].push_back({call, std::nullopt, 0, linearizability::kPending});
        auto& own = history_[thread].back();
        own.called = clock.fetch_add(1, std::memory_order_acq_rel);
        own.result = subject.apply(call);
        own.returned = clock.fetch_add(1, std::memory_order_acq_rel);
      }
    };
    // Reports then number the others as the explorer does.
    const std::size_t alone = program_.threads.size();
    make(alone, program_.prefix);
    {
      std::array<std::optional<explorer::thread>, kMostThreads> threads;
      for (std::size_t t = 0; t < program_.threads.size(); ++t)
        threads[t].emplace([&make, t, this] { make(t, program_.threads[t]); });
    }
    make(alone, program_.suffix);
    unexplained_ = linearizability::check(history_).report;
    explorer::check(unexplained_.empty(), "linearizable");
  }

  // Of the last run: the calls that no order explains.
  const std::string& unexplained() const { return unexplained_; }

 private:
  const Program<Spec>& program_;
  linearizability::History<Spec> history_;
  std::string unexplained_;
};

// `result.report` tells program, calls and schedule.
template <typename Spec>
void tell_program(const Program<Spec>& program, const std::string& calls,
                  explorer::Result* result) {
  if (!result->passed()) result->report = program.text() + calls + result->report;
}

template <typename Spec, typename Subject>
explorer::Result explore(const Program<Spec>& program, const explorer::Options& options) {
  Run<Spec, Subject> run(program);
  explorer::Result result = explorer::explore(options, run);
  tell_program(program, run.unexplained(), &result);
  return result;
}

// Once, as the replay string of an earlier failure of this program says.
template <typename Spec, typename Subject>
explorer::Result replay(const Program<Spec>& program, const explorer::Options& options,
                        const std::string& schedule) {
  Run<Spec, Subject> run(program);
  explorer::Result result = explorer::replay(options, run, schedule);
  tell_program(program, run.unexplained(), &result);
  return result;
}

}  // namespace temporal_slab::parallel
