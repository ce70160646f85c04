// temporal-slab-demo: counts words in text files on an allocator that tslab sees.
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <exception>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <temporal_slab/temporal_slab.hpp>
#include <vector>

#include "demo/command_line.h"
#include "demo/input_files.h"
#include "demo/report.h"
#include "demo/stop_signals.h"
#include "demo/workers.h"

namespace temporal_slab::demo {
namespace {

constexpr const char* kAllocatorName = "demo";

// The results outlive all requests, so they have an epoch to themselves: the last
// one, which the ring has not opened yet, so that it accepts allocations, and never
// will, as it steps over what is referenced.
constexpr EpochId kResultsEpoch = SLAB_EPOCH_COUNT - 1;

// Little is kept warm, so that what requests give back is seen to go.
constexpr std::size_t kRetainBytes = 64 * 1024;

int fail(const std::string& message) {
  std::fprintf(stderr, "temporal-slab-demo: %s\n", message.c_str());
  return 1;
}

// Writes at once. nullopt: go on; else the exit code. Nobody reading is no failure.
std::optional<int> print(const std::string& text) {
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  if (written && std::fflush(stdout) == 0) return std::nullopt;
  if (errno == EPIPE) return 0;
  return fail("standard output: " + std::generic_category().message(errno));
}

// "600", "0.5"
std::string seconds_text(std::chrono::milliseconds time) {
  std::string text = std::to_string(time.count() / 1000);
  if (const auto rest = time.count() % 1000; rest != 0) {
    text += "." + std::to_string(1000 + rest).substr(1);
    text.erase(text.find_last_not_of('0') + 1);
  }
  return text;
}

std::optional<std::vector<std::string>> chosen_files(const CommandLine& line, std::string* error) {
  if (!line.files.empty()) return line.files;
  return files_of(kDefaultFolder, error);
}

// On a terminal only.
void show_progress(std::size_t done, std::size_t all) {
  static const bool on_terminal = isatty(STDERR_FILENO) == 1;
  if (on_terminal) std::fprintf(stderr, "\r%zu of %zu files%s", done, all, done == all ? "\n" : "");
}

int run(const CommandLine& line, const StopSignals& signals) {
  std::string error;
  const auto files = chosen_files(line, &error);
  if (!files) return fail(error);

  Options options;
  options.name = kAllocatorName;
  options.publish = true;
  options.retain_bytes = kRetainBytes;
  Allocator allocator(options);
  if (!allocator.published()) {
    fail("tslab cannot see this run: " + std::generic_category().message(errno));
    if (line.serve_time.count() > 0) return 1;
  }
  Domain results_domain(allocator, kResultsEpoch, true);
  DomainScope results_scope(results_domain);
  allocator.set_label(kResultsEpoch, "results");
  WordTable results(ObjectSource(allocator, kResultsEpoch));

  const Work work = {.files = *files,
                     .threads = line.threads,
                     .leak = line.leak,
                     .progress = [&](std::size_t done) { show_progress(done, files->size()); }};
  std::uint64_t bytes = 0;
  const auto start = std::chrono::steady_clock::now();
  if (!run_workers(allocator, work, signals, &results, &bytes, &error)) {
    if (!error.empty()) return fail(error);
    fail("stopped by a signal before there were results");
    return 128 + signals.pending();
  }
  const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
  const RunFacts facts = {.files = files->size(),
                          .bytes = bytes,
                          .words = results.total_words(),
                          .different_words = results.different_words(),
                          .threads = line.threads,
                          .seconds = time.count()};
  std::string text = words_report(results.most_frequent(line.top)) + "\n" +
                     summary_report(facts, allocator.global_stats());
  if (line.serve_time.count() > 0)
    text += "\nready: pid " + std::to_string(getpid()) + ", allocator " + kAllocatorName +
            ", for " + seconds_text(line.serve_time) + " s\n";
  if (const auto code = print(text)) return *code;
  signals.wait(line.serve_time);
  return 0;
}

}  // namespace
}  // namespace temporal_slab::demo

int main(int argc, char** argv) {
  using namespace temporal_slab::demo;
  const StopSignals signals;
  std::signal(SIGPIPE, SIG_IGN);
  try {
    std::string error;
    const std::span<const char* const> arguments(argv, static_cast<std::size_t>(argc));
    const auto line = parse_command_line(arguments.subspan(argc > 0 ? 1 : 0), &error);
    if (!line) {
      fail(error);
      return 2;
    }
    if (line->help) return print(usage()).value_or(0);
    return run(*line, signals);
  } catch (const std::exception& failure) {
    return fail(failure.what());
  }
}
