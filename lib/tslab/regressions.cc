#include "tslab/regressions.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "render/change.h"
#include "render/findings.h"
#include "render/since.h"
#include "tslab/values.h"

namespace temporal_slab::tslab {
namespace {

using render::Finding;
using render::FindingKind;
using render::Thresholds;
using stats::Snapshot;

constexpr std::array kRegressions = {
    RegressionInfo{"live_bytes", "growth of the bytes of live objects", 0, true},
    RegressionInfo{"live_objects", "growth of their number", 0, true},
    RegressionInfo{"rss_bytes", "growth of the resident bytes of the process", 0, true},
    RegressionInfo{"slab_bytes", "growth of the bytes of all slabs", 0, true},
    RegressionInfo{"references", "growth of the references on all epochs", 0, true},
    RegressionInfo{"ref_leaks", "new findings REF_LEAK", 0, false},
    RegressionInfo{"new_findings", "new findings of any kind", 0, false},
    RegressionInfo{"slow_path_pct", "percent of the allocations between that were slow", 5, false},
};

// Which figure of a snapshot a growth is of.
std::string_view figure_of(const RegressionInfo& info) {
  if (info.name == "rss_bytes") return "rss_bytes_current";
  if (info.name == "slab_bytes") return "estimated_slab_rss_bytes";
  return info.name;
}

// Kind and incarnation: ages and counts may differ.
std::string identity(const Finding& finding) {
  std::string text(render::info_of(finding.kind).name);
  for (const render::Fact& fact : finding.facts)
    if (fact.info == &render::facts::kEpoch || fact.info == &render::facts::kEra)
      text.append(1, ' ').append(std::to_string(fact.number));
  return text;
}

// What stands at a moment, and no counter.
bool is_of_a_state(const Finding& finding) {
  return finding.kind == FindingKind::kRefLeak || finding.kind == FindingKind::kObjectLeak ||
         finding.kind == FindingKind::kPinnedSlabs;
}

std::vector<Finding> fresh_findings(const Snapshot& before, const Snapshot& after,
                                    const Thresholds& thresholds) {
  const bool one_run = render::why_not_since(after, before).empty();
  std::vector<Finding> fresh =
      render::find(one_run ? render::since(after, before) : after, thresholds);
  if (!one_run) return fresh;
  std::vector<std::string> known;
  for (const Finding& finding : render::find(before, thresholds))
    if (is_of_a_state(finding)) known.push_back(identity(finding));
  std::erase_if(fresh, [&](const Finding& finding) {
    return std::find(known.begin(), known.end(), identity(finding)) != known.end();
  });
  return fresh;
}

std::uint64_t slow_path_pct(const Snapshot& before, const Snapshot& after) {
  const Snapshot between =
      render::why_not_since(after, before).empty() ? render::since(after, before) : after;
  const long double share =
      100 * static_cast<long double>(between.total_slow_path_hits) /
      static_cast<long double>(std::max<std::uint64_t>(between.total_allocs, 1));
  // Rounded up, so that all above a limit is above it.
  return share >= 1e18L ? std::uint64_t{1'000'000'000'000'000'000}
                        : static_cast<std::uint64_t>(std::ceil(share));
}

std::string limit_text(const Regression& regression) {
  return std::to_string(regression.limit) + (regression.percent ? "%" : "");
}

bool grew_beyond(const Regression& regression, std::uint64_t before, std::uint64_t after) {
  if (after <= before) return false;
  const std::uint64_t growth = after - before;
  if (!regression.percent) return growth > regression.limit;
  return static_cast<long double>(growth) * 100 >
         static_cast<long double>(before) * static_cast<long double>(regression.limit);
}

bool parse_one(std::string_view text, Regression* out, std::string* error) {
  const std::size_t sign = std::min(text.find('>'), text.size());
  const std::string_view name = text.substr(0, sign);
  for (const RegressionInfo& info : kRegressions)
    if (info.name == name) out->info = &info;
  if (out->info == nullptr) {
    *error = "unknown name '" + std::string(name) + "' (allowed: " + regression_names() + ")";
    return false;
  }
  out->limit = out->info->limit;
  if (sign == text.size()) return true;
  std::string_view number = text.substr(sign + 1);
  out->percent = number.ends_with('%');
  if (out->percent) number.remove_suffix(1);
  const std::optional<std::uint64_t> limit = parse_number(number);
  if (!limit || (out->percent && !out->info->grows)) {
    error->assign(1, '\'').append(text.substr(sign + 1)).append("' is no limit of ");
    error->append(name).append(" (allowed: ").append(kAllowedNumber);
    error->append(out->info->grows ? ", or one with %)" : ")");
    return false;
  }
  out->limit = *limit;
  return true;
}

}  // namespace

std::string regression_names() {
  std::string names;
  for (const RegressionInfo& info : kRegressions) (names += names.empty() ? "" : ", ") += info.name;
  return names;
}

std::string allowed_regressions() {
  return "NAME, NAME>LIMIT or NAME>PERCENT%, several with commas; NAME is one of " +
         regression_names();
}

std::string regressions_help() {
  std::string text;
  for (const RegressionInfo& info : kRegressions) {
    std::string name(info.name);
    name.resize(15, ' ');
    text += "  " + name + std::string(info.help) +
            (info.limit == 0 ? "" : "; without LIMIT above " + std::to_string(info.limit)) + "\n";
  }
  return text;
}

bool parse_regressions(std::string_view text, std::vector<Regression>* out, std::string* error) {
  for (;;) {
    const std::size_t comma = std::min(text.find(','), text.size());
    Regression one;
    if (!parse_one(text.substr(0, comma), &one, error)) return false;
    out->push_back(one);
    if (comma == text.size()) return true;
    text.remove_prefix(comma + 1);
  }
}

std::vector<std::string> new_findings(const Snapshot& before, const Snapshot& after,
                                      const Thresholds& thresholds) {
  std::vector<std::string> lines;
  for (const Finding& finding : fresh_findings(before, after, thresholds))
    lines.push_back(render::headline(finding));
  return lines;
}

std::vector<std::string> gone_findings(const Snapshot& before, const Snapshot& after,
                                       const Thresholds& thresholds) {
  std::vector<std::string> lines;
  if (!render::why_not_since(after, before).empty()) return lines;
  const std::vector<Finding> now = render::find(after, thresholds);
  for (const Finding& finding : render::find(before, thresholds))
    if (is_of_a_state(finding) &&
        std::none_of(now.begin(), now.end(), [&finding](const Finding& other) {
          return identity(other) == identity(finding);
        }))
      lines.push_back(render::headline(finding));
  return lines;
}

std::string why_it_holds(const Regression& regression, const Snapshot& before,
                         const Snapshot& after, const Thresholds& thresholds) {
  const std::string name(regression.info->name);
  if (regression.info->grows) {
    for (const render::Change& one : render::changes(before, after))
      if (one.name == figure_of(*regression.info) && grew_beyond(regression, one.before, one.after))
        return name + " grew from " + std::to_string(one.before) + " to " +
               std::to_string(one.after) + ", by more than " + limit_text(regression);
    return "";
  }
  std::uint64_t figure = 0;
  if (name == "slow_path_pct") {
    figure = slow_path_pct(before, after);
  } else {
    for (const Finding& finding : fresh_findings(before, after, thresholds))
      if (name != "ref_leaks" || finding.kind == FindingKind::kRefLeak) ++figure;
  }
  if (figure <= regression.limit) return "";
  return name + " is " + std::to_string(figure) + ", more than " + limit_text(regression);
}

}  // namespace temporal_slab::tslab
