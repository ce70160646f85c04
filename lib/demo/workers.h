// The threads that index: each file is one request, its words are counted in a
// table in the request's epoch, and that is merged into the results.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <temporal_slab/temporal_slab.hpp>
#include <vector>

#include "demo/stop_signals.h"
#include "demo/word_table.h"

namespace temporal_slab::demo {

struct Work {
  std::vector<std::string> files;
  unsigned threads;
  bool leak;  // kLeakingWorker leaks before any other worker begins
  // Told how many files are done after each one, by one worker at a time.
  std::function<void(std::size_t)> progress;
};

// Indexes every file into `results`. Returns false at the first failure, and when
// a signal asks to stop; `error` says what happened, "" for a signal. `bytes` is
// how much was read.
bool run_workers(Allocator& allocator, const Work& work, const StopSignals& signals,
                 WordTable* results, std::uint64_t* bytes, std::string* error);

}  // namespace temporal_slab::demo
