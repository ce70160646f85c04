// Laws of the Prometheus exposition and of diffs: what holds for any snapshot.
#include <gtest/gtest.h>
#include <rapidcheck/Assertions.h>
#include <rapidcheck/gen/Arbitrary.h>
#include <rapidcheck/gen/Numeric.h>
#include <rapidcheck/gen/Select.h>

#include <algorithm>
#include <sstream>

#include "harness/exposition_parser.h"
#include "properties/draw_snapshot.h"
#include "properties/reproduce.h"
#include "render/change.h"
#include "render/prometheus.h"
#include "tslab/regressions.h"

namespace temporal_slab::properties {
namespace {

using Families = std::map<std::string, harness::ExpositionFamily>;

// Small ones, so that some are equal, and the largest.
std::uint64_t some_figure() {
  return *rc::gen::element<std::uint64_t>(0, 1, 2, 1000, std::uint64_t{1} << 53,
                                          (std::uint64_t{1} << 53) + 1, ~std::uint64_t{0} - 1,
                                          ~std::uint64_t{0});
}

// Of one run with `some_snapshot()`s that were changed likewise.
stats::Snapshot some_figures(stats::Snapshot snapshot) {
  snapshot.total_slabs_allocated = some_figure();
  snapshot.total_allocs = some_figure();
  snapshot.total_madvise_bytes = some_figure();
  snapshot.stale_frees = some_figure();
  for (stats::ClassRow& row : snapshot.classes) {
    row.live_objects = some_figure();
    row.live_bytes = *rc::gen::inRange<std::uint64_t>(0, 5);
  }
  for (stats::EpochRow& row : snapshot.epochs) row.refcount = some_figure();
  return snapshot;
}

// R-3-6 R-3-1
TEST(Laws, ExpositionReadsBackAsTheLabelsAndDigitsItWasMadeOf) {
  check(test_name(), 100, [] {
    const stats::Snapshot snapshot = some_figures(some_snapshot());
    Families families;
    const auto offence = harness::parse_exposition(
        render::render_prometheus(snapshot, {.series = render::EpochSeries::kEpoch}), &families);
    if (offence) RC_FAIL(*offence);
    for (const auto& [name, family] : families)
      for (const auto& [labels, value] : family.samples)
        if (snapshot.allocator.empty())
          RC_ASSERT(!labels.contains("allocator"));
        else
          RC_ASSERT(labels.at("allocator") == snapshot.allocator);
    const auto& info = families.at("temporal_slab_epoch_info").samples;
    RC_ASSERT(info.size() == snapshot.epochs.size());
    for (const auto& [labels, value] : info)
      RC_ASSERT(labels.at("label") == snapshot.epochs.at(std::stoul(labels.at("epoch"))).label);
    for (const auto& [labels, value] : families.at("temporal_slab_epoch_refcount").samples)
      RC_ASSERT(value ==
                std::to_string(snapshot.epochs.at(std::stoul(labels.at("epoch"))).refcount));
    RC_ASSERT(families.at("temporal_slab_stale_frees_total").samples.begin()->second ==
              std::to_string(snapshot.stale_frees));
  });
}

// What the table of a diff says has changed, and by how much.
std::map<std::string, std::string> differences_in(const std::string& text) {
  std::map<std::string, std::string> rows;
  std::istringstream lines(text);
  bool table = false;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string name, before, after, change;
    if (table && words >> name >> before >> after >> change) rows[name] = change;
    table = table || line.ends_with("change");
  }
  return rows;
}

TEST(Laws, ADiffIsWhatIsAddedAndBackwardsWhatIsTakenAway) {
  check(test_name(), 200, [] {
    const stats::Snapshot base = some_snapshot();
    const stats::Snapshot a = some_figures(base);
    const stats::Snapshot b = some_figures(base);
    for (const render::Change& one : render::changes(a, a)) RC_ASSERT(one.before == one.after);
    RC_ASSERT(differences_in(render::render_changes(a, a)).empty());
    const auto there = render::changes(a, b);
    const auto back = render::changes(b, a);
    RC_ASSERT(there.size() == back.size());
    auto shown = differences_in(render::render_changes(a, b));
    auto shown_back = differences_in(render::render_changes(b, a));
    RC_ASSERT(shown.size() == shown_back.size());
    for (std::size_t i = 0; i < there.size(); ++i) {
      RC_ASSERT(there[i].name == back[i].name);
      RC_ASSERT(there[i].before == back[i].after && there[i].after == back[i].before);
      const std::string name(there[i].name);
      RC_ASSERT(shown.contains(name) == (there[i].before != there[i].after));
      if (!shown.contains(name)) continue;
      const bool grows = there[i].after > there[i].before;
      RC_ASSERT(shown[name].front() == (grows ? '+' : '-'));
      RC_ASSERT(shown_back[name].front() == (grows ? '-' : '+'));
      RC_ASSERT(shown[name].substr(1) == shown_back[name].substr(1));
      RC_ASSERT(there[i].before +
                    (grows ? 1 : ~std::uint64_t{0}) * std::stoull(shown[name].substr(1)) ==
                there[i].after);
    }
  });
}

TEST(Laws, ARegressionHoldsExactlyWhenTheFigureGrewBeyondItsLimit) {
  check(test_name(), 500, [] {
    const stats::Snapshot base = some_snapshot();
    const stats::Snapshot a = some_figures(base);
    const stats::Snapshot b = some_figures(base);
    const auto limit = *rc::gen::element<std::uint64_t>(0, 1, 3, 1000);
    const bool percent = *rc::gen::arbitrary<bool>();
    std::vector<tslab::Regression> wanted;
    std::string error;
    const std::string text = "live_bytes>" + std::to_string(limit) + (percent ? "%" : "");
    RC_ASSERT(tslab::parse_regressions(text, &wanted, &error));
    std::uint64_t before = 0;
    std::uint64_t after = 0;
    for (const stats::ClassRow& row : a.classes) before += row.live_bytes;
    for (const stats::ClassRow& row : b.classes) after += row.live_bytes;
    const bool holds = after > before &&
                       (percent ? (after - before) * 100 > before * limit : after - before > limit);
    RC_ASSERT(!tslab::why_it_holds(wanted.at(0), a, b, {}).empty() == holds);
    RC_ASSERT(tslab::why_it_holds(wanted.at(0), a, a, {}).empty());
  });
}

}  // namespace
}  // namespace temporal_slab::properties
