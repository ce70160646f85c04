// What the page of `tslab serve` shows: the published allocators of this user once a
// second, and what they did in the last ten minutes.
//
// A process that dies is not forgotten. If it left its segment it is dead and goes on
// being read; if it took that with it, its last figures stand for ten minutes.
//
// Threads. Any thread may call anything at any time; one works, the others wait. However
// many ask, all segments are read once a second.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <tuple>

#include "render/finding_kinds.h"
#include "render/fleet.h"
#include "render/sample.h"
#include "stats/discovery.h"
#include "tslab/site_names.h"

namespace temporal_slab::tslab {

class Feed {
 public:
  static constexpr std::chrono::seconds kPeriod{1};
  static constexpr std::uint64_t kHistoryMs = 600'000;
  static constexpr std::size_t kMostHistoryBytes = 64 << 20;
  static constexpr std::size_t kMostEnded = 64;  // of those that left nothing to read

  explicit Feed(const render::Thresholds& thresholds) : thresholds_(thresholds) {}

  // Reads them, unless that was done in this second of the steady clock already.
  void refresh();

  // One line of JSON: what stands in this second. `key` ("PID.N" of the segment's name)
  // says of which allocator all of the snapshot and its findings are told, `history` that
  // also its last ten minutes are. An unknown key is told as none.
  std::string state(const std::string& key, bool history);

 private:
  // A segment's name with the time of its creation: a pid that is used again is another.
  using Id = std::tuple<pid_t, std::uint32_t, std::uint64_t>;

  struct Allocator {
    stats::Published published;
    std::string state;   // alive, dead, ended, unreadable
    std::string reason;  // of unreadable
    stats::Snapshot snapshot;
    render::FleetFigures figures;
    std::deque<render::Sample> history;
    std::uint64_t seen_ms = 0;  // the last time that its segment was there
  };

  void read(const stats::Published& published, std::uint64_t now_ms);
  void remember(Allocator* one);
  void forget(std::uint64_t now_ms);
  void drop_oldest(Allocator* one);
  void append_row(std::string& out, const std::string& key, const Allocator& one) const;
  void append_watched(std::string& out, const std::string& key, Allocator& one, bool history);

  const render::Thresholds thresholds_;
  std::mutex mutex_;
  std::int64_t second_ = -1;  // of the steady clock
  std::uint64_t time_ms_ = 0;
  std::string error_;  // why they cannot be listed
  std::map<Id, Allocator> all_;
  std::size_t history_bytes_ = 0;
  SiteNames names_;
};

}  // namespace temporal_slab::tslab
