// The seam itself: each of the primitives that sync/ has when it is modelled.
#include <gtest/gtest.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <string>

#include "harness/modelled/places.h"
#include "sync/clock.h"
#include "sync/once.h"
#include "sync/thread.h"
#include "temporal_slab_explorer/explorer.h"

namespace temporal_slab::modelled {
namespace {

using explorer::check;
using explorer::explore;
using explorer::parallel;
using explorer::Result;
using explorer::Verdict;

static_assert(sizeof(sync::Atomic<std::uint64_t>) == 8);
static_assert(sizeof(sync::Atomic<std::uint16_t>) == 2);

TEST(Primitives, AnAtomicInZeroedMemoryIsZeroAndIsForgottenWithIt) {
  const Result result = explore([] {
    alignas(8) static char memory[8];
    auto* const word = reinterpret_cast<sync::Atomic<std::uint64_t>*>(memory);
    check(word->load(sync::kRelaxed) == 0, "zero at first");
    parallel([&] { word->store(7, sync::kRelaxed); }, [&] { word->load(sync::kRelaxed); });
    check(word->load(sync::kRelaxed) == 7, "kept by its address");
    forget(memory, sizeof(memory));
    check(word->load(sync::kRelaxed) == 0, "forgotten with its memory");
  });
  EXPECT_TRUE(result.passed()) << result.report;
}

TEST(Primitives, OneThatIsConstructedAnewBeginsAnew) {
  const Result result = explore([] {
    alignas(8) char memory[8];
    auto* word = new (memory) sync::Atomic<std::uint64_t>(1);
    word->store(2, sync::kRelaxed);
    word = new (memory) sync::Atomic<std::uint64_t>(3);
    check(word->load(sync::kRelaxed) == 3, "constructed");
  });
  EXPECT_TRUE(result.passed()) << result.report;
}

TEST(Primitives, StaticAtomicsBeginEachRunWithTheirInitialValue) {
  static constinit sync::Atomic<int> counter{5};
  for (int run = 0; run < 2; ++run) {
    const Result result = explore([] {
      check(counter.fetch_add(1, sync::kRelaxed) == 5, "the initial value");
      check(counter.load(sync::kRelaxed) == 6, "one more");
    });
    EXPECT_TRUE(result.passed()) << result.report;
  }
}

TEST(Primitives, AMutexExcludes) {
  const Result result = explore([] {
    sync::Mutex mutex;
    explorer::var<int> shared{0};
    const auto add = [&] {
      const std::lock_guard lock(mutex);
      shared.set(shared.get() + 1);
    };
    parallel(add, add);
    check(shared.get() == 2, "both counted");
  });
  EXPECT_TRUE(result.passed()) << result.report;
}

TEST(Primitives, OnceIsDoneOnceAndSeenByAll) {
  const Result result = explore([] {
    sync::Once once;
    explorer::var<int> made{0};
    const auto use = [&] {
      once.run([&] { made.set(made.get() + 1); });
      check(made.get() == 1, "done, and once");
    };
    parallel(use, use, use);
  });
  EXPECT_TRUE(result.passed()) << result.report;
}

TEST(Primitives, EachThreadOfEachRunBeginsWithAZeroObject) {
  struct Mine {
    int value;
  };
  const Result result = explore([] {
    const auto use = [] {
      int& mine = sync::this_threads<Mine>().value;
      check(mine == 0, "zero at first");
      mine = 1;
      sync::yield();
      check(sync::this_threads<Mine>().value == 1, "its own");
    };
    use();
    parallel(use, use);
  });
  EXPECT_TRUE(result.passed()) << result.report;
}

TEST(Primitives, TheHookRunsAtTheEndOfTheThreadThatAskedForIt) {
  const Result result = explore([] {
    static sync::Atomic<int> ends{0};
    parallel([] { sync::at_thread_exit([] { ends.fetch_add(1, sync::kRelaxed); }); }, [] {});
    check(ends.load(sync::kRelaxed) == 1, "one thread asked for it");
  });
  EXPECT_TRUE(result.passed()) << result.report;
}

TEST(Primitives, TimePassesWithSteps) {
  const Result result = explore([] {
    sync::Atomic<int> any{0};
    const std::uint64_t before = sync::monotonic_ns();
    any.store(1, sync::kRelaxed);
    check(sync::monotonic_ns() > before && before != 0, "time passes");
  });
  EXPECT_TRUE(result.passed()) << result.report;
}

// Store buffering with a compiler barrier on one side and membarrier on the other.
TEST(Primitives, MembarrierMakesTheAsymmetricPairRight) {
  const auto both_miss = [](bool with_membarrier) {
    return explore([=] {
      sync::Atomic<int> x{0};
      sync::Atomic<int> y{0};
      int saw_x = 1;
      int saw_y = 1;
      parallel(
          [&] {
            x.store(1, sync::kRelaxed);
            sync::compiler_barrier();
            saw_y = y.load(sync::kRelaxed);
          },
          [&] {
            y.store(1, sync::kRelaxed);
            if (with_membarrier) sync::membarrier();
            saw_x = x.load(sync::kRelaxed);
          });
      check(saw_x + saw_y != 0, "one sees the other");
    });
  };
  EXPECT_TRUE(both_miss(true).passed());
  EXPECT_EQ(both_miss(false).verdict, Verdict::kFailedCheck);
}

TEST(Primitives, EachThreadHasItsOwnErrno) {
  const Result result = explore([] {
    const auto use = [](int value) {
      errno = value;
      sync::yield();
      check(errno == value, "its own errno");
    };
    parallel([&] { use(EINVAL); }, [&] { use(ENOMEM); });
  });
  EXPECT_TRUE(result.passed()) << result.report;
}

[[gnu::noinline]] const void* code_of_this_line() { return __builtin_return_address(0); }

// What the instrumented sources of the library tell.
struct Plain {
  std::unique_ptr<std::uint64_t> word = std::make_unique<std::uint64_t>();
  void access(std::size_t first, std::size_t bytes, bool write) const {
    plain_access(reinterpret_cast<char*>(word.get()) + first, bytes, write, code_of_this_line());
  }
};

Verdict of_accesses(std::size_t first, std::size_t bytes, bool write, bool whole_before = false) {
  explorer::Options options;
  options.minimise = false;
  return explore(options,
                 [=] {
                   const Plain plain;
                   parallel(
                       [&] {
                         if (whole_before) plain.access(0, 8, false);
                         plain.access(0, 4, true);
                       },
                       [&] { plain.access(first, bytes, write); });
                 })
      .verdict;
}

TEST(PlainAccesses, OverlappingOnesRace) {
  EXPECT_EQ(of_accesses(0, 4, false), Verdict::kDataRace);
  EXPECT_EQ(of_accesses(0, 8, true), Verdict::kDataRace);
  EXPECT_EQ(of_accesses(3, 1, false), Verdict::kDataRace);
  EXPECT_EQ(of_accesses(2, 4, true, true), Verdict::kDataRace);
}

TEST(PlainAccesses, OnesBesideEachOtherDoNot) {
  EXPECT_EQ(of_accesses(4, 4, true), Verdict::kPassed);
  EXPECT_EQ(of_accesses(4, 1, true, false), Verdict::kPassed);
  EXPECT_EQ(of_accesses(7, 1, false, true), Verdict::kPassed);
}

TEST(PlainAccesses, OrderedOnesDoNotAndTheReportNamesTheLine) {
  const auto hand_over = [](bool ordered) {
    return explore([=] {
      const Plain plain;
      sync::Atomic<int> ready{0};
      parallel(
          [&] {
            plain.access(0, 8, true);
            ready.store(1, ordered ? sync::kRelease : sync::kRelaxed);
          },
          [&] {
            if (ready.load(sync::kAcquire) == 1) plain.access(0, 8, false);
          });
    });
  };
  EXPECT_TRUE(hand_over(true).passed());
  explorer::line_of_code = line_of_code;
  const Result result = hand_over(false);
  EXPECT_EQ(result.verdict, Verdict::kDataRace);
  EXPECT_NE(result.message.find(" at primitives_test.cc:"), std::string::npos) << result.message;
}

TEST(PlainAccesses, LinesAreFoundByTheAddressOfCode) {
  const std::string line = line_of_code(code_of_this_line());
  EXPECT_EQ(line.rfind("primitives_test.cc:", 0), 0U) << line;
}

}  // namespace
}  // namespace temporal_slab::modelled
