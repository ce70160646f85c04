// One atomic object: its modification order, as far back as it is kept.
#pragma once

#include <array>
#include <cstdint>

#include "temporal_slab_explorer/clock.h"
#include "temporal_slab_explorer/where.h"

namespace temporal_slab::explorer {

// Stores kept of each object. Older ones can be read no more, so that behaviours which need a
// longer memory are not explored.
inline constexpr int kHistory = 16;

struct Store {
  std::uint64_t value = 0;
  std::int32_t serial = 0;  // how many stores the run had made, this one included; 0: initial value
  std::int32_t thread = 0;
  bool rmw = false;  // reads its predecessor in the order: nothing ever comes between the two
  Clock sync;        // what an acquire that reads it learns
  Clock seen;        // first event of each thread that wrote or read it
  Clock read;        // first event of each thread that read it
  Clock seen_sc;     // the same of seq_cst accesses, as numbers in S
  // Numbers in S that must precede all seq_cst events that are coherence-ordered after ...
  Clock out;          // ... the store,
  Clock readers_out;  // ... one of its readers.
};

struct Location {
  std::array<Store, kHistory> slots;
  std::array<std::uint8_t, kHistory> order{};  // modification order: slots, oldest first
  int count = 0;
  Clock forgotten_out;  // `out` and `readers_out` of the stores that are kept no more

  std::int32_t born_thread = 0;
  std::int32_t born_index = 0;
  Clock touched;  // last event of each thread that used it
  // What each thread read last, and how often it had yielded by then.
  std::array<std::int32_t, kMaxThreads> read_serial{};
  std::array<std::int32_t, kMaxThreads> read_yields{};

  Store& level(int k) { return slots[order[static_cast<unsigned>(k)]]; }
  const Store& level(int k) const { return slots[order[static_cast<unsigned>(k)]]; }
  const Store& newest() const { return level(count - 1); }
  bool feeds_rmw(int k) const { return k + 1 < count && level(k + 1).rmw; }
};

}  // namespace temporal_slab::explorer
