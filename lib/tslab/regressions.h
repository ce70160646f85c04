// What `tslab diff --fail-on` can name, and whether it holds: one table, from which the
// help and the messages follow.
//
//   EXPR is NAME, NAME>LIMIT or NAME>PERCENT%, several separated by commas:
//   live_bytes>10%,ref_leaks,slow_path_pct>20
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "render/finding_kinds.h"
#include "stats/snapshot.h"

namespace temporal_slab::tslab {

struct RegressionInfo {
  std::string_view name;
  std::string_view help;
  std::uint64_t limit;  // without a limit of its own
  bool grows;           // a figure of each snapshot; else one of the time between
};

struct Regression {
  const RegressionInfo* info = nullptr;
  std::uint64_t limit = 0;
  bool percent = false;  // of the figure before
};

// "live_bytes, live_objects, ..."
std::string regression_names();

// What --fail-on takes, for messages.
std::string allowed_regressions();

// Lines for --help.
std::string regressions_help();

// False with `error`: one line that says what is allowed.
bool parse_regressions(std::string_view text, std::vector<Regression>* out, std::string* error);

// Findings of `after` that `before` does not have: leaks of other incarnations, and
// counters that grew.
std::vector<std::string> new_findings(const stats::Snapshot& before, const stats::Snapshot& after,
                                      const render::Thresholds& thresholds);

// Leaks that `before` has and `after` has not. Of another run it says nothing.
std::vector<std::string> gone_findings(const stats::Snapshot& before, const stats::Snapshot& after,
                                       const render::Thresholds& thresholds);

// "live_bytes grew from 10 to 20, by more than 10%"; "" when it does not hold.
std::string why_it_holds(const Regression& regression, const stats::Snapshot& before,
                         const stats::Snapshot& after, const render::Thresholds& thresholds);

}  // namespace temporal_slab::tslab
