// Small histories, legal and illegal: what the checker must say of each is known beforehand.
#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <string>

#include "harness/linearizability/check.h"

namespace temporal_slab::linearizability {
namespace {

// Registers by number. read gives the value; write and swap give the old value for a swap, else 0.
struct Registers {
  struct Call {
    enum Kind { kRead, kWrite, kSwap } kind;
    int value = 0;
    int which = 0;
  };
  using Result = int;

  Result apply(const Call& call) {
    const int old = value_;
    if (call.kind != Call::kRead) value_ = call.value;
    return call.kind == Call::kWrite ? 0 : old;
  }
  bool operator==(const Registers&) const = default;
  std::size_t hash() const { return static_cast<std::size_t>(value_); }
  static std::uint64_t key(const Call& call) { return static_cast<std::uint64_t>(call.which); }
  static std::string text(const Call& call) {
    if (call.kind == Call::kRead) return "read()";
    return (call.kind == Call::kWrite ? "write(" : "swap(") + std::to_string(call.value) + ")";
  }
  static std::string text(Result result) { return std::to_string(result); }
  std::string state() const { return std::to_string(value_); }

  int value_ = 0;
};

// push gives 0; pop gives the oldest, or -1 of an empty queue.
struct Queue {
  struct Call {
    int pushed;  // 0: a pop
  };
  using Result = int;

  Result apply(const Call& call) {
    if (call.pushed != 0) {
      values_.push_back(call.pushed);
      return 0;
    }
    if (values_.empty()) return -1;
    const int oldest = values_.front();
    values_.pop_front();
    return oldest;
  }
  bool operator==(const Queue&) const = default;
  std::size_t hash() const { return values_.size(); }
  static std::string text(const Call& call) {
    return call.pushed != 0 ? "push(" + std::to_string(call.pushed) + ")" : "pop()";
  }
  static std::string text(Result result) { return std::to_string(result); }
  std::string state() const { return std::to_string(values_.size()) + " values"; }

