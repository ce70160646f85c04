// What is right holds; what is racy is found, and shrunk to the smallest program and schedule.
#include "harness/parallel/parallel.h"

#include <gtest/gtest.h>

#include <array>
#include <deque>
#include <numeric>

namespace temporal_slab::parallel {
namespace {

// ---- a reference count that never goes below zero ----

struct References {
  enum class Call { kInc, kDec };
  using Result = bool;  // of kDec: there was one to give back

  Result apply(Call call) {
    if (call == Call::kInc) return ++count, true;
    if (count == 0) return false;
    return --count, true;
  }
  bool operator==(const References&) const = default;
  std::size_t hash() const { return static_cast<std::size_t>(count); }
  static std::string text(Call call) { return call == Call::kInc ? "inc" : "dec"; }
  static std::string text(bool result) { return result ? "true" : "false"; }
  std::string state() const { return std::to_string(count); }
  int count = 1;
};

struct ComparedCount {
  explorer::atomic<int> count{1};
  bool apply(References::Call call) {
    if (call == References::Call::kInc) return count.fetch_add(1), true;
    for (int seen = count.load(); seen > 0;) {
      if (count.compare_exchange_strong(seen, seen - 1)) return true;
    }
    return false;
  }
};

struct TestedThenSubtracted {  // mistake 1 of the gauntlet
  explorer::atomic<int> count{1};
  bool apply(References::Call call) {
    if (call == References::Call::kInc) return count.fetch_add(1), true;
    if (count.load() <= 0) return false;
    count.fetch_sub(1);
    return true;
  }
};

rc::Gen<References::Call> any_reference_call() {
  return rc::gen::element(References::Call::kInc, References::Call::kDec);
}

Settings<References> three_threads(std::uint64_t seed) {
  Settings<References> settings;
  settings.threads = 3;
  settings.seed = seed;
  return settings;
}

TEST(ParallelProperty, HoldsOfACountThatIsComparedAndExchanged) {
  const auto outcome = check<References, ComparedCount>(any_reference_call());
  EXPECT_TRUE(outcome.holds) << outcome.report;
  EXPECT_EQ(outcome.programs, 100);
}

TEST(ParallelProperty, ShrinksATestedThenSubtractedCountToTwoCalls) {
  int shrinks = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const auto outcome =
        check<References, TestedThenSubtracted>(any_reference_call(), three_threads(seed));
    ASSERT_FALSE(outcome.holds);
    EXPECT_EQ(outcome.smallest.text(), "  T1:     dec\n  T2:     dec\n") << outcome.report;
    EXPECT_EQ(outcome.failure.preemptions, 1);
    EXPECT_EQ(outcome.failure.stale_reads, 0);
    EXPECT_LE(outcome.failure.replay.size(), 200U);
    shrinks += outcome.shrinks;
  }
  EXPECT_GT(shrinks, 0);
}

TEST(ParallelProperty, GivesTheSameForTheSameSeed) {
  const auto once = [] {
    return check<References, TestedThenSubtracted>(any_reference_call(), three_threads(7)).report;
  };
  const std::string first = once();
  EXPECT_FALSE(first.empty());
  EXPECT_EQ(once(), first);
}

TEST(ParallelProperty, TellsProgramCallsStepsAndSchedule) {
  const auto outcome =
      check<References, TestedThenSubtracted>(any_reference_call(), three_threads(15));
  for (const char* part : {"of seed 15, shrunk 3 times", "  T1:     dec\n",
                           "not linearizable: after 0 operations the state is 1",
                           "  T1 [0, 3] dec = true\n  T2 [1, 2] dec = true\n",
                           "failed check: linearizable at program.h:", "replay: \"x1:"}) {
    EXPECT_NE(outcome.report.find(part), std::string::npos) << part << "\n" << outcome.report;
  }
  const auto again = replay<References, TestedThenSubtracted>(outcome.smallest, small_exploration(),
                                                              outcome.failure.replay);
  EXPECT_EQ(again.report, outcome.failure.report);
}

// ---- a bounded queue ----

struct Queue {
  struct Call {
    int put = 0;  // 0: take
  };
  using Result = int;  // what was taken; 0: empty, or a put refused because of a full queue

