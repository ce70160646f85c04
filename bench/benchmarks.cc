#include "bench/benchmarks.h"

#include <benchmark/benchmark.h>

#include <memory>
#include <string>

#include "bench/workload.h"

namespace temporal_slab::bench {
namespace {

using MakeBatch = std::unique_ptr<Workload> (*)(unsigned batch);

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

void add(const std::string& name, auto make) {
  const auto shared = std::make_shared<std::unique_ptr<Workload>>();
  benchmark::RegisterBenchmark(
      name.c_str(), [shared, make](benchmark::State& state) { run(state, *shared, make); })
      ->ThreadRange(1, kMostThreads)
      ->UseRealTime();
}

void add_objects(const std::string& name, MakeBatch make) {
  for (const unsigned batch : {1u, 64u, 1000u, 100000u})
    add(name + "/" + std::to_string(batch), [make, batch] { return make(batch); });
}

}  // namespace

void register_benchmarks() {
  add("add_chain", make_add_chain);
  add("inc_dec", make_references);
  add("empty_call", make_empty_calls);
  add("enter_exit", make_domains);
  add("fetch_add", make_fetch_add);
  add_objects("alloc_free/temporal_slab", make_slab_objects);
  add_objects("alloc_free/mimalloc", make_mimalloc_objects);
}

}  // namespace temporal_slab::bench
