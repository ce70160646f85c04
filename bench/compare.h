// Two pieces of work timed in turn, so that whatever else the machine does falls on
// both alike, and their ratio.
#pragma once

#include <functional>
#include <vector>

#include "bench/team.h"
#include "bench/workload.h"

namespace temporal_slab::bench {

struct Effort {
  unsigned repetitions = 21;
  double repetition_ms = 20;  // about so long each
};

// Times one repetition and returns ns an operation, as one thread sees it.
using Repetition = std::function<double()>;

struct Comparison {
  double ours = 0;  // median; ns an operation, unless its row says otherwise
  double peer = 0;  // median
  // Of the ratios ours / peer of neighbouring repetitions. A drift of the machine
  // moves both of a pair, so this median is steadier than the ratio of medians.
  double ratio = 0;
  double ratio_low = 0;        // first quartile
  double ratio_high = 0;       // third quartile
  std::vector<double> ratios;  // in the order in which they were measured
};

// Of figures that were taken in turn.
Comparison comparison_of(const std::vector<double>& ours, const std::vector<double>& peer);

// Runs ours, peer, ours, peer, ... and compares.
Comparison compare(const Repetition& ours, const Repetition& peer, unsigned repetitions);

// A repetition of a workload on a team, of a size found out here.
Repetition repetition_of(Workload& workload, Team& team, const Effort& effort);

// One repetition of each in turn, and what `whole` took beyond `part`. Can be below 0.
Repetition beyond(const Repetition& part, const Repetition& whole);

// The value below which `fraction` of them lie, by linear interpolation.
double quantile(std::vector<double> values, double fraction);

double geometric_mean(const std::vector<double>& values);

}  // namespace temporal_slab::bench