  Result apply(const Call& call) {
    if (call.put != 0) {
      if (items.size() == 2) return 0;
      return items.push_back(call.put), call.put;
    }
    if (items.empty()) return 0;
    const int first = items.front();
    return items.pop_front(), first;
  }
  bool operator==(const Queue&) const = default;
  std::size_t hash() const {
    return std::accumulate(
        items.begin(), items.end(), std::size_t{0},
        [](std::size_t all, int item) { return all * 31 + static_cast<std::size_t>(item); });
  }
  static std::string text(const Call& call) {
    return call.put != 0 ? "put(" + std::to_string(call.put) + ")" : "take";
  }
  static std::string text(int result) { return std::to_string(result); }
  std::string state() const {
    std::string all;
    for (const int item : items) all += std::to_string(item) + " ";
    return "[" + all + "]";
  }
  std::deque<int> items;
};

// A ring of two places under a lock of its own. The racy one looks whether there is room before it
// takes the lock.
template <bool kLooksFirst>
struct LockedRing {
  explorer::mutex lock;
  std::array<explorer::var<int>, 2> places;
  explorer::atomic<unsigned> head{0};
  explorer::atomic<unsigned> tail{0};

  bool is_full() { return tail.load() - head.load() == places.size(); }
  int apply(const Queue::Call& call) {
    if (kLooksFirst && call.put != 0 && is_full()) return 0;
    lock.lock();
    int result = 0;
    const unsigned first = head.load();
    const unsigned end = tail.load();
    if (call.put != 0 && (kLooksFirst || !is_full())) {
      places[end % places.size()].set(result = call.put);
      tail.store(end + 1);
    } else if (call.put == 0 && first != end) {
      result = places[first % places.size()].get();
      head.store(first + 1);
    }
    lock.unlock();
    return result;
  }
};

rc::Gen<Queue::Call> any_queue_call() {
  return rc::gen::map(rc::gen::inRange(0, 10), [](int put) { return Queue::Call{put}; });
}

TEST(ParallelProperty, HoldsOfARingThatLooksUnderItsLock) {
  Settings<Queue> settings;
  settings.programs = 50;
  const auto outcome = check<Queue, LockedRing<false>>(any_queue_call(), settings);
  EXPECT_TRUE(outcome.holds) << outcome.report;
}

TEST(ParallelProperty, ShrinksCallsAndTheirArguments) {
  Settings<Queue> settings;
  settings.threads = 3;
  settings.programs = 1000;
  const auto outcome = check<Queue, LockedRing<true>>(any_queue_call(), settings);
  ASSERT_FALSE(outcome.holds);
  EXPECT_EQ(outcome.smallest.text(), "  before: put(1)\n  T1:     put(1)\n  T2:     put(1)\n")
      << outcome.report;
}

// ---- other verdicts than the checker's, and what only the end shows ----

struct Unprotected {
  explorer::var<int> count{1};
  bool apply(References::Call call) {
    const int seen = count.get();
    if (call == References::Call::kInc) return count.set(seen + 1), true;
    if (seen == 0) return false;
    return count.set(seen - 1), true;
  }
};

TEST(ParallelProperty, TellsADataRace) {
  const auto outcome = check<References, Unprotected>(any_reference_call());
  ASSERT_FALSE(outcome.holds);
  EXPECT_EQ(outcome.failure.verdict, explorer::Verdict::kDataRace);
  EXPECT_EQ(outcome.smallest.prefix.size(), 0U);
  ASSERT_EQ(outcome.smallest.threads.size(), 2U);
  EXPECT_EQ(outcome.smallest.threads[0].size() + outcome.smallest.threads[1].size(), 2U);
}

struct LosesUpdates {
  explorer::atomic<int> count{1};
  bool apply(References::Call call) {
    if (call == References::Call::kDec) return count.load() > 0 && count.fetch_sub(1) > 0;
    count.store(count.load() + 1);
    return true;
  }
};

TEST(ParallelProperty, ASuffixShowsWhatNoCallReturned) {
  Settings<References> settings;
  settings.suffix = {References::Call::kDec, References::Call::kDec, References::Call::kDec};
  const auto outcome =
      check<References, LosesUpdates>(rc::gen::just(References::Call::kInc), settings);
  ASSERT_FALSE(outcome.holds);
  EXPECT_EQ(outcome.smallest.text(), "  T1:     inc\n  T2:     inc\n  after:  dec; dec; dec\n");
}

}  // namespace
}  // namespace temporal_slab::parallel
