// temporal_slab_stress: threads do everything at random to one allocator, and each
// thing that they are told is checked.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <random>

#include "stress/figures.h"
#include "stress/histories.h"
#include "stress/report.h"
#include "stress/run.h"

namespace {

using namespace temporal_slab::stress;

// Published segments go to a folder of their own unless the caller says where.
class RuntimeFolder {
 public:
  RuntimeFolder() {
    if (std::getenv("TEMPORAL_SLAB_RUNTIME_DIR") != nullptr) return;
    char path[] = "/tmp/temporal-slab-stress-XXXXXX";
    if (mkdtemp(path) == nullptr) return;
    path_ = path;
    setenv("TEMPORAL_SLAB_RUNTIME_DIR", path, 1);
  }
  ~RuntimeFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  RuntimeFolder(const RuntimeFolder&) = delete;
  RuntimeFolder& operator=(const RuntimeFolder&) = delete;

 private:
  std::filesystem::path path_;
};

int refuse(const std::string& why) {
  std::fprintf(stderr, "temporal_slab_stress: %s\n%sscenarios:\n", why.c_str(), usage());
  for (const Scenario& scenario : all_scenarios())
    std::fprintf(stderr, "  %-14s %s\n", scenario.name, scenario.about);
  return 2;
}

void print_tally(const Tally& tally, std::uint64_t last_era) {
  const auto line = [](const char* meaning, std::uint64_t count) {
    if (count != 0)
      std::printf("  %-42s %14llu\n", meaning, static_cast<unsigned long long>(count));
  };
#define TEMPORAL_SLAB_STRESS_PRINT(name, meaning) line(meaning, tally.name);
  TEMPORAL_SLAB_STRESS_COUNTS(TEMPORAL_SLAB_STRESS_PRINT)
#undef TEMPORAL_SLAB_STRESS_PRINT
  line("times that the ring turned", last_era);
}

// Threads beyond what a history tells apart are left out.
int decide_histories(Options options, const Scenario& scenario) {
  options.threads = std::min(options.threads, kMostHistoryThreads);
  World world(options, scenario);
  const HistoriesTally tally = run_histories(world);
  std::printf("  %-42s %14llu\n  %-42s %14llu\n  %-42s %14llu\n", "histories",
              static_cast<unsigned long long>(tally.histories), "calls in them",
              static_cast<unsigned long long>(tally.calls), "calls that met another",
              static_cast<unsigned long long>(tally.met));
  std::printf("PASSED: each history is linearizable\n");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  std::random_device device;
  options.seed = device();
  std::string error;
  if (!parse_options(argc, argv, &options, &error)) return refuse(error);
  const Scenario* scenario = find_scenario(options.scenario);
  if (scenario == nullptr) return refuse(options.scenario + ": unknown scenario");
  set_reproduce_command(options);
  std::printf("%s\n", reproduce_command(options).c_str());
  std::fflush(stdout);

  const RuntimeFolder folder;
  if (scenario->records_histories) return decide_histories(options, *scenario);
  World world(options, *scenario);
  run(world);
  print_tally(world.total(), read_figures(world.allocator).last_era);
  std::printf("PASSED: the sums agree and the allocator is empty\n");
  return 0;
}
