// The ring of epochs: which one is current, eras, states, references, labels.
// Its memory is the segment, so what an operator sees is what decides.
//
// Threads. The allocator's mutex guards every call; readers without it use
// stats/segment_reader.h.
//
// Invariants.
//  1. Exactly one epoch is current, and it is ACTIVE (R-2.2-4, R-2.2-5).
//  2. The n-th opening after the first has era n, without gaps.
//  3. The refcount of an incarnation is the sum of what its holders hold.
//  4. Heaps count references on an epoch only while it is not shared, and it stays so
//     until its incarnation ends.
//
// Whoever asks what other threads hold (refcount, next, open, dec of what the caller does
// not hold itself) has them stopped, unless the epoch is shared.
#pragma once

#include <cstdint>
#include <string_view>

#include "epoch/holders.h"
#include "stats/segment_write.h"
#include "stats/snapshot.h"

namespace temporal_slab::epoch {

inline constexpr std::uint32_t kEpochCount = stats::kEpochCount;

class Ring {
 public:
  explicit Ring(stats::Segment& segment) : segment_(segment) {}

  std::uint32_t current() const {
    return static_cast<std::uint32_t>(stats::get(segment_.current_epoch));
  }

  std::uint64_t era(std::uint32_t epoch) const { return stats::get(record(epoch).era); }
  bool is_active(std::uint32_t epoch) const {
    return stats::get(record(epoch).state) ==
           static_cast<std::uint64_t>(stats::EpochState::kActive);
  }
  bool stands(std::uint32_t epoch, std::uint64_t era_wanted) const {
    return era(epoch) == era_wanted;
  }

  // The epoch that an advance opens: the next one without references, or the one
  // with the oldest era if all others have some (R-2.2-2, R-2.2-3).
  std::uint32_t next() const;

  // Opens a new incarnation of an epoch that is not current and makes it current.
  // References that stood on the old one are recorded as abandoned. The epoch that
  // was current stays ACTIVE: close it next.
  void open(std::uint32_t epoch, std::uint64_t now_ns, std::uint32_t class_count,
            stats::CarriedFigures carried = {});

  // ACTIVE becomes CLOSING. The epoch is not current.
  void close(std::uint32_t epoch, std::uint64_t now_ns);

  std::uint64_t refcount(std::uint32_t epoch) const {
    return stats::get(record(epoch).refcount) + stats::held_by_heaps(segment_, epoch);
  }
  bool is_shared(std::uint32_t epoch) const { return (shared_ >> epoch & 1) != 0; }
  // No heap counts on it any more.
  void share(std::uint32_t epoch) { shared_ |= std::uint32_t{1} << epoch; }
  // False at 0, which is counted as an underflow.
  bool dec(std::uint32_t epoch);
  Holders holders(std::uint32_t epoch) const { return {segment_, epoch}; }

  void set_label(std::uint32_t epoch, std::string_view label) {
    stats::write_label(record(epoch).label, label);
  }

  stats::IncarnationRecord& record(std::uint32_t epoch) const {
    return stats::standing_record(segment_, epoch);
  }

 private:
  void record_abandoned(std::uint32_t epoch, std::uint64_t now_ns);

  stats::Segment& segment_;
  std::uint64_t last_era_ = 0;
  std::uint32_t shared_ = 0;  // a bit an epoch
};

}  // namespace temporal_slab::epoch
