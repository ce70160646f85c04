#include "capi/truth_support.h"

#include <pthread.h>

#include <string_view>
#include <type_traits>

#include "capi/rules_support.h"
#include "render/field_table.h"
#include "render/visit_fields.h"
#include "stats/saturating.h"
#include "stats/segment_reader.h"

namespace temporal_slab::rules {
namespace {

// No figure of a test comes near; one that went below zero is past it.
constexpr std::uint64_t kWrapped = std::uint64_t{1} << 62;
constexpr std::uint64_t kWrappedAgeSec = 1'000'000'000;

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

std::string fault_of_label(const std::string& label, std::uint64_t era) {
  const std::size_t half = label.size() / 2;
  const std::string begin = name_of_era(era) + ".";
  if (label.empty() || (label.starts_with(begin) && label[half] == ' ' &&
                        label.substr(0, half) == label.substr(half + 1)))
    return "";
  return "label \"" + label + "\" in era " + std::to_string(era);
}

// Of an epoch's row, or of what is left of one that was taken over.
template <typename Row>
std::string fault_of_names(const Row& row) {
  if (std::string fault = fault_of_label(row.label, row.epoch_era); !fault.empty()) return fault;
  if (row.age_sec >= kWrappedAgeSec) return "age " + std::to_string(row.age_sec);
  const std::string name = name_of_era(row.epoch_era);
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

template <typename Row>
std::string where(const Row& row) {
  return " in epoch " + std::to_string(row.epoch_id) + " of era " + std::to_string(row.epoch_era);
}

std::uint32_t object_bytes(std::uint64_t era) {
  return kClassBytes[era / kEpochs % kClassBytes.size()];
}

}  // namespace

std::string name_of_era(std::uint64_t era) { return "e" + std::to_string(era); }

std::string label_of_era(std::uint64_t era, std::uint32_t i) {
  const std::string half = name_of_era(era) + "." + std::to_string(i);
  return half + " " + half;
}

void Incarnations::turn() {
  const EpochId next = (epoch_current(allocator_) + 1) % kEpochs;
  for (const SlabEpochRef reference : references_[next])
    if (!left_) slab_epoch_release(allocator_, reference);
  for (void* object : objects_[next]) slab_free(allocator_, object);
  references_[next].clear();
  objects_[next].clear();
  epoch_advance(allocator_);
  const std::uint64_t era = slab_epoch_era(allocator_, next);
  pthread_setname_np(pthread_self(), name_of_era(era).c_str());
  for (std::uint32_t i = 10; i < 13; ++i) {
    slab_epoch_set_label(allocator_, next, label_of_era(era, i).c_str());
    references_[next].push_back(slab_epoch_acquire(allocator_));
    objects_[next].push_back(slab_malloc(allocator_, object_bytes(era)));
  }
}

std::string fault_of_turned(const stats::Snapshot& snapshot) {
  if (snapshot.epochs[snapshot.current_epoch].state != stats::EpochState::kActive)
    return "the current epoch is closed";
  for (const stats::EpochRow& row : snapshot.epochs) {
    if (row.live_bytes != row.live_objects * object_bytes(row.epoch_era))
      return std::to_string(row.live_objects) + " objects of " + std::to_string(row.live_bytes) +
             " bytes" + where(row);
    if (row.carried_slabs != 0) return "carried slabs" + where(row);
    if (row.slow_path_hits > 1) return "another incarnation's slow path" + where(row);
    if (row.state == stats::EpochState::kActive &&
        (row.rss_before_close | row.rss_after_close | row.close_madvise_bytes) != 0)
      return "another incarnation's close" + where(row);
    if (row.epoch_era % kEpochs != row.epoch_id && row.epoch_era != 0) return "an era" + where(row);
  }
  return "";
}

std::string Openings::fault_of(const stats::Segment* segment) {
  for (EpochId epoch = 0; epoch < kEpochs; ++epoch) {
    const stats::EpochIdentity now = stats::read_epoch_identity(segment, epoch);
    if (std::string fault = fault_of_label({now.label, now.label_length}, now.era); !fault.empty())
      return fault;
    Opening& last = last_[epoch];
    const bool in_order = now.era == last.era
                              ? last.opened_ns == 0 || last.opened_ns == now.opened_ns
                              : now.era > last.era && now.opened_ns > last.opened_ns;
    if (!in_order)
      return "era " + std::to_string(last.era) + " opened at " + std::to_string(last.opened_ns) +
             ", then era " + std::to_string(now.era) + " at " + std::to_string(now.opened_ns);
    last = {now.era, now.opened_ns};
  }
  return "";
}

std::string fault_of(const stats::Snapshot& snapshot) {
  std::string fault = wrapped(snapshot);
  for (const stats::ClassRow& row : snapshot.classes)
    if (fault.empty()) fault = wrapped(row);
  for (const stats::EpochRow& row : snapshot.epochs) {
    if (fault.empty()) fault = wrapped(row);
    if (const std::string mixed = fault_of_names(row); fault.empty() && !mixed.empty())
      fault = mixed + where(row);
  }
  for (const stats::AbandonedRow& row : snapshot.abandoned)
    if (const std::string mixed = fault_of_names(row); fault.empty() && !mixed.empty())
      fault = mixed + " abandoned" + where(row);
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
