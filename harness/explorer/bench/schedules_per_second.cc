// How fast the explorer is: three threads that count, each schedule of them within the bounds.
#include <chrono>
#include <cstdio>

#include "temporal_slab_explorer/explorer.h"

namespace {

namespace explorer = temporal_slab::explorer;

void measure(const char* name, int adds, explorer::Search search) {
  explorer::Options options;
  options.search = search;
  options.preemptions = explorer::kUnlimited;
  options.schedules = 300'000;
  const auto begin = std::chrono::steady_clock::now();
  const explorer::Result result = explorer::explore(options, [&] {
    explorer::atomic<int> counter{0};
    const auto count = [&] {
      for (int i = 0; i < adds; ++i) counter.fetch_add(1, std::memory_order_relaxed);
    };
    explorer::parallel(count, count, count);
    explorer::check(counter.load() == 3 * adds);
  });
  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - begin;
  std::printf("%-34s %9.0f schedules/s  %6.2f M steps/s\n", name,
              static_cast<double>(result.schedules) / spent.count(),
              static_cast<double>(result.steps) / spent.count() / 1e6);
}

}  // namespace

int main() {
  measure("3 threads x 4 adds, exhaustive", 4, explorer::Search::kExhaustive);
  measure("3 threads x 30 adds, exhaustive", 30, explorer::Search::kExhaustive);
  measure("3 threads x 30 adds, random", 30, explorer::Search::kRandom);
  measure("3 threads x 30 adds, PCT", 30, explorer::Search::kPct);
}
