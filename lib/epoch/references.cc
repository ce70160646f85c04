#include "epoch/references.h"

#include <cassert>

namespace temporal_slab::epoch {

using sync::kAcquire;
using sync::kRelaxed;
using sync::kRelease;
using Guard = std::lock_guard<sync::Mutex>;

References::References(sync::Mutex& mutex, sync::Bias bias, ReferenceTable& table,
                       std::span<ReferencePlace> places, std::uint32_t epochs)
    : mutex_(mutex), bias_(bias), table_(table), places_(places), epochs_(epochs) {
  const Incarnation here = incarnation_of(table_.current.load(kRelaxed));
  table_.tags[here.epoch].store(tag_now(here.epoch) | tag::kCurrent, kRelaxed);
}

ReferencePlace* References::join_locked() {
  for (ReferencePlace& place : places_)
    if (place.taken.load(kRelaxed) == 0) {
      place.taken.store(1, kRelaxed);
      return &place;
    }
  return nullptr;
}

void References::leave_locked(ReferencePlace& place) {
  for (std::uint32_t epoch = 0; epoch < epochs_; ++epoch) leave_count(place, epoch);
  place.taken.store(0, kRelaxed);
}

// By the place's owner, under the mutex: its count of one epoch goes over to `left`.
void References::leave_count(ReferencePlace& place, std::uint32_t epoch) {
  const std::uint64_t now = tag_now(epoch);
  const std::uint64_t word = place.words[epoch].load(kRelaxed);
  const std::uint64_t count = own::count(word, now);
  if ((now & tag::kShared) != 0 || count == 0) return;
  ReferenceWord& left = table_.left[epoch];
  const std::uint64_t before = left.load(kRelaxed);
  const std::uint64_t base = (before & tag::kLow) == (now & tag::kLow) ? before : now & tag::kLow;
  left.store(base + count * (tag::kLow + 1), kRelaxed);
  place.words[epoch].store(word + 2 * own::kTurn - count, kRelaxed);
}

// ---- what the caller's own word does not decide ----

References::Did References::change_shared(std::uint32_t epoch, Way way) {
  ReferenceWord& shared = table_.shared[epoch].count;
  if (way == Way::kUp) {
    shared.fetch_add(1, kRelaxed);
    return Did::kYes;
  }
  // Release: what was done under the reference comes before whatever follows from 0.
  std::uint64_t count = shared.load(kRelaxed);
  while (count != 0)
    if (shared.compare_exchange_weak(count, count - 1, kRelease, kRelaxed)) return Did::kYes;
  return Did::kNone;
}

// Also in mode shared: a freezer waits until no thread is between the tag and the count.
References::Did References::change_in_section(ReferencePlace& place, std::uint32_t epoch,
                                              TagMask wanted, Way way) {
  Section section(bias_, place.words[epoch]);
  const std::uint64_t now = table_.tags[epoch].load(kAcquire);
  if ((now & tag::kFrozen) != 0) return Did::kNeedsMutex;
  if (!wanted.fits(now)) return Did::kOtherTag;
  if ((now & tag::kShared) != 0) return change_shared(epoch, way);
  const std::uint64_t count = own::count(section.found(), now);
  if (count == (way == Way::kUp ? own::kCount : 0)) return Did::kNeedsMutex;
  section.change(own::change_to(section.found(), now, way == Way::kUp ? count + 1 : count - 1));
  return Did::kYes;
}

References::Did References::change_locked(ReferencePlace* place, std::uint32_t epoch,
                                          TagMask wanted, Way way) {
  if (place != nullptr) {
    Did did = change_in_section(*place, epoch, wanted, way);
    if (did == Did::kNeedsMutex && way == Way::kUp) {
      leave_count(*place, epoch);  // it was full
      did = change_in_section(*place, epoch, wanted, way);
    }
    if (did != Did::kNeedsMutex) return did;
  }
  if (!wanted.fits(tag_now(epoch))) return Did::kOtherTag;
  freeze(bit(epoch));
  const std::uint64_t count = frozen_count(epoch);
  const bool none = way == Way::kDown && count == 0;
  if (!none) become_shared(epoch, way == Way::kUp ? count + 1 : count - 1);
  thaw(bit(epoch));
  return none ? Did::kNone : Did::kYes;
}

References::Did References::change(ReferencePlace* place, std::uint32_t epoch, TagMask wanted,
                                   Way way) {
  if (place != nullptr) {
    const Did did = change_in_section(*place, epoch, wanted, way);
    if (did != Did::kNeedsMutex) return did;
  }
  const Guard guard(mutex_);
  return change_locked(place, epoch, wanted, way);
}

void References::inc_rare(ReferencePlace* place, std::uint32_t epoch) {
  change(place, epoch, kAnyTag, Way::kUp);
}

References::Drop References::drop_rare(ReferencePlace* place, std::uint32_t epoch, TagMask wanted) {
  const Did did = change(place, epoch, wanted, Way::kDown);
  return did == Did::kYes ? Drop::kDropped : did == Did::kNone ? Drop::kNone : Drop::kStale;
}

References::Incarnation References::acquire_rare(ReferencePlace* place) {
  for (;;) {
    // Relaxed: change() loads the tag with acquire.
    const Incarnation here = incarnation_of(table_.current.load(kRelaxed));
    if (change(place, here.epoch, current_tag(here.era), Way::kUp) == Did::kYes) return here;
  }
}

bool References::acquire_standing(ReferencePlace* place, Incarnation incarnation) {
  return change(place, incarnation.epoch, tag_of_era(incarnation.era), Way::kUp) == Did::kYes;
}

bool References::release_of_several(ReferencePlace& place, Incarnation incarnation) {
  Section section(bias_, place.words[incarnation.epoch]);
  const std::uint64_t now = table_.tags[incarnation.epoch].load(kRelaxed);  // as in change_own
  if ((now & (tag::kFrozen | tag::kShared)) != 0 || !tag_of_era(incarnation.era).fits(now))
    return false;
  if (own::count(section.found(), now) < ((now & tag::kClosing) != 0 ? 1 : 2)) return false;
  section.change(~std::uint64_t{0});
  return true;
}

void References::after_fork_in_child() {
  for (ReferencePlace& place : places_)
    for (ReferenceWord& word : place.words) {
      const std::uint64_t now = word.load(kRelaxed);
      if ((now & own::kTurn) != 0) word.store(now + own::kTurn, kRelaxed);
    }
}

// ---- who asks ----

References::Incarnation References::current() {
  // What the caller did before is seen by whoever changes the answer afterwards: own words are
  // plain stores, and would else come behind this load.
  sync::full_fence();
  return incarnation_of(table_.current.load(kAcquire));
}

std::uint64_t References::steady_tag(std::uint32_t epoch) {
  sync::full_fence();  // as in current()
  const std::uint64_t now = table_.tags[epoch].load(kAcquire);
  if ((now & tag::kFrozen) == 0) return now;
  const Guard guard(mutex_);
  return tag_now(epoch);
}

}  // namespace temporal_slab::epoch
