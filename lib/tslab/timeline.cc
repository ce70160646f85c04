#include "tslab/timeline.h"

#include <algorithm>

#include "render/json.h"
#include "render/json_object.h"

namespace temporal_slab::tslab {
namespace {

using render::append_json_array;
using render::append_number;
using render::JsonObject;

std::uint64_t ms_of(const stats::Snapshot& snapshot) { return snapshot.timestamp_ns / 1'000'000; }

std::uint64_t state_of(const stats::EpochRow& row) {
  if (row.state == stats::EpochState::kActive) return 0;
  return row.total_partial_slabs == 0 && row.total_full_slabs == 0 ? 2 : 1;
}

// Two of the same thing at different times have one key.
std::string key_of(const render::Finding& finding) {
  std::string key(render::info_of(finding.kind).name);
  for (const render::Fact& fact : finding.facts)
    if (fact.info == &render::facts::kEpoch || fact.info == &render::facts::kEra)
      key.append(" ").append(std::to_string(fact.number));
  return key;
}

// By less than a fiftieth: no step that anybody would see.
bool is_near(std::uint64_t a, std::uint64_t b) {
  const std::uint64_t larger = std::max(a, b);
  return larger - std::min(a, b) <= larger / 50;
}

}  // namespace

void Timeline::add(const stats::Snapshot& snapshot) {
  const std::uint64_t time_ms = ms_of(snapshot);
  if (snapshots_ != 0 && (snapshot.pid != last_.pid || snapshot.allocator != last_.allocator ||
                          time_ms <= ms_of(last_))) {
    ++left_out_;
    return;
  }
  if (snapshots_++ == 0) first_ms_ = time_ms;
  last_ = snapshot;
  if ((snapshots_ - 1) % sample_stride_ == 0) samples_.push_back(render::sample_of(snapshot));
  if (samples_.size() > kMostSamples) thin_samples();
  for (auto& [key, one] : incarnations_) one.stands = false;
  for (const stats::EpochRow& row : snapshot.epochs) {
    const bool never_opened = row.epoch_era == 0 && row.age_sec == 0 && row.refcount == 0 &&
                              row.estimated_rss_bytes == 0 &&
                              row.epoch_id != snapshot.current_epoch;
    if (!never_opened) add_epoch(row, time_ms);
  }
  if (incarnations_.size() > kMostIncarnations) thin_incarnations();
  add_findings(snapshot, time_ms);
}

void Timeline::add_epoch(const stats::EpochRow& row, std::uint64_t time_ms) {
  const auto [entry, is_new] = incarnations_.try_emplace({row.epoch_id, row.epoch_era});
  Incarnation& one = entry->second;
  if (is_new) {
    one.first_ms = time_ms;
    one.opened_ms = time_ms - std::min(time_ms, row.age_sec * 1000);
  }
  one.last_ms = time_ms;
  one.stands = true;
  if (!row.label.empty()) one.label = row.label;
  one.most_bytes = std::max(one.most_bytes, row.estimated_rss_bytes);
  one.most_objects = std::max(one.most_objects, row.live_objects);
  one.most_refs = std::max(one.most_refs, row.refcount);
  for (const stats::HolderRow& holder : row.holders) {
    std::uint64_t& refs = one.holders[{holder.tid, holder.thread, holder.site}];
    refs = std::max(refs, holder.refs);
  }
  const Step step = {time_ms, state_of(row), row.estimated_rss_bytes, row.refcount,
                     row.carried_slabs};
  if (!one.steps.empty()) {
    const Step& before = one.steps.back();
    if (before.state == step.state && before.refcount == step.refcount &&
        before.carried_slabs == step.carried_slabs && is_near(before.bytes, step.bytes))
      return;
    if (steps_ >= kMostSteps) return;
  }
  one.steps.push_back(step);
  ++steps_;
}

void Timeline::add_findings(const stats::Snapshot& snapshot, std::uint64_t time_ms) {
  for (render::Finding& finding : render::find(snapshot, thresholds_)) {
    std::string key = key_of(finding);
    auto entry = found_.find(key);
    if (entry == found_.end()) {
      if (found_.size() >= kMostFindings) continue;
      entry = found_.emplace(std::move(key), Found{time_ms, time_ms, finding}).first;
    }
    entry->second.last_ms = time_ms;
    entry->second.finding = std::move(finding);
  }
}

void Timeline::thin_samples() {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < samples_.size(); i += 2) samples_[kept++] = std::move(samples_[i]);
  samples_.resize(kept);
  sample_stride_ *= 2;
}

void Timeline::thin_incarnations() {
  // From those that say least: gone, never referenced, seen for the shortest time.
  std::vector<std::pair<std::tuple<bool, std::uint64_t, std::uint64_t>, Key>> order;
  for (const auto& [key, one] : incarnations_)
    if (!one.stands)
      order.push_back({{one.most_refs != 0, one.last_ms - one.first_ms, one.most_bytes}, key});
  std::sort(order.begin(), order.end());
  order.resize(std::min(order.size(), kMostIncarnations / 2));
  for (const auto& [rank, key] : order) {
    steps_ -= incarnations_[key].steps.size();
    incarnations_.erase(key);
  }
  short_ones_ += order.size();
}

std::string Timeline::json() const {
  std::string out;
  JsonObject all(out);
  all.number("snapshots", snapshots_);
  all.number("left_out", left_out_);
  all.number("short_incarnations", short_ones_);
  all.number("first_ms", first_ms_);
  all.number("last_ms", ms_of(last_));
  render::append_json(all.name("last"), last_);
  // The last moment is drawn whatever was thinned.
  std::vector<render::Sample> samples = samples_;
  if (snapshots_ != 0 && samples.back().time_ms != ms_of(last_))
    samples.push_back(render::sample_of(last_));
  append_json_array(all.name("samples"), samples,
                    [&out](const render::Sample& sample) { render::append_json(out, sample); });
  append_json_array(all.name("incarnations"), incarnations_, [&out](const auto& entry) {
    const Incarnation& one = entry.second;
    JsonObject row(out);
    row.number("epoch_id", entry.first.first);
    row.number("epoch_era", entry.first.second);
    row.text("label", one.label);
    row.number("opened_ms", one.opened_ms);
    row.number("first_ms", one.first_ms);
    row.number("last_ms", one.last_ms);
    row.number("stands", one.stands ? 1 : 0);
    row.number("most_bytes", one.most_bytes);
    row.number("most_objects", one.most_objects);
    row.number("most_refs", one.most_refs);
    append_json_array(row.name("steps"), one.steps, [&out](const Step& step) {
      const std::uint64_t numbers[] = {step.time_ms, step.state, step.bytes, step.refcount,
                                       step.carried_slabs};
      append_json_array(out, numbers, [&out](std::uint64_t number) { append_number(out, number); });
    });
    append_json_array(row.name("holders"), one.holders, [&out](const auto& holder) {
      JsonObject who(out);
      who.number("tid", std::get<0>(holder.first));
      who.text("thread", std::get<1>(holder.first));
      who.number("refs", holder.second);
      who.text("site", std::get<2>(holder.first));
    });
  });
  append_json_array(all.name("findings"), found_, [&out](const auto& entry) {
    JsonObject row(out);
    row.number("first_ms", entry.second.first_ms);
    row.number("last_ms", entry.second.last_ms);
    render::append_json(row.name("finding"), entry.second.finding);
  });
  return out;
}

}  // namespace temporal_slab::tslab
