// temporal_slab_bench: Google Benchmark's own program with its own flags, or one of
//   --report [--repetitions N] [--milliseconds TIME] [--json FILE]   the table of ratios and
//   budgets
//   --smoke [--json FILE]                                         in a moment; fails on nonsense
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <string>
#include <string_view>

#include "bench/benchmarks.h"
#include "bench/report.h"
#include "lib/base/duration.h"

namespace temporal_slab::bench {

void give_up(const char* what) {
  std::fprintf(stderr, "temporal_slab_bench: %s failed\n", what);
  std::exit(1);
}

namespace {

int usage() {
  std::fprintf(
      stderr,
      "usage: temporal_slab_bench [Google Benchmark's flags]\n"
      "       temporal_slab_bench --report [--repetitions N] [--milliseconds TIME] [--json FILE]\n"
      "       temporal_slab_bench --smoke [--json FILE]\n"
      "TIME: about how long a repetition takes, as 20 (milliseconds), 20ms or 0.5s\n");
  return 2;
}

bool parse(std::string_view text, unsigned* value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *value);
  return error == std::errc() && end == text.data() + text.size() && *value > 0;
}

std::string now() {
  const std::time_t seconds = std::time(nullptr);
  char text[32];
  std::strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", std::gmtime(&seconds));
  return text;
}

// False with a message: the file was not written.
bool write(const char* path, const Report& measured) {
  std::ofstream file(path);
  file << to_json(measured, TEMPORAL_SLAB_BENCH_BUILD, now()) << std::flush;
  if (!file) std::fprintf(stderr, "temporal_slab_bench: %s: %s\n", path, std::strerror(errno));
  return static_cast<bool>(file);
}

// With --smoke in a moment, and it fails on nonsense.
int report(int argc, char** argv, bool smoke) {
  Effort effort;
  if (smoke) effort = {.repetitions = 3, .repetition_ms = 0.2};
  const char* json_path = nullptr;
  for (int i = 2; i < argc; i += 2) {
    const std::string_view flag = argv[i];
    if (i + 1 == argc) return usage();
    if (flag == "--json") {
      json_path = argv[i + 1];
      continue;
    }
    if (smoke) return usage();
    if (flag == "--repetitions" && parse(argv[i + 1], &effort.repetitions)) continue;
    const auto time = base::parse_duration(argv[i + 1], "ms");
    if (flag != "--milliseconds" || !time || time->count() == 0) return usage();
    effort.repetition_ms = static_cast<double>(time->count());
  }
  const Report measured = measure(effort, !smoke && isatty(STDERR_FILENO) != 0);
  std::printf("temporal-slab, built as %s, %s", TEMPORAL_SLAB_BENCH_BUILD,
              to_text(measured).c_str());
  if (json_path != nullptr && !write(json_path, measured)) return 1;
  if (!smoke || is_sane(measured)) return 0;
  std::fprintf(stderr, "a ratio is not a finite number above 0\n");
  return 1;
}

int google_benchmark(int argc, char** argv) {
  register_benchmarks();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}

}  // namespace
}  // namespace temporal_slab::bench

int main(int argc, char** argv) {
  const std::string_view mode = argc > 1 ? argv[1] : "";
  if (mode == "--report" || mode == "--smoke")
    return temporal_slab::bench::report(argc, argv, mode == "--smoke");
  return temporal_slab::bench::google_benchmark(argc, argv);
}
