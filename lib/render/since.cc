#include "render/since.h"

#include <algorithm>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

#include "render/field_table.h"
#include "render/text.h"
#include "render/visit_fields.h"

namespace temporal_slab::render {
namespace {

// The figures of a row's counters in the order of the table, and their names.
struct Counter {
  std::string_view name;
  std::uint64_t value;
};

template <typename Row>
std::vector<Counter> counters_of(const Row& row, std::span<const Field> fields) {
  std::vector<Counter> counters;
  visit_fields(row, [&](std::string_view name, const auto& value) {
    const bool counter = fields.front().kind == FieldKind::COUNTER;
    fields = fields.subspan(1);
    if constexpr (std::is_same_v<decltype(value), const std::uint64_t&>)
      if (counter) counters.push_back({name, value});
  });
  return counters;
}

template <typename Row>
void subtract(Row& row, const Row& before, std::span<const Field> fields) {
  const std::vector<Counter> counters = counters_of(before, fields);
  std::size_t next = 0;
  visit_fields(row, [&](std::string_view name, auto& value) {
    if constexpr (std::is_same_v<decltype(value), std::uint64_t&>)
      if (next < counters.size() && counters[next].name == name)
        value -= std::min(value, counters[next++].value);
  });
}

}  // namespace

std::string why_not_since(const stats::Snapshot& now, const stats::Snapshot& before) {
  if (now.pid != before.pid)
    return "the process was replaced: pid " + std::to_string(before.pid) + " is now " +
           std::to_string(now.pid);
  if (now.allocator != before.allocator)
    return "the allocators differ: \"" + before.allocator + "\" and \"" + now.allocator + "\"";
  if (now.timestamp_ns < before.timestamp_ns) return "the earlier snapshot is the later one";
  const std::vector<Counter> after = counters_of(now, kGlobalFields);
  const std::vector<Counter> first = counters_of(before, kGlobalFields);
  for (std::size_t i = 0; i < after.size(); ++i)
    if (after[i].value < first[i].value)
      return "the process was replaced: " + std::string(after[i].name) + " fell from " +
             std::to_string(first[i].value) + " to " + std::to_string(after[i].value);
  return "";
}

stats::Snapshot since(const stats::Snapshot& now, const stats::Snapshot& before) {
  stats::Snapshot out = now;
  subtract(out, before, kGlobalFields);
  for (std::size_t i = 0; i < std::min(out.classes.size(), before.classes.size()); ++i)
    subtract(out.classes[i], before.classes[i], kClassFields);
  std::erase_if(out.abandoned, [&](const stats::AbandonedRow& record) {
    return std::any_of(
        before.abandoned.begin(), before.abandoned.end(), [&](const stats::AbandonedRow& old) {
          return old.epoch_id == record.epoch_id && old.epoch_era == record.epoch_era;
        });
  });
  return out;
}

}  // namespace temporal_slab::render
