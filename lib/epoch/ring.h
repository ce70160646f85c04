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
#include <optional>
#include <string_view>

#include "base/bits.h"
#include "epoch/holders.h"
#include "stats/segment_write.h"
#include "stats/snapshot.h"

namespace temporal_slab::epoch {

class Ring {
 public:
  // `epoch_count` places; the first is current since `now_ns`.
  Ring(stats::Segment& segment, std::uint32_t epoch_count, std::uint64_t takeover_after_ns,
       std::uint64_t now_ns);

  std::uint32_t epoch_count() const { return epoch_count_; }

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

  // The epoch that an advance opens: the next one without references, of which the
  // current one is the last (R-2.2-2); if all have some the one with the oldest era that
  // was left long enough ago (R-2.2-3). None: the ring is held.
  std::optional<std::uint32_t> next(std::uint64_t now_ns) const;
  void count_underflow() {
    stats::add(stats::counter(segment_, stats::GlobalCounter::k_refcount_underflows), 1);
  }
  stats::Segment& segment() { return segment_; }
  void count_held() {
    stats::add(stats::counter(segment_, stats::GlobalCounter::k_advances_held), 1);
  }

  // Opens a new incarnation of an epoch and makes it current. References that stood on the
  // old one are recorded as abandoned. Another epoch that was current stays ACTIVE: close
  // it next. The current one itself counts as closed.
  //
  // `first`: with this label and this reference, from the first instant on (R-2.2-10).
  struct Opening {
    std::string_view label;
    std::uint64_t site;
    std::uint32_t heap;  // that counts for the calling thread; 0: none
  };
  void open(std::uint32_t epoch, std::uint64_t now_ns, std::uint32_t class_count,
            const Opening* first = nullptr, stats::CarriedFigures carried = {});
  // The current incarnation, in which nothing is, has these from now on: in one instant.
  void reopen(std::uint32_t class_count, const Opening& first);

  // ACTIVE becomes CLOSING. The epoch is not current.
  void close(std::uint32_t epoch, std::uint64_t now_ns);

  std::uint64_t refcount(std::uint32_t epoch) const {
    return stats::get(record(epoch).refcount) + stats::held_by_heaps(segment_, epoch);
  }
  bool is_shared(std::uint32_t epoch) const { return shared_.has(epoch); }
  // No heap counts on it any more.
  void share(std::uint32_t epoch) { shared_.add(epoch); }
  // False at 0, which is counted as an underflow.
  bool dec(std::uint32_t epoch);
  Holders holders(std::uint32_t epoch) const { return {segment_, epoch}; }

  void set_label(std::uint32_t epoch, std::string_view label) {
    stats::write_label(record(epoch).label, label);
  }

  bool has_label(std::uint32_t epoch) const {
    const stats::LatchedLabel& label = record(epoch).label;
    return stats::get(label.text[stats::get(label.version) & 1].words[0]) != 0;
  }

  stats::IncarnationRecord& record(std::uint32_t epoch) const {
    return stats::standing_record(segment_, epoch);
  }

 private:
  void fill(std::uint32_t epoch, const Opening& first, stats::IncarnationRecord& fresh,
            stats::HolderTable& table, stats::Word& has_holders);
  void record_abandoned(std::uint32_t epoch, std::uint64_t now_ns);

  bool was_left_long_ago(std::uint32_t epoch, std::uint64_t now_ns) const;

  stats::Segment& segment_;
  const std::uint32_t epoch_count_;
  const std::uint64_t takeover_after_ns_;
  std::uint64_t last_era_ = 0;
  const std::uint64_t made_ns_;
  base::BitSet<stats::kMaxEpochs> shared_;
};

}  // namespace temporal_slab::epoch
