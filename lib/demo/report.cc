#include "demo/report.h"

#include <cstdio>

namespace temporal_slab::demo {
namespace {

// Right-aligned in at least `width` places.
std::string number(std::uint64_t value, std::size_t width) {
  const std::string digits = std::to_string(value);
  return digits.size() < width ? std::string(width - digits.size(), ' ') + digits : digits;
}

std::string line(std::uint64_t value, const std::string& what) {
  return number(value, 10) + " " + what + "\n";
}

}  // namespace

std::string words_report(const std::vector<WordCount>& words) {
  std::string text;
  for (const WordCount& entry : words) text += number(entry.count, 7) + " " + entry.word + "\n";
  return text;
}

std::string summary_report(const RunFacts& run, const SlabGlobalStats& stats) {
  char seconds[32];
  std::snprintf(seconds, sizeof seconds, "%.3f", run.seconds);
  return line(run.files, "files") + line(run.bytes, "bytes") +
         line(run.words, "words, " + std::to_string(run.different_words) + " different ones, in " +
                             seconds + " s on " + std::to_string(run.threads) +
                             (run.threads == 1 ? " thread" : " threads")) +
         line(stats.total_allocs,
              "objects allocated, " + std::to_string(stats.total_frees) + " of them freed") +
         line(stats.epochs_closed, "epochs closed, " +
                                       std::to_string(stats.epochs_drained_at_close) +
                                       " of them without a live object by then") +
         line(stats.total_slabs_allocated,
              "slabs set up, " + std::to_string(stats.total_slabs_recycled) + " of them emptied, " +
                  std::to_string(stats.net_slabs) + " in use") +
         line(stats.total_madvise_bytes, "bytes given back to the system in " +
                                             std::to_string(stats.total_madvise_calls) + " calls");
}

}  // namespace temporal_slab::demo
