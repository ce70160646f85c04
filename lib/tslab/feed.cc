#include "tslab/feed.h"

#include <algorithm>
#include <vector>

#include "render/findings.h"
#include "render/json.h"
#include "render/json_object.h"

namespace temporal_slab::tslab {
namespace {

using render::append_json_array;
using render::append_number;
using render::JsonObject;

constexpr std::size_t kSparkPoints = 40;

std::uint64_t now_ms() {
  using namespace std::chrono;
  return static_cast<std::uint64_t>(
      duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count());
}

std::string key_of(const stats::Published& published) {
  return std::to_string(published.pid) + "." + std::to_string(published.number);
}

void append_line(std::string& out, std::string line) {
  while (!line.empty() && line.back() == '\n') line.pop_back();
  out += line;
}

}  // namespace

void Feed::refresh() {
  const std::lock_guard lock(mutex_);
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  const std::int64_t second = std::chrono::duration_cast<std::chrono::seconds>(now).count();
  if (second == second_) return;
  second_ = second;
  time_ms_ = now_ms();
  std::vector<stats::Published> list;
  error_.clear();
  if (!stats::list_published(&list, &error_)) return;  // what was known stands
  for (const stats::Published& published : list) read(published, time_ms_);
  forget(time_ms_);
}

void Feed::read(const stats::Published& published, std::uint64_t now) {
  const Id id = {published.pid, published.number, published.identity.created_realtime_ns};
  Allocator& one = all_[id];
  one.published = published;
  one.seen_ms = now;
  if (!published.error.empty()) {
    one.state = "unreadable";
    one.reason = published.error;
    return;
  }
  std::string error;
  stats::OpenSegment segment;
  stats::Snapshot snapshot;
  // Its figures of before stand while it cannot be read.
  if (!stats::open_listed(published, &segment, &error) || !segment.snapshot(&snapshot, &error)) {
    one.state = "unreadable";
    one.reason = error;
    return;
  }
  one.snapshot = std::move(snapshot);
  one.figures = render::fleet_figures(one.snapshot, thresholds_);
  one.state = published.alive ? "alive" : "dead";
  one.reason.clear();
  if (published.alive) remember(&one);
}

void Feed::remember(Allocator* one) {
  one->history.push_back(render::sample_of(one->snapshot));
  history_bytes_ += one->history.back().size();
}

void Feed::drop_oldest(Allocator* one) {
  history_bytes_ -= one->history.front().size();
  one->history.pop_front();
}

void Feed::forget(std::uint64_t now) {
  std::size_t ended = 0;
  for (auto& [id, one] : all_) {
    if (one.seen_ms != now) one.state = "ended";
    ended += one.state == "ended" ? 1 : 0;
    // Of one that does not live any more, ten minutes up to its end.
    const std::uint64_t end = one.history.empty() ? 0 : one.history.back().time_ms;
    while (!one.history.empty() && one.history.front().time_ms + kHistoryMs < end)
      drop_oldest(&one);
  }
  for (auto it = all_.begin(); it != all_.end();) {
    Allocator& one = it->second;
    const bool goes = one.state == "ended" && (ended > kMostEnded || one.figures.epoch_count == 0 ||
                                               one.seen_ms + kHistoryMs < now);
    if (!goes) {
      ++it;
      continue;
    }
    --ended;
    while (!one.history.empty()) drop_oldest(&one);
    it = all_.erase(it);
  }
  while (history_bytes_ > kMostHistoryBytes) {
    const auto longest =
        std::max_element(all_.begin(), all_.end(), [](const auto& a, const auto& b) {
          return a.second.history.size() < b.second.history.size();
        });
    drop_oldest(&longest->second);
  }
}

void Feed::append_row(std::string& out, const std::string& key, const Allocator& one) const {
  const stats::Published& published = one.published;
  const render::FleetFigures& figures = one.figures;
  JsonObject row(out);
  row.text("key", key);
  row.number("pid", static_cast<std::uint64_t>(published.pid));
  row.number("segment", published.number);
  row.text("process", published.identity.process);
  row.text("allocator", published.identity.allocator);
  row.text("version", published.identity.version);
  row.text("state", one.state);
  row.text("reason", one.reason);
  row.number("uptime_sec", published.uptime_sec);
  row.number("seen_ms", one.seen_ms);
  row.number("live_objects", figures.live_objects);
  row.number("live_bytes", figures.live_bytes);
  row.number("slab_bytes", figures.slab_bytes);
  row.number("rss_bytes", figures.rss_bytes);
  row.number("epochs_in_use", figures.epochs_in_use);
  row.number("epoch_count", figures.epoch_count);
  row.number("references", figures.references);
  row.number("oldest_reference_sec", figures.oldest_reference_sec);
  row.number("findings", figures.findings);
  // So many of its samples that a small picture shows how it went, the last one among them.
  std::vector<std::uint64_t> spark;
  const std::size_t step = one.history.size() / kSparkPoints + 1;
  for (std::size_t back = 0; back < one.history.size(); back += step)
    spark.push_back(one.history[one.history.size() - 1 - back].slab_bytes);
  std::reverse(spark.begin(), spark.end());
  append_json_array(row.name("spark"), spark, [&out](std::uint64_t v) { append_number(out, v); });
}

void Feed::append_watched(std::string& out, const std::string& key, Allocator& one, bool history) {
  JsonObject watched(out);
  watched.text("key", key);
  names_.apply(&one.snapshot);
  render::append_json(watched.name("snapshot"), one.snapshot);
  append_line(watched.name("doctor"),
              render::render_findings_json(one.snapshot, render::find(one.snapshot, thresholds_),
                                           thresholds_));
  if (!history) return;
  append_json_array(watched.name("history"), one.history,
                    [&out](const render::Sample& sample) { render::append_json(out, sample); });
}

std::string Feed::state(const std::string& key, bool history) {
  refresh();
  const std::lock_guard lock(mutex_);
  std::string out;
  {
    JsonObject state(out);
    state.number("time_ms", time_ms_);
    state.text("error", error_);
    append_json_array(state.name("processes"), all_, [&](const auto& entry) {
      append_row(out, key_of(entry.second.published), entry.second);
    });
    Allocator* watched = nullptr;
    for (auto& [id, one] : all_)  // of two with one name the one that was made last
      if (key_of(one.published) == key && one.figures.epoch_count != 0) watched = &one;
    if (watched != nullptr) append_watched(state.name("watched"), key, *watched, history);
  }
  return out;
}

}  // namespace temporal_slab::tslab
