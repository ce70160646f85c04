// Decides whether a history is linearizable, and shows the part of it that is not.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "harness/linearizability/history.h"
#include "harness/linearizability/search.h"

namespace temporal_slab::linearizability {

struct Verdict {
  bool linearizable = true;
  std::string report;  // of an illegal history: the shortest part that nothing explains
  explicit operator bool() const { return linearizable; }
};

// What had happened at `time`: later calls are gone, later returns pending. If a history is
// linearizable, so is each of these.
template <typename Spec>
History<Spec> until(const History<Spec>& history, std::uint64_t time) {
  History<Spec> cut(history.size());
  for (std::size_t t = 0; t < history.size(); ++t)
    for (Operation<Spec> operation : history[t]) {
      if (operation.called > time) break;
      if (operation.returned > time) operation.returned = kPending, operation.result.reset();
      cut[t].push_back(std::move(operation));
    }
  return cut;
}

// The first return at which the history, illegal as a whole, cannot be explained any more.
template <typename Spec>
std::uint64_t first_illegal_return(const History<Spec>& history, const Spec& begin) {
  std::vector<std::uint64_t> returns;
  for (const auto& own : history)
    for (const auto& operation : own)
      if (operation.returned != kPending) returns.push_back(operation.returned);
  std::sort(returns.begin(), returns.end());
  return *std::partition_point(returns.begin(), returns.end(), [&](std::uint64_t time) {
    const History<Spec> cut = until(history, time);
    return Search<Spec>(cut, begin).run();
  });
}

// Shows an illegal history that ends at its first illegal return, from the last time before it at
// which no call was under way: nothing before matters but the states that can have stood then.
template <typename Spec>
std::string explain(const History<Spec>& history, const Spec& begin) {
  Search<Spec> search(history, begin);
  search.run();
  struct Row {
    const Operation<Spec>* operation;
    std::size_t thread;
  };
  std::vector<Row> rows;
  for (std::size_t t = 0; t < history.size(); ++t)
    for (const auto& operation : history[t]) rows.push_back({&operation, t});
  std::sort(rows.begin(), rows.end(),
            [](const Row& a, const Row& b) { return a.operation->called < b.operation->called; });

  typename Search<Spec>::Done counts{};
  typename Search<Spec>::Done at_rest{};
  std::size_t first = 0;
  std::uint64_t latest_return = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (i > 0 && rows[i].operation->called > latest_return) first = i, at_rest = counts;
    latest_return = std::max(latest_return, rows[i].operation->returned);
    ++counts[rows[i].thread];
  }

  std::vector<std::string> states;
  for (const auto& place : search.visited())
    if (place.done == at_rest) states.push_back(place.state.state());
  std::sort(states.begin(), states.end());
  std::string text =
      "not linearizable: after " + std::to_string(first) + " operations the state is ";
  for (std::size_t i = 0; i < states.size(); ++i) text += (i > 0 ? " or " : "") + states[i];
  text += ", and no order explains\n";
  for (std::size_t i = first; i < rows.size(); ++i) {
    const Operation<Spec>& operation = *rows[i].operation;
    text += "  T" + std::to_string(rows[i].thread + 1) + " [" + std::to_string(operation.called) +
            ", " + (operation.result ? std::to_string(operation.returned) : "pending") + "] " +
            Spec::text(operation.call);
    if (operation.result) text += " = " + Spec::text(*operation.result);
    text += "\n";
  }
  return text;
}

// Each key's calls as a history of their own; one history if the specification has no keys.
template <typename Spec>
std::vector<History<Spec>> parts_by_key(const History<Spec>& history) {
  if constexpr (requires { Spec::key(history[0][0].call); }) {
    std::map<std::uint64_t, History<Spec>> parts;
    for (std::size_t t = 0; t < history.size(); ++t)
      for (const auto& operation : history[t]) {
        History<Spec>& part = parts[Spec::key(operation.call)];
        part.resize(history.size());
        part[t].push_back(operation);
      }
    std::vector<History<Spec>> all;
    for (auto& [key, part] : parts) all.push_back(std::move(part));
    return all;
  } else {
    return {history};
  }
}

// Decides about a history of at most kMostThreads threads that began in state `begin`.
// Cost: for n calls of which at most k are under way at once, about n places of 2^k each, and a
// logarithm more of them to make the report of an illegal one.
template <typename Spec>
Verdict check(const History<Spec>& history, const Spec& begin = Spec{}) {
  for (const History<Spec>& part : parts_by_key(history)) {
    if (Search<Spec>(part, begin).run()) continue;
    const std::uint64_t end = first_illegal_return(part, begin);
    return {false, explain(until(part, end), begin)};
  }
  return {};
}

}  // namespace temporal_slab::linearizability
