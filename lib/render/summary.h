// Snapshot -> the one screen that `tslab stats` prints: who, how many epochs,
// what is alive, what it costs, what went back, and what went wrong.
#pragma once

#include <string>

#include "stats/snapshot.h"

namespace temporal_slab::render {

// Lines of "title  text". Figures of problems (refused frees, underflows, ...) are
// listed only when they are not 0, each with its meaning. Sums over rows that do
// not fit 64 bits, which only a forged file has, stay at the largest value.
std::string render_summary(const stats::Snapshot& snapshot);

}  // namespace temporal_slab::render
