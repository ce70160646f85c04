// What the demo prints of a run.
#pragma once

#include <temporal_slab/slab_stats.h>

#include <cstdint>
#include <string>
#include <vector>

#include "demo/word_table.h"

namespace temporal_slab::demo {

struct RunFacts {
  std::uint64_t files;
  std::uint64_t bytes;
  std::uint64_t words;
  std::uint64_t different_words;
  unsigned threads;
  double seconds;
};

// A line a word, as `uniq -c` prints them.
std::string words_report(const std::vector<WordCount>& words);

// The run in a few lines; what is said of memory is what the allocator counted.
std::string summary_report(const RunFacts& run, const SlabGlobalStats& stats);

}  // namespace temporal_slab::demo
