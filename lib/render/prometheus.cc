#include "render/prometheus.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "render/field_table.h"
#include "render/findings.h"
#include "render/text.h"

namespace temporal_slab::render {
namespace {

using stats::ClassRow;
using stats::EpochRow;
using stats::Snapshot;

// A field of the table and where it stands in a row.
template <typename Row>
struct Figure {
  Field field;
  std::uint64_t Row::*member;  // null for texts and states
};

template <typename Row>
constexpr std::uint64_t Row::*number(std::uint64_t Row::*member) {
  return member;
}
template <typename Row, typename Other>
constexpr std::uint64_t Row::*number(Other Row::*) {
  return nullptr;
}

#define TEMPORAL_SLAB_FIGURE(Row, name, type, kind, unit, help) \
  Figure<Row>{{#name, FieldType::type, FieldKind::kind, unit, help}, number<Row>(&Row::name)},
#define TEMPORAL_SLAB_GLOBAL(name, type, kind, origin, unit, help) \
  TEMPORAL_SLAB_FIGURE(Snapshot, name, type, kind, unit, help)
#define TEMPORAL_SLAB_CLASS(name, type, kind, origin, unit, help) \
  TEMPORAL_SLAB_FIGURE(ClassRow, name, type, kind, unit, help)
#define TEMPORAL_SLAB_EPOCH(name, type, kind, origin, unit, help) \
  TEMPORAL_SLAB_FIGURE(EpochRow, name, type, kind, unit, help)
constexpr Figure<Snapshot> kGlobalFigures[] = {TEMPORAL_SLAB_GLOBAL_FIELDS(TEMPORAL_SLAB_GLOBAL)};
constexpr Figure<ClassRow> kClassFigures[] = {TEMPORAL_SLAB_CLASS_FIELDS(TEMPORAL_SLAB_CLASS)};
constexpr Figure<EpochRow> kEpochFigures[] = {TEMPORAL_SLAB_EPOCH_FIELDS(TEMPORAL_SLAB_EPOCH)};
#undef TEMPORAL_SLAB_EPOCH
#undef TEMPORAL_SLAB_CLASS
#undef TEMPORAL_SLAB_GLOBAL
#undef TEMPORAL_SLAB_FIGURE

// Of an epoch those that an operator looks at: with each incarnation's own series
// every further one costs one for each turn of the ring.
constexpr std::string_view kEpochNames[] = {
    "age_sec",           "closing_since_sec",  "refcount",
    "kept_refs",         "kept_oldest_sec",    "estimated_rss_bytes",
    "reclaimable_bytes", "live_objects",       "live_bytes",
    "carried_slabs",     "carried_objects",    "carried_bytes",
    "carried_eras",      "carried_slab_bytes", "carried_oldest_age_sec",
    "rss_before_close",  "rss_after_close",    "close_madvise_bytes",
};

bool is_shown(const Figure<Snapshot>&) { return true; }
bool is_shown(const Figure<ClassRow>&) { return true; }
bool is_shown(const Figure<EpochRow>& figure) {
  return std::find(std::begin(kEpochNames), std::end(kEpochNames), figure.field.name) !=
         std::end(kEpochNames);
}

// What a unit of the table becomes.
struct BaseUnit {
  std::string_view unit;
  std::string_view suffix;  // of the field's name
  std::string_view base;    // in its place
  unsigned digits;          // one unit is 10^-digits of the base unit
};
constexpr BaseUnit kBaseUnits[] = {
    {"ns", "_ns", "_seconds", 9},
    {"s", "_sec", "_seconds", 0},
    {"percent", "_pct", "_ratio", 2},
};

const BaseUnit* base_unit_of(const Field& field) {
  for (const BaseUnit& unit : kBaseUnits)
    if (unit.unit == field.unit && field.name.ends_with(unit.suffix)) return &unit;
  return nullptr;
}

std::string metric_name(std::string_view scope, const Field& field) {
  constexpr std::string_view kCount = "_count";
  std::string name(field.name);
  if (const BaseUnit* const unit = base_unit_of(field))
    name.replace(name.size() - unit->suffix.size(), name.npos, unit->base);
  else if (field.unit == "bytes" && name.find("bytes") == name.npos)
    name += "_bytes";
  if (field.kind == FieldKind::COUNTER)
    name += "_total";
  else if (name.ends_with(kCount))
    name.replace(name.size() - kCount.size(), name.npos, "s");
  return std::string(scope) + name;
}

// A source with the labels that all its series carry.
struct Shown {
  const Snapshot* snapshot;
  MetricLabels common;
};

std::string text_of(std::uint64_t value) { return decimal(value, 0); }

MetricLabels labels_of(const Snapshot&, EpochSeries) { return {}; }

MetricLabels labels_of(const ClassRow& row, EpochSeries) {
  return {{"class", text_of(row.class_index)}, {"object_size", text_of(row.object_size)}};
}

MetricLabels labels_of(const EpochRow& row, EpochSeries series) {
  MetricLabels labels = {{"epoch", text_of(row.epoch_id)}};
  if (series == EpochSeries::kSlot) return labels;
  labels.push_back({"era", text_of(row.epoch_era)});
  labels.push_back({"state", std::string(state_name(row.state))});
  return labels;
}

std::span<const Snapshot> rows_of(const Snapshot& s, const Snapshot*) { return {&s, 1}; }
std::span<const ClassRow> rows_of(const Snapshot& s, const ClassRow*) { return s.classes; }
std::span<const EpochRow> rows_of(const Snapshot& s, const EpochRow*) { return s.epochs; }

void add_labels(MetricLabels& labels, const MetricLabels& more) {
  labels.insert(labels.end(), more.begin(), more.end());
}

template <typename Row, std::size_t N>
void append_figures(Exposition& out, std::string_view scope, const Figure<Row> (&figures)[N],
                    std::span<const Shown> all, EpochSeries series) {
  for (const Figure<Row>& figure : figures) {
    if (figure.member == nullptr || figure.field.kind == FieldKind::INFO || !is_shown(figure))
      continue;
    out.family(metric_name(scope, figure.field),
               figure.field.kind == FieldKind::COUNTER ? MetricType::kCounter : MetricType::kGauge,
               figure.field.help);
    const BaseUnit* const unit = base_unit_of(figure.field);
    for (const Shown& shown : all)
      for (const Row& row : rows_of(*shown.snapshot, static_cast<const Row*>(nullptr))) {
        MetricLabels labels = labels_of(row, series);
        add_labels(labels, shown.common);
        out.sample(labels, decimal(row.*figure.member, unit == nullptr ? 0 : unit->digits));
      }
  }
}

void append_epoch_info(Exposition& out, std::span<const Shown> all,
                       const PrometheusOptions& options) {
  const bool slot = options.series == EpochSeries::kSlot;
  bool begun = false;  // a family has samples
  for (const Shown& shown : all)
    for (const EpochRow& row : shown.snapshot->epochs) {
      if (slot && !leaks_references(row, options.age_sec) && !leaks_objects(row, options.age_sec))
        continue;
      if (!begun)
        out.family("epoch_info", MetricType::kGauge,
                   slot ? "which incarnation leaks in the epoch, and its label; always 1"
                        : "which incarnation stands in the epoch, and its label; always 1");
      begun = true;
      MetricLabels labels = labels_of(row, EpochSeries::kEpoch);
      labels.push_back({"label", label_value(row.label)});
      add_labels(labels, shown.common);
      out.sample(labels, "1");
    }
}

void append_all(Exposition& out, std::span<const Shown> all, const PrometheusOptions& options) {
  if (all.empty()) return;
  append_figures(out, "", kGlobalFigures, all, options.series);
  append_figures(out, "class_", kClassFigures, all, options.series);
  append_epoch_info(out, all, options);
  append_figures(out, "epoch_", kEpochFigures, all, options.series);
}

MetricLabels name_label(const Snapshot& snapshot) {
  if (snapshot.allocator.empty()) return {};
  return {{"allocator", label_value(snapshot.allocator)}};
}

}  // namespace

std::string render_prometheus(const Snapshot& snapshot, const PrometheusOptions& options) {
  Exposition out(options.prefix);
  Shown shown = {&snapshot, name_label(snapshot)};
  add_labels(shown.common, options.labels);
  append_all(out, {&shown, 1}, options);
  return out.text();
}

void append_prometheus(Exposition& out, std::span<const PrometheusSource> sources,
                       const PrometheusOptions& options) {
  // Compared as they are written: two names may differ in bytes that no label keeps.
  std::map<std::pair<std::uint64_t, std::string>, std::size_t> alike;
  for (const PrometheusSource& source : sources)
    ++alike[{source.snapshot->pid, label_value(source.snapshot->allocator)}];
  std::vector<Shown> all;
  for (const PrometheusSource& source : sources) {
    const Snapshot& snapshot = *source.snapshot;
    MetricLabels common = name_label(snapshot);
    common.push_back({"pid", text_of(snapshot.pid)});
    common.push_back({"process", label_value(snapshot.process)});
    if (source.user) common.push_back({"user", text_of(*source.user)});
    if (alike[{snapshot.pid, label_value(snapshot.allocator)}] > 1)
      common.push_back({"segment", text_of(source.segment)});
    add_labels(common, options.labels);
    all.push_back({&snapshot, std::move(common)});
  }
  append_all(out, all, options);
}

}  // namespace temporal_slab::render