  std::deque<int> values_;
};

using R = Operation<Registers>;
using Q = Operation<Queue>;
R read(int value, std::uint64_t called, std::uint64_t returned, int which = 0) {
  return {{Registers::Call::kRead, 0, which}, value, called, returned};
}
R write(int value, std::uint64_t called, std::uint64_t returned, int which = 0) {
  return {{Registers::Call::kWrite, value, which}, 0, called, returned};
}
R swap(int value, int old, std::uint64_t called, std::uint64_t returned) {
  return {{Registers::Call::kSwap, value, 0}, old, called, returned};
}
R pending_write(int value, std::uint64_t called) {
  return {{Registers::Call::kWrite, value, 0}, std::nullopt, called, kPending};
}
Q push(int value, std::uint64_t called, std::uint64_t returned) {
  return {{value}, 0, called, returned};
}
Q pop(int value, std::uint64_t called, std::uint64_t returned) {
  return {{0}, value, called, returned};
}
bool legal(const History<Registers>& history) { return check(history).linearizable; }
bool legal(const History<Queue>& history) { return check(history).linearizable; }

TEST(Linearizability, AcceptsWhatOneOrderExplains) {
  EXPECT_TRUE(legal(History<Registers>{}));
  EXPECT_TRUE(legal({{write(1, 0, 1), read(1, 2, 3)}}));
  EXPECT_TRUE(legal({{write(1, 0, 5)}, {read(0, 1, 2), read(1, 3, 4)}}));
  // The order is not that of the calls, nor that of the returns.
  EXPECT_TRUE(legal({{write(1, 0, 9)}, {write(2, 1, 8)}, {read(2, 2, 3), read(1, 4, 5)}}));
  EXPECT_TRUE(legal({{write(1, 0, 9)}, {write(2, 1, 8)}, {read(1, 2, 3), read(2, 4, 5)}}));
  EXPECT_TRUE(legal({{swap(1, 3, 0, 9)}, {swap(2, 0, 1, 8)}, {swap(3, 2, 2, 7)}}));
  // Two readers that overlap may see the new value and then, called later, the old one.
  EXPECT_TRUE(legal({{write(1, 0, 9)}, {read(1, 1, 6)}, {read(0, 2, 7)}}));
}

TEST(Linearizability, RefusesWhatNoOrderExplains) {
  EXPECT_FALSE(legal({{read(1, 0, 1)}}));
  EXPECT_FALSE(legal({{write(1, 0, 1)}, {read(0, 2, 3)}}));  // sequentially consistent, but late
  EXPECT_FALSE(legal({{write(1, 0, 9)}, {read(1, 1, 2)}, {read(0, 3, 4)}}));  // new, then old
  EXPECT_FALSE(legal({{write(1, 0, 9)},
                      {write(2, 1, 8)},
                      {read(1, 2, 3), read(2, 4, 5)},
                      {read(2, 2, 3), read(1, 4, 5)}}));          // two readers, two orders
  EXPECT_FALSE(legal({{swap(1, 0, 0, 9)}, {swap(2, 0, 1, 8)}}));  // both took the first
}

TEST(Linearizability, LetsAPendingCallTakeEffectOrNot) {
  EXPECT_TRUE(legal({{pending_write(1, 0)}, {read(0, 1, 2), read(0, 3, 4)}}));
  EXPECT_TRUE(legal({{pending_write(1, 0)}, {read(0, 1, 2), read(1, 3, 4)}}));
  EXPECT_FALSE(legal({{pending_write(1, 0)}, {read(1, 1, 2), read(0, 3, 4)}}));  // once, not undone
  EXPECT_FALSE(legal({{pending_write(1, 3)}, {read(1, 1, 2)}}));  // not before its call
}

TEST(Linearizability, FindsTheOrdersOfAQueue) {
  EXPECT_TRUE(legal({{push(1, 0, 5), pop(2, 6, 7)}, {push(2, 1, 4), pop(1, 8, 9)}}));
  EXPECT_FALSE(legal({{push(1, 0, 1)}, {push(2, 2, 3)}, {pop(2, 4, 5)}, {pop(1, 6, 7)}}));
  EXPECT_FALSE(legal({{push(1, 0, 1), pop(-1, 4, 5)}, {pop(-1, 2, 3)}}));
  EXPECT_FALSE(legal({{push(1, 0, 1)}, {pop(1, 2, 6)}, {pop(1, 3, 7)}}));  // given twice
  EXPECT_TRUE(legal({{push(1, 0, 9)}, {pop(-1, 1, 8)}, {pop(1, 2, 3)}}));
}

TEST(Linearizability, DecidesEachKeyForItself) {
  EXPECT_TRUE(legal({{write(1, 0, 1, 7), read(0, 2, 3, 8)}, {write(2, 4, 5, 8)}}));
  EXPECT_FALSE(legal({{write(1, 0, 1, 7), read(1, 2, 3, 8)}, {write(2, 4, 5, 8)}}));
}

TEST(Linearizability, VisitsNoPlaceTwice) {
  // Eight writers at once of which nobody saw one: 2^8 places and not 8! orders, 4 times over.
  History<Registers> history(kMostThreads);
  std::uint64_t now = 0;
  for (int round = 0; round < 4; ++round, now += 100)
    for (auto& own : history) own.push_back(write(1, now, now + 50));
  history[0].push_back(read(2, now, now + 1));
  Search<Registers> search(history, Registers{});
  EXPECT_FALSE(search.run());
  EXPECT_LE(search.visited().size(), 4U * 256U * 2U);
}

// A register whose writes carry the version that they made.
struct Versioned : Registers {
  static std::optional<std::uint64_t> order(const Call& call, Result) {
    if (call.kind != Call::kWrite) return std::nullopt;
    return static_cast<std::uint64_t>(call.value);
  }
};

TEST(Linearizability, FollowsTheOrderThatASpecificationKnows) {
  History<Versioned> history(4);
  for (int t = 0; t < 4; ++t)
    history[static_cast<std::size_t>(t)].push_back({{Registers::Call::kWrite, 4 - t, 0}, 0, 0, 9});
  Search<Versioned> search(history, Versioned{});
  EXPECT_TRUE(search.run());
  EXPECT_EQ(search.visited().size(), 5U);  // one way only
}

TEST(Linearizability, ShowsTheShortestPartThatNothingExplains) {
  const Verdict verdict = check(History<Registers>{
      {write(1, 0, 1), write(2, 4, 9), read(2, 20, 21)}, {write(3, 2, 3), read(1, 5, 6)}});
  EXPECT_FALSE(verdict.linearizable);
  EXPECT_EQ(verdict.report,
            "not linearizable: after 2 operations the state is 3, and no order explains\n"
            "  T1 [4, pending] write(2)\n"
            "  T2 [5, 6] read() = 1\n");
}

TEST(Linearizability, ShowsEachStateThatCanHaveStoodBefore) {
  const Verdict verdict = check(
      History<Registers>{{write(1, 0, 9), read(5, 10, 11)}, {write(2, 1, 8)}, {read(1, 12, 13)}});
  EXPECT_EQ(verdict.report,
            "not linearizable: after 2 operations the state is 1 or 2, and no order explains\n"
            "  T1 [10, 11] read() = 5\n");
}

}  // namespace
}  // namespace temporal_slab::linearizability
