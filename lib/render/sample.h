// Snapshot -> the few figures of it that are drawn over time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "stats/snapshot.h"

namespace temporal_slab::render {

struct Sample {
  std::uint64_t time_ms = 0;  // CLOCK_REALTIME
  std::uint64_t live_bytes = 0;
  std::uint64_t slab_bytes = 0;  // of all slabs mapped, warm ones too
  std::uint64_t rss_bytes = 0;   // of the whole process
  std::uint64_t allocs = 0;
  std::uint64_t frees = 0;
  std::uint64_t references = 0;
  std::uint64_t closes = 0;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> epochs;  // with bytes: id, bytes

  // Of memory, for those who keep many.
  std::size_t size() const { return sizeof *this + epochs.size() * sizeof epochs[0]; }
};

Sample sample_of(const stats::Snapshot& snapshot);

// As a JSON object with these names.
void append_json(std::string& out, const Sample& sample);

}  // namespace temporal_slab::render
