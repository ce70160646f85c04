// What threads did to one object, and when: what a linearizability check decides on.
//
// A specification is a plain class of the object used by one thread:
//
//   struct Counter {
//     using Call = ...; using Result = ...;    // copyable; results have ==
//     Result apply(const Call&);               // does the call, deterministically
//     bool operator==(const Counter&) const;   // the class is copied, compared and hashed
//     std::size_t hash() const;
//     static std::string text(const Call&);    // for the report, as is state()
//     static std::string text(const Result&);
//     std::string state() const;
//   };
//
// and, if it can say so:
//
//     static std::uint64_t key(const Call&);   // calls of different keys never affect each other
//     static std::optional<std::uint64_t> order(const Call&, const Result&);
//                                              // calls take effect by ascending numbers, if they
//                                              have one
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

namespace temporal_slab::linearizability {

// Of a call that has not returned: it may have taken effect, or may not.
inline constexpr std::uint64_t kPending = std::numeric_limits<std::uint64_t>::max();

template <typename Spec>
struct Operation {
  typename Spec::Call call;
  std::optional<typename Spec::Result> result;
  std::uint64_t called = 0;
  std::uint64_t returned = kPending;
};

// By thread; each thread's operations in the order in which it made them, a pending one last.
template <typename Spec>
using History = std::vector<std::vector<Operation<Spec>>>;

// Records a history of real or simulated threads.
//
// Thread safety: thread `t` alone calls run(t, ...). The clock is one counter whose steps all agree
// in one order, and acq_rel keeps the recorded call between its two stamps.
template <typename Spec>
class Recorder {
 public:
  explicit Recorder(std::size_t threads, std::size_t operations_each = 0) : threads_(threads) {
    for (auto& own : threads_) own.operations.reserve(operations_each);
  }

  // Does `action`, whose result is what `call` returned. If it never comes back, the call is
  // pending.
  template <typename Action>
  typename Spec::Result run(std::size_t thread, typename Spec::Call call, Action&& action) {
    auto& own = threads_[thread].operations;
    own.push_back({std::move(call), std::nullopt, tick(), kPending});
    typename Spec::Result result = action();
    own.back().returned = tick();
    own.back().result = result;
    return result;
  }

  // When no thread is inside run(), except those that never come back.
  History<Spec> history() const {
    History<Spec> all;
    for (const auto& own : threads_) all.push_back(own.operations);
    return all;
  }

 private:
  struct alignas(64) OfOneThread {
    std::vector<Operation<Spec>> operations;
  };

  std::uint64_t tick() { return clock_.fetch_add(1, std::memory_order_acq_rel); }

  std::atomic<std::uint64_t> clock_{0};
  std::vector<OfOneThread> threads_;
};

}  // namespace temporal_slab::linearizability
