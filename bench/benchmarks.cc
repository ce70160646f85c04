#include "bench/benchmarks.h"

#include <benchmark/benchmark.h>

#include <memory>
#include <span>
#include <string>

#include "bench/requests.h"
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

void add(const std::string& name, auto make, int fewest_threads = 1,
         int most_threads = kMostThreads) {
  const auto shared = std::make_shared<std::unique_ptr<Workload>>();
  benchmark::RegisterBenchmark(
      name.c_str(), [shared, make](benchmark::State& state) { run(state, *shared, make); })
      ->ThreadRange(fewest_threads, most_threads)
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
  add("membarrier", make_membarriers);
  add("era", make_eras);
  add("state", make_states);
  add("inc_dec", make_references);
  add("empty_call", make_empty_calls);
  add("enter_exit", make_domains);
  add("fetch_add", make_fetch_add);
  add_batches("alloc_free/temporal_slab", kBatches, make_slab_objects);
  add_batches("alloc_free/mimalloc", kBatches, make_mimalloc_objects);
  add_batches("alloc_free/by_pointer", kBatches, make_slab_pointers);
  add_batches("alloc_free/in_current", kBatches, make_slab_current);
  add_batches("alloc_free/resource", kBatches, make_slab_resource);
  add("alloc_free/temporal_slab_kept_warm/" + std::to_string(kLargestBatch),
      [] { return make_slab_objects_kept_warm(kLargestBatch, kMostThreads * kLargestBatchBytes); });
  add_batches("alloc_other_frees/temporal_slab", kHandedOverBatches, make_slab_hand_over, 2);
  add_batches("alloc_other_frees/mimalloc", kHandedOverBatches, make_mimalloc_hand_over, 2);
  add_batches("alloc_other_frees/hand_over_alone", kHandedOverBatches, make_bare_hand_over, 2);
  add_batches("references_handed_on", kHandedOverBatches, make_handed_on_references, 2);
  add_batches("counts_handed_on", kHandedOverBatches, make_handed_on_counts, 2);
  // One thread alone has the ring.
  for (const unsigned an_epoch : {1U, 10U, 1000U})
    add(
        "request_discarded/" + std::to_string(an_epoch),
        [an_epoch] { return make_slab_requests({.an_epoch = an_epoch}); }, 1, 1);
  add(
      "request_freed_and_closed", [] { return make_slab_requests({.frees_each = true}); }, 1, 1);
  add("request/mimalloc", make_mimalloc_requests, 1, 1);
  for (const unsigned others : {0U, 4U})
    add(
        "advance/" + std::to_string(others), [others] { return make_advances(others); }, 1, 1);
}

}  // namespace temporal_slab::bench
