// The table of ratios, and what CONTRACT section 7 asks of each.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bench/compare.h"

namespace temporal_slab::bench {

struct Row {
  std::string what;
  std::string peer;
  std::optional<Comparison> measured;  // none in a row that sums up others
  double ratio = 0;
  std::optional<double> budget;  // at most this ratio
  bool difference = false;       // of two times, which noise can take below 0
  std::string unit = "ns";       // of what was measured; any other also stands in `what`
};

struct Report {
  Effort effort;
  std::vector<Row> rows;
};

// Measures everything. With `progress`, says on standard error what is being
// measured.
Report measure(const Effort& effort, bool progress);

// The table as text. A pure function of the report.
std::string to_text(const Report& report);

// The same with every ratio that was measured, for bench/picture.py and bench/compare_runs.py.
// `build` and `moment` say what ran, and when.
std::string to_json(const Report& report, const std::string& build, const std::string& moment);

// True if every ratio is a finite number, and above 0 unless it is of a difference.
bool is_sane(const Report& report);

}  // namespace temporal_slab::bench
