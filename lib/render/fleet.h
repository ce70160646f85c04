// Snapshot -> what a list of processes says of each: `tslab ps`, and the page of
// `tslab serve`.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "render/finding_kinds.h"
#include "stats/snapshot.h"

namespace temporal_slab::render {

struct FleetFigures {
  std::uint64_t live_objects = 0;
  std::uint64_t live_bytes = 0;
  std::uint64_t slab_bytes = 0;  // of all slabs mapped, warm ones too
  std::uint64_t rss_bytes = 0;   // of the whole process; 0 when it is dead

  // The current one, and those with references, objects or slabs.
  std::uint64_t epochs_in_use = 0;
  std::uint64_t epoch_count = 0;

  std::uint64_t references = 0;
  std::uint64_t oldest_reference_sec = 0;  // the age of the oldest epoch with references
  std::uint64_t findings = 0;
};

// What a list of processes can be sorted by.
struct FleetKey {
  std::string_view name;
  std::uint64_t FleetFigures::*member;
  std::string_view help;
  std::string_view column = "";  // of bytes, for a key that `tslab ps` shows only when asked for
};

inline constexpr std::array kFleetKeys = {
    FleetKey{"live_bytes", &FleetFigures::live_bytes, "bytes of live objects"},
    FleetKey{"slab_bytes", &FleetFigures::slab_bytes, "bytes of all slabs, warm ones too"},
    FleetKey{"rss_bytes", &FleetFigures::rss_bytes,
             "resident bytes of the process, in a column of its own", "RSS"},
    FleetKey{"epochs_in_use", &FleetFigures::epochs_in_use,
             "the current epoch, and those with references, objects or slabs"},
    FleetKey{"references", &FleetFigures::references, "references on all epochs"},
    FleetKey{"oldest_reference_sec", &FleetFigures::oldest_reference_sec,
             "age of the oldest epoch with references"},
    FleetKey{"findings", &FleetFigures::findings, "what doctor finds with this --age"},
};

FleetFigures fleet_figures(const stats::Snapshot& snapshot, const Thresholds& thresholds);

// True if the epoch is the current one, or has references, objects or slabs.
bool is_in_use(const stats::Snapshot& snapshot, const stats::EpochRow& row);

}  // namespace temporal_slab::render
