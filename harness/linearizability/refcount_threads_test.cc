// R-2.3-1: what real threads do to the refcount of one epoch is linearizable.
// TEMPORAL_SLAB_LINEARIZABILITY_OPERATIONS=1000000 makes it a million operations, as in every build
// without sanitizers; those are checked in ten seconds of one core.
#include <gtest/gtest.h>
#include <temporal_slab/slab_alloc.h>

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <thread>

#include "harness/linearizability/check.h"

namespace temporal_slab::linearizability {
namespace {

struct Refcount {
  enum class Call { kInc, kDec, kGet };
  using Result = std::uint64_t;  // of kGet; 0 of the others

  Result apply(Call call) {
    if (call == Call::kGet) return count_;
    if (call == Call::kInc) ++count_;
    if (call == Call::kDec && count_ > 0) --count_;
    return 0;
  }
  bool operator==(const Refcount&) const = default;
  std::size_t hash() const { return count_; }
  static std::string text(Call call) {
    return call == Call::kInc ? "inc" : call == Call::kDec ? "dec" : "get";
  }
  static std::string text(Result result) { return std::to_string(result); }
  std::string state() const { return std::to_string(count_); }

  std::uint64_t count_ = 0;
};

constexpr std::size_t kThreads = 3;

History<Refcount> history_of_threads(std::size_t operations) {
  SlabAllocator* allocator = slab_allocator_create();
  Recorder<Refcount> recorder(kThreads, operations / kThreads + 1);
  std::atomic<std::size_t> ready{0};
  const auto work = [&](std::size_t thread) {
    ready.fetch_add(1);
    while (ready.load() < kThreads) std::this_thread::yield();
    for (std::size_t i = thread; i < operations; i += kThreads) {
      const auto call = static_cast<Refcount::Call>((i * 7 + i / 5) % 3);
      recorder.run(thread, call, [&]() -> std::uint64_t {
        if (call == Refcount::Call::kGet) return slab_epoch_get_refcount(allocator, 0);
        if (call == Refcount::Call::kInc) slab_epoch_inc_refcount(allocator, 0);
        if (call == Refcount::Call::kDec) slab_epoch_dec_refcount(allocator, 0);
        return 0;
      });
    }
  };
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < kThreads; ++t) threads.emplace_back(work, t);
  for (std::thread& thread : threads) thread.join();
  slab_allocator_free(allocator);
  return recorder.history();
}

std::size_t operations_asked_for() {
  const char* asked = std::getenv("TEMPORAL_SLAB_LINEARIZABILITY_OPERATIONS");
  return asked != nullptr ? std::strtoul(asked, nullptr, 10) : 20'000;
}

// What this thread has computed: what others do on the machine meanwhile does not count.
double seconds_of_thread() {
  std::timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

TEST(RefcountOfThreads, IsLinearizable) {  // R-2.3-1
  const History<Refcount> history = history_of_threads(operations_asked_for());
  const double begin = seconds_of_thread();
  const Verdict verdict = check(history);
  const double spent = seconds_of_thread() - begin;
  EXPECT_TRUE(verdict.linearizable) << verdict.report;
  std::printf("%zu operations checked in %.2f s\n", operations_asked_for(), spent);
#if defined(LINEARIZABILITY_SECONDS)
  EXPECT_LE(spent, LINEARIZABILITY_SECONDS);
#endif
}

TEST(RefcountOfThreads, IsRefusedWithOneCountThatNeverWas) {
  History<Refcount> history = history_of_threads(3'000);
  for (auto& operation : history[1])
    if (operation.call == Refcount::Call::kGet && operation.called > 1'500) {
      operation.result = 100'000;
      break;
    }
  const Verdict verdict = check(history);
  EXPECT_FALSE(verdict.linearizable);
  EXPECT_NE(verdict.report.find("get = 100000"), std::string::npos) << verdict.report;
}

}  // namespace
}  // namespace temporal_slab::linearizability
