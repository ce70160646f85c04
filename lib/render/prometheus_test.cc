#include "render/prometheus.h"

#include <gtest/gtest.h>

#include <set>

#include "harness/exposition_parser.h"
#include "harness/golden.h"
#include "harness/sample_snapshots.h"
#include "render/visit_fields.h"

namespace temporal_slab::render {
namespace {

using Families = std::map<std::string, harness::ExpositionFamily>;

Families parsed(const std::string& text) {
  Families families;
  const std::optional<std::string> offence = harness::parse_exposition(text, &families);
  EXPECT_FALSE(offence) << *offence;
  return families;
}

struct Sample {
  std::string name;
  stats::Snapshot snapshot;
};

std::vector<Sample> samples() {
  return {{"fresh", harness::fresh_snapshot()},
          {"busy", harness::busy_snapshot()},
          {"hostile", harness::hostile_snapshot()},
          {"largest", harness::largest_snapshot()}};
}

std::string rendered(const std::vector<PrometheusSource>& sources, EpochSeries series) {
  Exposition out(kMetricPrefix);
  append_prometheus(out, sources, {.series = series});
  return out.text();
}

// R-3-1
TEST(Prometheus, GoldenOfEachSampleInEachForm) {
  for (const Sample& sample : samples())
    for (const bool slot : {false, true}) {
      const std::string text = render_prometheus(
          sample.snapshot, {.series = slot ? EpochSeries::kSlot : EpochSeries::kEpoch});
      EXPECT_TRUE(harness::matches_golden(
          "prometheus/" + sample.name + (slot ? "_slot.prom" : "_epoch.prom"), text));
      parsed(text);
    }
}

TEST(Prometheus, GoldenOfSeveralAllocatorsAndAPrefix) {
  const stats::Snapshot busy = harness::busy_snapshot();
  const stats::Snapshot hostile = harness::hostile_snapshot();
  stats::Snapshot unnamed = harness::fresh_snapshot();
  unnamed.allocator.clear();
  unnamed.pid = 99;
  Exposition out("my_app");
  append_prometheus(
      out, std::vector<PrometheusSource>{{&busy, 0}, {&busy, 7}, {&hostile, 1}, {&unnamed, 0}},
      {.series = EpochSeries::kEpoch});
  EXPECT_TRUE(harness::matches_golden("prometheus/several.prom", out.text()));
  parsed(out.text());
}

TEST(Prometheus, WritesTheExampleOfTheContract) {
  stats::Snapshot s = harness::fresh_snapshot();
  s.allocator.clear();
  s.epochs[5].epoch_era = 150;
  s.epochs[5].refcount = 2;
  EXPECT_NE(render_prometheus(s, {}).find("\ntemporal_slab_epoch_refcount{epoch=\"5\"} 2\n"),
            std::string::npos);
  EXPECT_NE(render_prometheus(s, {.series = EpochSeries::kEpoch})
                .find("\ntemporal_slab_epoch_refcount{epoch=\"5\",era=\"150\",state=\"ACTIVE\"} "
                      "2\n"),
            std::string::npos);
}

// Every counter and gauge of the table has its family, whose samples are its figures.
TEST(Prometheus, ShowsEveryFigureOfClassesAndOfTheWhole) {
  const stats::Snapshot s = harness::busy_snapshot();
  const Families families = parsed(render_prometheus(s, {}));
  const harness::ExpositionLabels whole = {{"allocator", "main"}};
  EXPECT_EQ(families.at("temporal_slab_total_allocs_total").samples.at(whole),
            std::to_string(s.total_allocs));
  EXPECT_EQ(families.at("temporal_slab_net_slabs").samples.at(whole), std::to_string(s.net_slabs));
  EXPECT_EQ(families.at("temporal_slab_active_epochs").samples.at(whole), "1");
  EXPECT_EQ(families.at("temporal_slab_timestamp_seconds").samples.at(whole),
            "1700000000.123456789");
  for (const stats::ClassRow& row : s.classes) {
    const harness::ExpositionLabels labels = {{"allocator", "main"},
                                              {"class", std::to_string(row.class_index)},
                                              {"object_size", std::to_string(row.object_size)}};
    const auto value = [&](const std::string& name) {
      return families.at("temporal_slab_class_" + name).samples.at(labels);
    };
    EXPECT_EQ(value("epoch_close_total_seconds_total"), decimal(row.epoch_close_total_ns, 9));
    EXPECT_EQ(value("madvise_bytes_total"), std::to_string(row.madvise_bytes));
    EXPECT_EQ(value("live_objects"), std::to_string(row.live_objects));
    EXPECT_EQ(value("recycle_rate_ratio"), row.slab_bytes == 0 ? "0" : "0.75");
  }
}

// R-3-1
TEST(Prometheus, KeepsEveryDigit) {
  const Families families = parsed(render_prometheus(harness::largest_snapshot(), {}));
  const std::set<std::string> whole = {"18446744073709551615"};
  const std::set<std::string> divided = {"18446744073.709551615", "184467440737095516.15"};
  std::size_t found = 0;
  for (const auto& [name, family] : families)
    for (const auto& [labels, value] : family.samples) {
      if (name == "temporal_slab_epoch_info") continue;
      if (name == "temporal_slab_current_epoch") {
        EXPECT_EQ(value, "255");
        continue;
      }
      const bool is_divided = name.find("seconds") != name.npos || name.ends_with("_ratio");
      const bool is_age =
          (name.starts_with("temporal_slab_epoch_") && name.ends_with("_seconds")) ||
          name == "temporal_slab_uptime_seconds";
      EXPECT_TRUE((is_divided && !is_age ? divided : whole).contains(value)) << name << value;
      ++found;
    }
  EXPECT_GT(found, 400U);
}

const harness::ExpositionLabels kLeakInfo = {{"epoch", "12"},
                                             {"era", "140"},
                                             {"state", "CLOSING"},
                                             {"label", "background-worker-3"},
                                             {"allocator", "main"}};

TEST(Prometheus, GivesTheInfoOfEachIncarnation) {
  const stats::Snapshot s = harness::busy_snapshot();
  const Families families = parsed(render_prometheus(s, {.series = EpochSeries::kEpoch}));
  const auto& infos = families.at("temporal_slab_epoch_info").samples;
  EXPECT_EQ(infos.size(), s.epochs.size());
  EXPECT_EQ(infos.at(kLeakInfo), "1");
}

// By slot only of what leaks: so an epoch that comes and goes makes no series.
TEST(Prometheus, BySlotGivesTheInfoOfWhatLeaks) {
  stats::Snapshot s = harness::busy_snapshot();
  for (stats::EpochRow& row : s.epochs) row.live_objects = 0;
  const auto infos = [&s](std::uint64_t age_sec) {
    return parsed(render_prometheus(s, {.age_sec = age_sec}))["temporal_slab_epoch_info"].samples;
  };
  const std::uint64_t age_sec = s.epochs[12].closing_since_sec;
  EXPECT_EQ(infos(age_sec - 1).size(), 1u);
  EXPECT_EQ(infos(age_sec - 1).at(kLeakInfo), "1");
  EXPECT_EQ(infos(age_sec).size(), 0u);
  s.epochs[12].refcount = 0;
  EXPECT_EQ(infos(age_sec - 1).size(), 0u);
  s.epochs[12].live_objects = 1;
  EXPECT_EQ(infos(age_sec - 1).at(kLeakInfo), "1");
}

// What a Prometheus keeps of a process: names and labels of its series.
std::set<std::string> series_of(const stats::Snapshot& s, EpochSeries form) {
  std::set<std::string> series;
  for (const auto& [name, family] : parsed(render_prometheus(s, {.series = form})))
    for (const auto& [labels, value] : family.samples) {
      std::string text = name;
      for (const auto& [label, of] : labels) text += '\n' + label + '=' + of;
      series.insert(text);
    }
  return series;
}

TEST(Prometheus, ARingThatTurnsMakesNoSeriesBySlot) {
  const stats::Snapshot before = harness::busy_snapshot();
  stats::Snapshot after = before;
  for (stats::EpochRow& row : after.epochs) {
    row.epoch_era += 16'000;
    row.label = "another";
    row.state = row.state == stats::EpochState::kActive ? stats::EpochState::kClosing
                                                        : stats::EpochState::kActive;
    row.age_sec = row.closing_since_sec = 3;
  }
  stats::Snapshot young = before;
  for (stats::EpochRow& row : young.epochs) row.age_sec = row.closing_since_sec = 3;
  EXPECT_EQ(series_of(after, EpochSeries::kSlot), series_of(young, EpochSeries::kSlot));
  EXPECT_NE(series_of(after, EpochSeries::kEpoch), series_of(young, EpochSeries::kEpoch));
}

TEST(Prometheus, AddsLabelsToEachSeries) {
  const stats::Snapshot s = harness::busy_snapshot();
  const Families families = parsed(render_prometheus(
      s, {.labels = {{"pid", "4211"}, {"service", label_value("che\"ck\\out\n")}}}));
  for (const auto& [name, family] : families)
    for (const auto& [labels, value] : family.samples) {
      EXPECT_EQ(labels.at("service"), "che\"ck\\out\n") << name;
      EXPECT_EQ(labels.at("pid"), "4211") << name;
    }
}

TEST(Prometheus, KeepsLabelsOfAnyBytes) {
  const stats::Snapshot s = harness::hostile_snapshot();
  const Families families = parsed(render_prometheus(s, {.series = EpochSeries::kEpoch}));
  std::set<std::string> shown;
  for (const auto& [labels, value] : families.at("temporal_slab_epoch_info").samples)
    shown.insert(labels.at("label"));
  const std::vector<std::string>& labels = harness::hostile_labels();
  for (std::size_t i = 0; i < 8; ++i) EXPECT_TRUE(shown.contains(labels[i])) << labels[i];
  EXPECT_TRUE(shown.contains("\xEF\xBF\xBD\xEF\xBF\xBD raw \xEF\xBF\xBD"));
  EXPECT_TRUE(shown.contains("nul \xEF\xBF\xBD del \x7F line \xE2\x80\xA8 paragraph \xE2\x80\xA9"));
}

TEST(Prometheus, TellsAllocatorsOfOneNameApartAndOnlyThese) {
  const stats::Snapshot one = harness::busy_snapshot();
  stats::Snapshot other = one;
  other.allocator = "other";
  const Families families =
      parsed(rendered({{&one, 0}, {&one, 3}, {&other, 4}}, EpochSeries::kSlot));
  const auto& found = families.at("temporal_slab_net_slabs").samples;
  EXPECT_EQ(found.size(), 3U);
  EXPECT_TRUE(found.contains(
      {{"allocator", "main"}, {"pid", "4211"}, {"process", "checkout"}, {"segment", "0"}}));
  EXPECT_TRUE(found.contains(
      {{"allocator", "main"}, {"pid", "4211"}, {"process", "checkout"}, {"segment", "3"}}));
  EXPECT_TRUE(found.contains({{"allocator", "other"}, {"pid", "4211"}, {"process", "checkout"}}));
}

TEST(Prometheus, NamesThatBecomeOneTextAreToldApart) {
  stats::Snapshot one = harness::fresh_snapshot();
  stats::Snapshot other = one;
  one.allocator = "\xFE";
  other.allocator = "\xFF";
  EXPECT_EQ(parsed(rendered({{&one, 0}, {&other, 1}}, EpochSeries::kEpoch))
                .at("temporal_slab_net_slabs")
                .samples.size(),
            2U);
}

TEST(Prometheus, OfNoAllocatorIsEmpty) { EXPECT_EQ(rendered({}, EpochSeries::kEpoch), ""); }

TEST(Exposition, DecimalsAreExactAndShort) {
  EXPECT_EQ(decimal(0, 9), "0");
  EXPECT_EQ(decimal(1, 9), "0.000000001");
  EXPECT_EQ(decimal(1'000'000'000, 9), "1");
  EXPECT_EQ(decimal(1'200'000'000, 9), "1.2");
  EXPECT_EQ(decimal(12'000'000'000'000, 9), "12000");
  EXPECT_EQ(decimal(~std::uint64_t{0}, 9), "18446744073.709551615");
  EXPECT_EQ(decimal(100, 0), "100");
  EXPECT_EQ(decimal(100, 2), "1");
  EXPECT_EQ(decimal(7, 2), "0.07");
}

TEST(Exposition, LabelsOfOnesOwnHaveNamesThatNobodyHas) {
  for (const std::string good : {"a", "_", "job", "service", "A9", "epochs"})
    EXPECT_TRUE(is_label_name(good)) << good;
  for (const std::string bad :
       {"", "9a", "a b", "a-b", "a:b", "__name__", "__a", "epoch", "era", "state", "label", "class",
        "object_size", "allocator", "pid", "process", "segment", "condition", "\xC3\xA9"})
    EXPECT_FALSE(is_label_name(bad)) << bad;
}

TEST(Exposition, PrefixesAreNamesWithoutColons) {
  for (const std::string& good :
       std::vector<std::string>{"a", "_", "temporal_slab", "A9", std::string(100, 'x')})
    EXPECT_TRUE(is_metric_prefix(good)) << good;
  for (const std::string& bad : std::vector<std::string>{"", "9a", "a b", "a-b", "a:b", "a\n",
                                                         "\xC3\xA9", std::string(101, 'x')})
    EXPECT_FALSE(is_metric_prefix(bad)) << bad;
  EXPECT_FALSE(is_metric_prefix(std::string_view("a\0", 2)));
}

}  // namespace
}  // namespace temporal_slab::render
