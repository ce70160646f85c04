// What a reference of the thread's own costs. Without arguments the times, as ratios within one
// run; with --count N only N pairs of inc and dec, for references_cost_test.py to look at.
#include <sched.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <functional>
#include <memory>
#include <thread>

#include "epoch/references.h"

using temporal_slab::epoch::ReferencePlace;
using temporal_slab::epoch::References;
using temporal_slab::epoch::ReferenceTable;

// Not static: their names are what the test looks for.
[[gnu::noinline]] void inc_dec_pairs(References& references, ReferencePlace& place, long pairs) {
  for (long i = 0; i < pairs; ++i) {
    references.inc(&place, 3);
    if (!references.dec(&place, 3)) std::abort();
  }
}
[[gnu::noinline]] void acquire_release_pairs(References& references, ReferencePlace& place,
                                             long pairs) {
  for (long i = 0; i < pairs; ++i)
    if (references.release(&place, references.acquire(&place)) != References::Drop::kDropped)
      std::abort();
}

namespace {

struct World {
  temporal_slab::sync::Mutex mutex;
  std::unique_ptr<ReferenceTable> table = std::make_unique<ReferenceTable>();
  std::array<ReferencePlace, 2> places{};
  References references{mutex, temporal_slab::sync::Bias::of_this_process(), *table, places};
};

constexpr long kPairs = 2'000'000;

// Of the calling thread's own time: others may have the processor meanwhile.
double ns_of(const std::function<void()>& work) {
  const auto now_ns = [] {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return 1e9 * static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec);
  };
  const double start_ns = now_ns();
  work();
  return (now_ns() - start_ns) / static_cast<double>(kPairs);
}

// The calling thread stays on the `which`th processor that it may use; where there is but one, on
// that.
void stay_on_processor(int which) {
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0) return;
  cpu_set_t one;
  CPU_ZERO(&one);
  for (int cpu = 0, seen = 0; cpu < CPU_SETSIZE; ++cpu)
    if (CPU_ISSET(cpu, &allowed) && seen++ == which) CPU_SET(cpu, &one);
  if (CPU_COUNT(&one) == 1) sched_setaffinity(0, sizeof(one), &one);
}

// Two threads at once, begun together, each on a processor of its own; the mean of both.
double ns_of_two(const std::function<void(int)>& work) {
  std::atomic<int> here{0};
  std::array<double, 2> ns{};
  const auto run = [&](int t) {
    stay_on_processor(t);
    ++here;
    while (here < 2) sched_yield();
    ns[static_cast<unsigned>(t)] = ns_of([&] { work(t); });
  };
  std::thread other(run, 1);
  std::thread(run, 0).join();
  other.join();
  return (ns[0] + ns[1]) / 2;
}

// One step of a chain of dependent adds is one cycle.
double ns_of_a_cycle() {
  return ns_of([] {
    std::uint64_t x = 0;
    for (long i = 0; i < kPairs; i += 4)
      asm volatile("add $1, %0; add $1, %0; add $1, %0; add $1, %0" : "+r"(x));
  });
}

template <typename F>
double median(F measure) {
  std::array<double, 15> all{};
  for (double& one : all) one = measure();
  std::sort(all.begin(), all.end());
  return all[all.size() / 2];
}

void measure() {
  World world;
  References& references = world.references;
  std::array<ReferencePlace*, 2> mine{references.join_locked(), references.join_locked()};
  alignas(64) std::atomic<std::uint64_t> counter{0};
  const auto add_sub = [&](int) {
    for (long i = 0; i < kPairs; ++i) counter.fetch_add(1), counter.fetch_sub(1);
  };
  const auto pairs = [&](int t) {
    inc_dec_pairs(references, *mine[static_cast<unsigned>(t)], kPairs);
  };
  const double cycle = median(ns_of_a_cycle);
  const auto tell = [cycle](const char* what, double ns) {
    std::printf("%-44s %7.2f ns %7.2f cycles\n", what, ns, ns / cycle);
    return ns;
  };
  tell("inc + dec", median([&] { return ns_of([&] { pairs(0); }); }));
  tell("acquire + release",
       median([&] { return ns_of([&] { acquire_release_pairs(references, *mine[0], kPairs); }); }));
  const double atomic =
      tell("fetch_add + fetch_sub", median([&] { return ns_of([&] { add_sub(0); }); }));
  const double two =
      tell("inc + dec, two threads on one epoch", median([&] { return ns_of_two(pairs); }));
  const double atomic_two =
      tell("fetch_add + fetch_sub, two threads", median([&] { return ns_of_two(add_sub); }));
  std::printf("two threads: %.1f times cheaper than one counter (alone: %.1f)\n", atomic_two / two,
              atomic / two);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 1) return measure(), 0;
  if (argc != 3 || std::strcmp(argv[1], "--count") != 0) {
    std::fprintf(stderr, "references_cost [--count N]\n");
    return 2;
  }
  World world;
  ReferencePlace& place = *world.references.join_locked();
  const long pairs = std::strtol(argv[2], nullptr, 10);
  inc_dec_pairs(world.references, place, pairs);
  acquire_release_pairs(world.references, place, pairs);
  return 0;
}
