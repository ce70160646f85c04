// Each verdict fires where it should, and a failure is told in full.
#include <gtest/gtest.h>

#include <stdexcept>

#include "temporal_slab_explorer/explorer.h"

namespace temporal_slab::explorer {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;
constexpr auto kAcquire = std::memory_order_acquire;
constexpr auto kRelease = std::memory_order_release;

TEST(Verdict, ALostUpdateFailsItsCheck) {
  const Result result = explore([] {
    atomic<int> x{0};
    const auto add = [&] { x.store(x.load() + 1); };
    parallel(add, add);
    check(x.load() == 2, "both counted");
  });
  EXPECT_EQ(result.verdict, Verdict::kFailedCheck);
  // One switch between load and store, or one load that does not see the other's store.
  EXPECT_EQ(result.preemptions + result.stale_reads, 1);
  EXPECT_NE(result.message.find("both counted at verdict_test.cc:"), std::string::npos);
}

TEST(Verdict, UnorderedPlainAccessesAreADataRace) {
  const Result result = explore([] {
    var<int> x{0};
    atomic<bool> ready{false};
    parallel([&] { x.set(1), ready.store(true, kRelaxed); },
             [&] {
               if (ready.load(kAcquire)) x.get();
             });
  });
  EXPECT_EQ(result.verdict, Verdict::kDataRace);
}

TEST(Verdict, ReleaseAndAcquireOrderPlainAccesses) {
  const Result result = explore([] {
    var<int> x{0};
    atomic<bool> ready{false};
    parallel([&] { x.set(1), ready.store(true, kRelease); },
             [&] {
               if (ready.load(kAcquire)) check(x.get() == 1);
             });
  });
  EXPECT_TRUE(result.passed()) << result.report;
  EXPECT_TRUE(result.complete);
}

TEST(Verdict, LocksTakenInOppositeOrderAreADeadlock) {
  const Result result = explore([] {
    mutex a;
    mutex b;
    const auto take = [](mutex& first, mutex& second) {
      first.lock(), second.lock();
      second.unlock(), first.unlock();
    };
    parallel([&] { take(a, b); }, [&] { take(b, a); });
  });
  EXPECT_EQ(result.verdict, Verdict::kDeadlock);
}

TEST(Verdict, TryLockAvoidsTheDeadlock) {
  const Result result = explore([] {
    mutex a;
    mutex b;
    var<int> both{0};
    const auto take = [&](mutex& first, mutex& second) {
      first.lock();
      if (second.try_lock()) {
        both.set(both.get() + 1);
        second.unlock();
      }
      first.unlock();
    };
    parallel([&] { take(a, b); }, [&] { take(b, a); });
  });
  EXPECT_TRUE(result.passed()) << result.report;
}

TEST(Verdict, WaitingForWhatNobodyWritesIsALivelock) {
  const Result result = explore([] {
    atomic<bool> never{false};
    parallel([&] {
      while (!never.load()) yield();
    });
  });
  EXPECT_EQ(result.verdict, Verdict::kLivelock);
}

TEST(Verdict, AHotLoopThatNeverEndsIsALivelock) {
  Options options;
  options.steps = 500;
  const Result result = explore(options, [] {
    atomic<int> x{0};
    parallel([&] {
      for (;;) x.fetch_add(1);
    });
  });
  EXPECT_EQ(result.verdict, Verdict::kLivelock);
}

TEST(Verdict, ASpinThatSeesTheWriteEnds) {
  const Result result = explore([] {
    atomic<int> x{0};
    parallel([&] { x.store(1, kRelaxed), x.store(2, kRelaxed); },
             [&] {
               while (x.load(kRelaxed) != 2) {
               }
             },
             [&] {
               while (x.load(kRelaxed) == 0) yield();
             });
  });
  EXPECT_TRUE(result.passed()) << result.report;
  EXPECT_TRUE(result.complete);
}

TEST(Verdict, MemoryThatIsNotGivenBackIsALeak) {
  const Result result = explore([] { make<int>(5); });
  EXPECT_EQ(result.verdict, Verdict::kLeak);
}

TEST(Verdict, ALeakNamesTheLineThatMadeIt) {
  struct Four {
    int a, b, c, d;
    Four(int w = 0, int x = 0, int y = 0, int z = 0) : a(w), b(x), c(y), d(z) {}
  };
  const auto said = [](auto body) { return explore(body).message; };
  const auto here = [](int line) {
    return "made at verdict_test.cc:" + std::to_string(line) + " ";
  };
  int line = __LINE__;
  EXPECT_NE(said([] { make<Four>(); }).find(here(line + 1)), std::string::npos);
  EXPECT_NE(said([] { make<Four>(1); }).find(here(line + 2)), std::string::npos);
  EXPECT_NE(said([] { make<Four>(1, 2); }).find(here(line + 3)), std::string::npos);
  EXPECT_NE(said([] { make<Four>(1, 2, 3); }).find(here(line + 4)), std::string::npos);
  EXPECT_NE(said([] { make<Four>(1, 2, 3, 4); }).find(here(line + 5)), std::string::npos);
  EXPECT_NE(said([] { make_at<Four>({"mine.cc", 7}, 1, 2); }).find("mine.cc:7"), std::string::npos);
}

struct Node {
  var<int> value{0};
  atomic<Node*> next{nullptr};
};

TEST(Verdict, AStalePointerIsAUseAfterFree) {
  const Result result = explore([] {
    Node* const node = make<Node>();
    atomic<Node*> shared{node};
    parallel([&] { shared.load()->next.store(nullptr); },
             [&] { destroy(shared.exchange(nullptr)); });
  });
  EXPECT_NE(result.verdict, Verdict::kPassed);
}

TEST(Verdict, AccessAfterDestructionIsAUseAfterFree) {
  const Result result = explore([] {
    Node* const node = make<Node>();
    destroy(node);
    node->value.get();
  });
  EXPECT_EQ(result.verdict, Verdict::kUseAfterFree);
}

TEST(Verdict, ADoubleFreeIsAUseAfterFree) {
  const Result result = explore([] {
    void* const block = alloc(8);
    free(block);
    free(block);
  });
  EXPECT_EQ(result.verdict, Verdict::kUseAfterFree);
}

TEST(Verdict, AnInvariantIsCheckedAfterEveryStep) {
  const Result result = explore([] {
    atomic<int> low{0};
    atomic<int> high{0};
    const invariant ordered([&] { check(low.load() <= high.load(), "low <= high"); });
    parallel([&] { low.store(1), high.store(1); });
  });
  EXPECT_EQ(result.verdict, Verdict::kBrokenInvariant);
  EXPECT_NE(result.message.find("low <= high"), std::string::npos);
}

TEST(Verdict, ATestThatChangesFromRunToRunIsNotDeterministic) {
  int runs = 0;
  const Result result = explore([&] {
    atomic<int> x{0};
    const bool odd = ++runs % 2 != 0;
    parallel([&] { x.store(1), odd ? x.store(2) : void(x.load()); }, [&] { x.store(3); });
  });
  EXPECT_EQ(result.verdict, Verdict::kNondeterminism);
}

TEST(Verdict, ATestThatChangesIsSeenByRandomSearchesToo) {
  for (const Search search : {Search::kRandom, Search::kPct}) {
    int runs = 0;
    Options options;
    options.search = search;
    const Result result = explore(options, [&] {
      atomic<int> x{0};
      for (int i = ++runs % 2; i < 2; ++i) x.fetch_add(1);
    });
    EXPECT_EQ(result.verdict, Verdict::kNondeterminism);
  }
}

TEST(Verdict, AnExceptionFailsTheRun) {
  const Result result = explore([] { throw std::runtime_error("no luck"); });
  EXPECT_EQ(result.verdict, Verdict::kFailedCheck);
  EXPECT_EQ(result.message, "exception: no luck");
}

TEST(Verdict, UsingAnAtomicWhoseBirthIsNotKnownIsADataRace) {
  const Result result = explore([] {
    atomic<Node*> shared{nullptr};
    Node* node = nullptr;
    parallel(
        [&] {
          node = make<Node>();
          shared.store(node, kRelaxed);
        },
        [&] {
          if (Node* const seen = shared.load(kRelaxed)) seen->next.load(kRelaxed);
        });
    destroy(node);
  });
  EXPECT_EQ(result.verdict, Verdict::kDataRace);
}

TEST(Verdict, AStaticAtomicBeginsEachRunAnew) {
  static atomic<int> counter{7};
  const Result result = explore([] {
    check(counter.load() == 7, "as it was made");
    parallel([] { counter.fetch_add(1); }, [] { counter.fetch_add(1); });
  });
  EXPECT_TRUE(result.passed()) << result.report;
  EXPECT_GT(result.schedules, 1);
}

TEST(Verdict, AWaiterSleepsUntilItIsNotified) {
  const auto body = [](bool notifies) {
    return explore([notifies] {
      atomic<int> x{0};
      parallel([&] { x.wait(0), check(x.load() == 1); },
               [&] {
                 x.store(1);
                 if (notifies) x.notify_one();
               });
    });
  };
  const Result woken = body(true);
  EXPECT_TRUE(woken.passed()) << woken.report;
  EXPECT_EQ(body(false).verdict, Verdict::kDeadlock);
}

TEST(Verdict, CompareExchangeFailsWithWhatItRead) {
  const Result result = explore([] {
    atomic<int> x{0};
    int winners = 0;
    const auto race = [&](int mine) {
      int expected = 0;
      if (x.compare_exchange_strong(expected, mine)) {
        ++winners;
      } else {
        check(expected == 3 - mine, "the other's value");
      }
    };
    parallel([&] { race(1); }, [&] { race(2); });
    check(winners == 1, "one wins");
  });
  EXPECT_TRUE(result.passed()) << result.report;
}

TEST(Verdict, AWeakCompareExchangeMayFailWithoutCause) {
  const Result result = explore([] {
    atomic<int> x{0};
    int expected = 0;
    check(x.compare_exchange_weak(expected, 1), "succeeds at once");
  });
  EXPECT_EQ(result.verdict, Verdict::kFailedCheck);
}

}  // namespace
}  // namespace temporal_slab::explorer
