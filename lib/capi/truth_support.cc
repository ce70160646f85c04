#include "capi/truth_support.h"

#include <string_view>
#include <type_traits>
#include <vector>

#include "render/field_table.h"
#include "render/visit_fields.h"
#include "stats/saturating.h"

namespace temporal_slab::rules {
namespace {

// No figure of a test comes near; one that went below zero is past it.
constexpr std::uint64_t kWrapped = std::uint64_t{1} << 62;

template <typename Row>
std::string wrapped(const Row& row) {
  std::string fault;
  render::visit_fields(row, [&](std::string_view name, const auto& value) {
    if constexpr (std::is_same_v<decltype(value), const std::uint64_t&>)
      if (value >= kWrapped) fault = std::string(name) + " is " + std::to_string(value);
  });
  return fault;
}

// The values of a row's counters, by the table of its fields.
template <typename Row>
std::vector<std::uint64_t> counters_of(const Row& row, const render::Field* fields) {
  std::vector<std::uint64_t> values;
  render::visit_fields(row, [&](std::string_view, const auto& value) {
    const render::FieldKind kind = (fields++)->kind;
    if constexpr (std::is_same_v<decltype(value), const std::uint64_t&>)
      values.push_back(kind == render::FieldKind::COUNTER ? value : 0);
    else
      values.push_back(0);
  });
  return values;
}

template <typename Row>
std::string fallen(const Row& before, const Row& after, const render::Field* fields) {
  const auto was = counters_of(before, fields);
  const auto is = counters_of(after, fields);
  for (std::size_t i = 0; i < was.size(); ++i)
    if (is[i] < was[i])
      return std::string(fields[i].name) + " fell from " + std::to_string(was[i]) + " to " +
             std::to_string(is[i]);
  return "";
}

std::string fault_of_epoch(const stats::EpochRow& row) {
  const std::string name = name_of_era(row.epoch_era);
  if (!row.label.empty() && !row.label.starts_with(name + "."))
    return "label \"" + row.label + "\"";
  std::uint64_t refs = 0;
  for (const stats::HolderRow& holder : row.holders) {
    if (holder.thread != name) return "holder \"" + holder.thread + "\"";
    if (holder.site.empty()) return "a holder without a site";
    if (holder.refs == 0) return "a holder of nothing";
    refs = stats::sum(refs, holder.refs);
  }
  return refs == row.refcount ? ""
                              : "refcount " + std::to_string(row.refcount) + ", its holders hold " +
                                    std::to_string(refs);
}

}  // namespace

std::string name_of_era(std::uint64_t era) { return "e" + std::to_string(era); }

std::string fault_of(const stats::Snapshot& snapshot) {
  std::string fault = wrapped(snapshot);
  for (const stats::ClassRow& row : snapshot.classes)
    if (fault.empty()) fault = wrapped(row);
  for (const stats::EpochRow& row : snapshot.epochs) {
    if (fault.empty()) fault = wrapped(row);
    if (const std::string mixed = fault_of_epoch(row); fault.empty() && !mixed.empty())
      fault = mixed + " in epoch " + std::to_string(row.epoch_id) + " of era " +
              std::to_string(row.epoch_era);
  }
  return fault;
}

std::string fallen_counter(const stats::Snapshot& before, const stats::Snapshot& after) {
  std::string fault = fallen(before, after, render::kGlobalFields);
  for (std::size_t i = 0; fault.empty() && i < after.classes.size(); ++i)
    fault = fallen(before.classes[i], after.classes[i], render::kClassFields);
  for (std::size_t i = 0; fault.empty() && i < after.epochs.size(); ++i) {
    const stats::EpochRow& was = before.epochs[i];
    const stats::EpochRow& is = after.epochs[i];
    if (is.epoch_era < was.epoch_era) return "an era fell";
    if (is.epoch_era == was.epoch_era) fault = fallen(was, is, render::kEpochFields);
  }
  return fault;
}

}  // namespace temporal_slab::rules
