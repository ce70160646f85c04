#include "epoch/ring.h"

#include <algorithm>
#include <cassert>

#include "stats/saturating.h"

namespace temporal_slab::epoch {

using stats::add;
using stats::counter;
using stats::get;
using stats::GlobalCounter;
using stats::put;

Ring::Ring(stats::Segment& segment, std::uint32_t epoch_count, std::uint64_t takeover_after_ns,
           std::uint64_t now_ns)
    : segment_(segment),
      epoch_count_(epoch_count),
      takeover_after_ns_(takeover_after_ns),
      made_ns_(now_ns) {}

bool Ring::was_left_long_ago(std::uint32_t epoch, std::uint64_t now_ns) const {
  if (epoch == current()) return false;
  // One that a scope left ACTIVE counts from when it was opened, one that was never opened from
  // when the ring was made.
  const std::uint64_t opened_ns = get(record(epoch).opened_ns);
  const std::uint64_t active_ns = opened_ns == 0 ? made_ns_ : opened_ns;
  const std::uint64_t left_ns = is_active(epoch) ? active_ns : get(record(epoch).closing_ns);
  return stats::difference(now_ns, left_ns) >= takeover_after_ns_;
}

std::optional<std::uint32_t> Ring::next(std::uint64_t now_ns) const {
  const std::uint32_t here = current();
  std::optional<std::uint32_t> oldest;
  for (std::uint32_t i = 1; i <= epoch_count_; ++i) {
    const std::uint32_t candidate = (here + i) % epoch_count_;
    if (refcount(candidate) == 0) return candidate;
    if (was_left_long_ago(candidate, now_ns) && (!oldest || era(candidate) < era(*oldest)))
      oldest = candidate;
  }
  return oldest;
}

void Ring::record_abandoned(std::uint32_t epoch, std::uint64_t now_ns) {
  const stats::IncarnationRecord& lost = record(epoch);
  const std::uint64_t references = refcount(epoch);
  if (references == 0) return;
  add(counter(segment_, GlobalCounter::k_abandoned_refs), references);

  const std::uint64_t total = get(segment_.abandoned_total);
  stats::AbandonedRecord& entry = segment_.abandoned[total % stats::kAbandonedLog];
  // Odd while it is written: a reader passes over it, also when we are killed here.
  put(entry.sequence, 2 * total + 1);
  put(entry.epoch_id, epoch);
  put(entry.epoch_era, get(lost.era));
  put(entry.refcount, references);
  const std::uint64_t opened_ns = get(lost.opened_ns);
  put(entry.age_sec, opened_ns == 0 ? 0 : stats::difference(now_ns, opened_ns) / 1'000'000'000);
  const stats::LatchedLabel& label = lost.label;
  const auto& text = label.text[get(label.version) & 1];
  for (std::uint32_t i = 0; i < stats::kLabelBytes / 8; ++i)
    put(entry.label.words[i], get(text.words[i]));
  holders(epoch).copy(entry, now_ns);
  put(entry.sequence, 2 * total + 2);
  put(segment_.abandoned_total, total + 1);
}

void Ring::open(std::uint32_t epoch, std::uint64_t now_ns, std::uint32_t class_count,
                const Opening* first, stats::CarriedFigures carried) {
  record_abandoned(epoch, now_ns);
  shared_.remove(epoch);
  if (epoch == current()) add(counter(segment_, GlobalCounter::k_epochs_closed), 1);
  stats::open_incarnation(
      segment_, epoch, ++last_era_, now_ns, class_count, carried,
      [&](stats::IncarnationRecord& record, stats::HolderTable& table, stats::Word& has_holders) {
        if (first != nullptr) fill(epoch, *first, record, table, has_holders);
      });
  // Only now: whoever reads the current epoch finds one that is open.
  put(segment_.current_epoch, epoch);
}

void Ring::close(std::uint32_t epoch, std::uint64_t now_ns) {
  assert(epoch != current() && is_active(epoch));
  put(record(epoch).closing_ns, now_ns);
  put(record(epoch).state, static_cast<std::uint64_t>(stats::EpochState::kClosing));
  add(counter(segment_, GlobalCounter::k_epochs_closed), 1);
}

void Ring::fill(std::uint32_t epoch, const Opening& first, stats::IncarnationRecord& fresh,
                stats::HolderTable& table, stats::Word& has_holders) {
  stats::write_label(fresh.label, first.label);
  Holders(segment_, epoch, fresh, table, has_holders).take_first(first.site, first.heap);
}

void Ring::reopen(std::uint32_t class_count, const Opening& first) {
  const std::uint32_t epoch = current();
  const std::uint64_t turns = get(stats::has_standing_holders(segment_, epoch)) == 0
                                  ? 0
                                  : get(stats::standing_holders(segment_, epoch).turn);
  shared_.remove(epoch);
  const stats::CarriedFigures carried{get(record(epoch).carried_eras),
                                      get(record(epoch).carried_opened_ns)};
  stats::open_incarnation(
      segment_, epoch, era(epoch), get(record(epoch).opened_ns), class_count, carried,
      [&](stats::IncarnationRecord& fresh, stats::HolderTable& table, stats::Word& has_holders) {
        // No holder of this incarnation has the number of another.
        put(table.turn, std::max(get(table.turn), turns));
        fill(epoch, first, fresh, table, has_holders);
      });
}

bool Ring::dec(std::uint32_t epoch) {
  Holders holders = this->holders(epoch);
  if (holders.own() == 0 && refcount(epoch) == 0) {
    add(counter(segment_, GlobalCounter::k_refcount_underflows), 1);
    return false;
  }
  holders.drop();
  return true;
}

}  // namespace temporal_slab::epoch
