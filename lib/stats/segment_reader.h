// Reading a segment: the allocator's own and those of other processes go through
// the same code, which trusts no byte of it (R-2.6-3).
//
// Threads. Nothing here takes a lock or stops a writer (R-3-5). Any thread may
// call anything at any time, also in a process that reads what another writes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "stats/publisher.h"
#include "stats/segment_layout.h"
#include "stats/segment_view.h"
#include "stats/snapshot.h"

namespace temporal_slab::stats {

// What a snapshot takes from outside the segment.
struct ReadContext {
  std::uint64_t now_monotonic_ns = 0;  // what ages are counted to, by the clock of its process
  std::uint64_t now_realtime_ns = 0;
  std::uint64_t rss_bytes = 0;  // of its process; 0 when it is dead, or not known
  std::uint64_t uptime_sec = 0;
  Liveness liveness = {Life::kAlive, ""};
  std::uint64_t last_known_realtime_ns = 0;  // the moment of ages when it is not now; else 0
};

// The clocks of now, with these resident bytes.
ReadContext read_context(std::uint64_t rss_bytes);

// Who a segment belongs to. Texts are well-formed UTF-8; control characters may
// stand in them.
struct SegmentIdentity {
  std::uint64_t pid = 0;
  std::uint64_t created_realtime_ns = 0;
  std::uint64_t active_ns = 0;
  std::string version;
  std::string process;
  std::string allocator;
};

// False with one line of `error` that says what is wrong and what is allowed.
bool read_identity(const SegmentView& view, SegmentIdentity* out, std::string* error);

// Takes a snapshot. Each of its rows is of one incarnation (R-3-3), every figure
// saturates at 0 and 2^64 - 1 (R-3-1), and while no thread is inside a call the
// sums agree (R-3-4). It uses malloc, boundedly. False as above; `*out` is then
// of no use.
bool read_snapshot(const SegmentView& view, const ReadContext& context, Snapshot* out,
                   std::string* error);

// The incarnation that stands in an epoch, at one instant.
struct EpochIdentity {
  std::uint64_t era = 0;
  std::uint64_t opened_ns = 0;  // CLOCK_MONOTONIC; 0: never opened
  EpochState state = EpochState::kActive;
  std::uint64_t refcount = 0;
  std::uint32_t label_length = 0;
  char label[kLabelBytes] = {};
};

// What one size class has in that incarnation.
struct EpochClassFigures {
  std::uint64_t live_objects = 0;  // carried ones included
  std::uint64_t partial_slabs = 0;
  std::uint64_t full_slabs = 0;
  std::uint64_t reclaimable_slabs = 0;
  std::uint64_t carried_slabs = 0;
};

// How many references stand on an epoch, of a segment of this process: no malloc, no lock.
// `exact`: at one instant after the call's start (R-2.3-1); else other threads took and dropped
// some during each of the tries, and it is how many there can have been.
struct Refcount {
  std::uint64_t refs = 0;
  std::uint64_t version = 0;  // of the epoch's place
  bool exact = false;
};
Refcount read_refcount(const Segment* segment, std::uint32_t epoch);

// For a segment of this process, which is believed: no malloc, no failure. A read
// that meets a change of incarnation or label begins anew, so it is lock-free: it
// can only be delayed by writers that get on. `epoch` is one of its ring and
// `class_index` below kMaxClasses.
EpochIdentity read_epoch_identity(const Segment* segment, std::uint32_t epoch);
EpochIdentity read_epoch_class(const Segment* segment, std::uint32_t epoch,
                               std::uint32_t class_index, EpochClassFigures* figures);

}  // namespace temporal_slab::stats
