// Snapshots of one allocator, one after the other -> what became of each incarnation, and
// when what was found: what `tslab report` draws.
//
// Memory is bounded whatever comes: of too many samples every second one goes, of too many
// incarnations the short ones without references, of too many steps those that would follow.
// What was left out is counted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "render/findings.h"
#include "render/sample.h"
#include "stats/snapshot.h"

namespace temporal_slab::tslab {

class Timeline {
 public:
  static constexpr std::size_t kMostSamples = 4000;
  static constexpr std::size_t kMostIncarnations = 2000;
  static constexpr std::size_t kMostSteps = 100'000;  // of all incarnations together
  static constexpr std::size_t kMostFindings = 1000;

  explicit Timeline(const render::Thresholds& thresholds) : thresholds_(thresholds) {}

  // Of another allocator than the first one, or not later than the one before: left out.
  void add(const stats::Snapshot& snapshot);

  std::size_t snapshots() const { return snapshots_; }
  const stats::Snapshot& last() const { return last_; }

  // One JSON object, without a newline: what was added.
  std::string json() const;

 private:
  // What an incarnation is in between two snapshots. DRAINED: closing, and no slab of its own
  // holds an object.
  struct Step {
    std::uint64_t time_ms;
    std::uint64_t state;  // 0 ACTIVE, 1 CLOSING, 2 DRAINED
    std::uint64_t bytes;
    std::uint64_t refcount;
    std::uint64_t carried_slabs;
  };

  struct Incarnation {
    std::string label;
    std::uint64_t opened_ms = 0;
    std::uint64_t first_ms = 0;  // seen from here
    std::uint64_t last_ms = 0;   // to here
    bool stands = true;          // at the end
    std::uint64_t most_bytes = 0;
    std::uint64_t most_objects = 0;
    std::uint64_t most_refs = 0;
    std::vector<Step> steps;
    std::map<std::tuple<std::uint64_t, std::string, std::string>, std::uint64_t>
        holders;  // tid, thread, site -> most references
  };

  struct Found {
    std::uint64_t first_ms = 0;
    std::uint64_t last_ms = 0;
    render::Finding finding;  // as it was last
  };

  void add_epoch(const stats::EpochRow& row, std::uint64_t time_ms);
  void add_findings(const stats::Snapshot& snapshot, std::uint64_t time_ms);
  void thin_samples();
  void thin_incarnations();

  const render::Thresholds thresholds_;
  std::size_t snapshots_ = 0;
  std::size_t left_out_ = 0;    // snapshots
  std::size_t short_ones_ = 0;  // incarnations that are not told
  std::size_t steps_ = 0;
  std::size_t sample_stride_ = 1;
  std::uint64_t first_ms_ = 0;
  stats::Snapshot last_;
  std::vector<render::Sample> samples_;
  using Key = std::pair<std::uint64_t, std::uint64_t>;  // epoch, era
  std::map<Key, Incarnation> incarnations_;
  std::map<std::string, Found> found_;
};

}  // namespace temporal_slab::tslab
