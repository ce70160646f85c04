// Is there an order of the calls that explains a history? The search of Wing and Gong, which never
// visits a place twice (Lowe; Horn and Kroening). Since each thread does one thing after another, a
// place is how far each thread's calls have taken effect, and the state that came of it.
#pragma once

#include <array>
#include <cassert>
#include <cstdint>
#include <unordered_set>
#include <vector>

#include "harness/linearizability/history.h"

namespace temporal_slab::linearizability {

inline constexpr std::size_t kMostThreads = 8;

template <typename Spec>
class Search {
 public:
  using Done = std::array<std::uint32_t, kMostThreads>;  // calls that took effect, of each thread
  struct Place {
    Done done{};
    Spec state;
    bool operator==(const Place& other) const = default;
  };
  struct Hash {
    std::size_t operator()(const Place& place) const {
      std::uint64_t mixed = place.state.hash();
      for (const std::uint32_t count : place.done)
        mixed = (mixed ^ count ^ (mixed >> 29)) * 0x9E3779B97F4A7C15U;
      return static_cast<std::size_t>(mixed ^ (mixed >> 32));
    }
  };
  using Places = std::unordered_set<Place, Hash>;

  // At most kMostThreads threads. The history is looked at until run() has returned.
  Search(const History<Spec>& history, Spec begin) : history_(history) {
    assert(history.size() <= kMostThreads);
    // A place for each call is the least that an explanation takes.
    std::size_t calls = 1;
    for (const auto& own : history) calls += own.size();
    stack_.reserve(calls);
    visited_.reserve(calls);
    stack_.push_back({Place{{}, std::move(begin)}, 0});
    visited_.insert(stack_.back().place);
  }

  // True if some order explains it. After false, visited() is every place that can be reached.
  bool run() {
    while (!stack_.empty()) {
      if (is_complete(stack_.back().place.done)) return true;
      if (!step_forward()) stack_.pop_back();
    }
    return false;
  }

  const Places& visited() const { return visited_; }

 private:
  struct Frame {
    Place place;
    std::size_t next_thread;  // the first one not tried from here
  };

  const Operation<Spec>* next_of(const Done& done, std::size_t thread) const {
    const auto& own = history_[thread];
    return done[thread] < own.size() ? &own[done[thread]] : nullptr;
  }

  bool is_complete(const Done& done) const {
    for (std::size_t t = 0; t < history_.size(); ++t) {
      const auto* next = next_of(done, t);
      if (next != nullptr && next->returned != kPending) return false;
    }
    return true;
  }

  // A call may be next unless another, not yet in effect, returned before it began, or is said by
  // the specification to come first.
  bool may_be_next(const Done& done, const Operation<Spec>& candidate) const {
    for (std::size_t t = 0; t < history_.size(); ++t) {
      const auto* other = next_of(done, t);
      if (other == nullptr || other == &candidate) continue;
      if (other->returned < candidate.called || is_ordered_before(*other, candidate)) return false;
    }
    return true;
  }

  static bool is_ordered_before(const Operation<Spec>& first, const Operation<Spec>& second) {
    if constexpr (requires { Spec::order(first.call, *first.result); }) {
      if (!first.result || !second.result) return false;
      const auto before = Spec::order(first.call, *first.result);
      const auto after = Spec::order(second.call, *second.result);
      return before && after && *before < *after;
    }
    return false;
  }

  // Goes on from the last frame to a place not seen before, if there is one.
  bool step_forward() {
    Frame& frame = stack_.back();
    while (frame.next_thread < history_.size()) {
      const std::size_t thread = frame.next_thread++;
      const auto* candidate = next_of(frame.place.done, thread);
      if (candidate == nullptr || !may_be_next(frame.place.done, *candidate)) continue;
      Place after = frame.place;
      const auto result = after.state.apply(candidate->call);
      if (candidate->result && !(result == *candidate->result)) continue;
      ++after.done[thread];
      if (!visited_.insert(after).second) continue;
      stack_.push_back({std::move(after), 0});
      return true;
    }
    return false;
  }

  const History<Spec>& history_;
  std::vector<Frame> stack_;
  Places visited_;
};

}  // namespace temporal_slab::linearizability
