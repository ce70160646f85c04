#include "bench/benchmarks.h"

#include <benchmark/benchmark.h>

#include <memory>
#include <span>
#include <string>

#include "bench/workload.h"

namespace temporal_slab::bench {
namespace {

// Operations between two looks at the clock.
constexpr std::uint64_t kChunk = 1024;

// One workload for all threads of a run; the first of them makes and ends it, and
// Google Benchmark has a barrier on both sides of the loop.
void run(benchmark::State& state, std::unique_ptr<Workload>& shared, auto make) {
  if (state.thread_index() == 0) shared = make();
  std::uint64_t done = 0;
  for (auto unused : state) {
    static_cast<void>(unused);
    done += shared->run(static_cast<unsigned>(state.thread_index()), kChunk);
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(done));
  if (state.thread_index() == 0) shared.reset();
}

void add(const std::string& name, auto make, int fewest_threads = 1) {
  const auto shared = std::make_shared<std::unique_ptr<Workload>>();
  benchmark::RegisterBenchmark(
      name.c_str(), [shared, make](benchmark::State& state) { run(state, *shared, make); })
      ->ThreadRange(fewest_threads, kMostThreads)
      ->UseRealTime();
}

void add_batches(const std::string& name, std::span<const unsigned> batches, auto make,
                 int fewest_threads = 1) {
  for (const unsigned batch : batches)
    add(
        name + "/" + std::to_string(batch), [make, batch] { return make(batch); }, fewest_threads);
}

}  // namespace

void register_benchmarks() {
  add("add_chain", make_add_chain);
  add("inc_dec", make_references);
  add("empty_call", make_empty_calls);
  add("enter_exit", make_domains);
  add("fetch_add", make_fetch_add);
  add_batches("alloc_free/temporal_slab", kBatches, make_slab_objects);
  add_batches("alloc_free/mimalloc", kBatches, make_mimalloc_objects);
  add("alloc_free/temporal_slab_kept_warm/" + std::to_string(kLargestBatch),
      [] { return make_slab_objects_kept_warm(kLargestBatch, kMostThreads * kLargestBatchBytes); });
  add_batches("alloc_other_frees/temporal_slab", kHandedOverBatches, make_slab_hand_over, 2);
  add_batches("alloc_other_frees/mimalloc", kHandedOverBatches, make_mimalloc_hand_over, 2);
  add_batches("alloc_other_frees/hand_over_alone", kHandedOverBatches, make_bare_hand_over, 2);
}

}  // namespace temporal_slab::bench
