#include <nlohmann/json.hpp>

#include "bench/report.h"

namespace temporal_slab::bench {

using Json = nlohmann::ordered_json;

std::string to_json(const Report& report, const std::string& build, const std::string& moment) {
  Json rows = Json::array();
  for (const Row& row : report.rows) {
    Json one = {{"what", row.what}, {"peer", row.peer}, {"ratio", row.ratio}};
    if (row.measured) {
      one["ours"] = row.measured->ours;
      one["peers"] = row.measured->peer;
      one["unit"] = row.unit;
      one["ratio_low"] = row.measured->ratio_low;
      one["ratio_high"] = row.measured->ratio_high;
      one["ratios"] = row.measured->ratios;
    }
    if (row.budget) one["budget"] = *row.budget;
    if (row.difference) one["difference"] = true;
    rows.push_back(std::move(one));
  }
  const Json whole = {{"build", build},
                      {"moment", moment},
                      {"repetitions", report.effort.repetitions},
                      {"repetition_ms", report.effort.repetition_ms},
                      {"rows", rows}};
  return whole.dump(1) + "\n";
}

}  // namespace temporal_slab::bench
