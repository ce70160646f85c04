// What the holder of the mutex decides on frozen epochs.
#include <bit>
#include <cassert>

#include "epoch/references.h"
#include "sync/clock.h"

namespace temporal_slab::epoch {

using sync::kAcquire;
using sync::kRelaxed;
using sync::kRelease;

// Afterwards their counts stand still, and every change that came before is seen.
void References::freeze(std::uint32_t epochs) {
  std::array<std::uint32_t, stats::kEpochCount> which{};
  std::size_t count = 0;
  for (std::uint32_t epoch = 0; epoch < epochs_; ++epoch)
    if ((epochs & bit(epoch)) != 0) {
      which[count++] = epoch;
      table_.tags[epoch].store(tag_now(epoch) | tag::kFrozen, kRelaxed);
    }
  sync::revoke<own::kTurn>(
      bias_, places_.size() * count, [&](std::size_t i) -> const auto& {
        return places_[i / count].words[which[i % count]];
      });
}

void References::thaw(std::uint32_t epochs) {
  for (std::uint32_t epoch = 0; epoch < epochs_; ++epoch)
    if ((epochs & bit(epoch)) != 0)
      table_.tags[epoch].store(tag_now(epoch) & ~tag::kFrozen, kRelease);
}

std::uint64_t References::frozen_count(std::uint32_t epoch) const {
  const std::uint64_t now = tag_now(epoch) & ~tag::kFrozen;
  if ((now & tag::kShared) != 0) return table_.shared[epoch].count.load(kRelaxed);
  const std::uint64_t left = table_.left[epoch].load(kRelaxed);
  std::uint64_t sum = (left & tag::kLow) == (now & tag::kLow) ? left / (tag::kLow + 1) : 0;
  for (const ReferencePlace& place : places_)
    sum += own::count(place.words[epoch].load(kRelaxed), now);
  return sum;
}

void References::become_shared(std::uint32_t epoch, std::uint64_t count) {
  table_.shared[epoch].count.store(count, kRelaxed);
  table_.tags[epoch].store(tag_now(epoch) | tag::kShared, kRelaxed);  // thaw() is the release
}

// True if the words did not change between one reading and the next: then they had these values at
// one instant. A version goes around in no less than 2^24 stores, which is more than a millisecond.
bool References::read_twice(std::uint32_t epoch, std::uint64_t now, std::uint64_t* sum) const {
  constexpr std::uint64_t kLongestNs = 1'000'000;
  constexpr std::size_t kMostPlaces = 64;
  std::array<std::uint64_t, kMostPlaces> first;
  assert(places_.size() <= first.size());
  const std::uint64_t start_ns = sync::monotonic_ns();
  const std::uint64_t left = table_.left[epoch].load(kRelaxed);
  *sum = (left & tag::kLow) == (now & tag::kLow) ? left / (tag::kLow + 1) : 0;
  for (std::size_t i = 0; i < places_.size(); ++i) {
    first[i] = places_[i].words[epoch].load(kAcquire);
    *sum += own::count(first[i], now);
  }
  for (std::size_t i = 0; i < places_.size(); ++i)
    if (places_[i].words[epoch].load(kAcquire) != first[i]) return false;
  return sync::monotonic_ns() - start_ns < kLongestNs;
}

std::uint64_t References::get_locked(std::uint32_t epoch) {
  constexpr int kTries = 3;
  // Pairs with the fence of current(), era() and is_active(): who was told there of an incarnation
  // that is gone by now has counted before, and it is seen here.
  sync::full_fence();
  const std::uint64_t now = tag_now(epoch);
  if ((now & tag::kShared) != 0) return table_.shared[epoch].count.load(kAcquire);
  std::uint64_t sum = 0;
  for (int i = 0; i < kTries; ++i)
    if (read_twice(epoch, now, &sum)) return sum;
  freeze(bit(epoch));
  sum = frozen_count(epoch);
  thaw(bit(epoch));
  return sum;
}

std::uint32_t References::next_frozen(std::uint32_t here) const {
  std::uint32_t oldest = (here + 1) % epochs_;
  for (std::uint32_t i = 1; i < epochs_; ++i) {
    const std::uint32_t candidate = (here + i) % epochs_;
    if (frozen_count(candidate) == 0) return candidate;
    if (tag::era(tag_now(candidate)) < tag::era(tag_now(oldest))) oldest = candidate;
  }
  return oldest;
}

// Low bits come again after 2^14 eras. A word that has slept since would count for the new
// incarnation, and is its owner's to change: such an incarnation is a shared one.
std::uint64_t References::new_tag(std::uint32_t epoch, std::uint64_t era) {
  const std::uint64_t opened = tag::of_era(era) | tag::kCurrent;
  if ((table_.left[epoch].load(kRelaxed) & tag::kLow) == (opened & tag::kLow))
    table_.left[epoch].store((opened ^ tag::kEraOne) & tag::kLow, kRelaxed);  // 0 of another era
  for (const ReferencePlace& place : places_)
    if (own::count(place.words[epoch].load(kRelaxed), opened) != 0) {
      table_.shared[epoch].count.store(0, kRelaxed);
      return opened | tag::kShared;
    }
  return opened;
}

// `frozen` holds the current epoch and the one that follows it, at least.
References::Advance References::advance_frozen(std::uint32_t frozen) {
  const Incarnation here = incarnation_of(table_.current.load(kRelaxed));
  const std::uint32_t follows = (here.epoch + 1) % epochs_;
  std::uint32_t next = follows;
  if (frozen_count(follows) != 0) {
    const std::uint32_t all = (bit(epochs_ - 1) << 1) - 1;
    freeze(all & ~frozen);
    frozen = all;
    next = next_frozen(here.epoch);
  }
  const Advance done{here.epoch, {next, here.era + 1}, frozen_count(next)};
  // For what came before the freeze its fence would do; this also carries what was done since.
  table_.current.store((here.era + 1) * 16 + next, kRelease);
  table_.tags[next].store(new_tag(next, here.era + 1), kRelease);
  const std::uint64_t left = (tag_now(here.epoch) & ~tag::kCurrent) | tag::kClosing;
  table_.tags[here.epoch].store(left, kRelaxed);  // thaw() is the release
  thaw(frozen & ~bit(next));
  return done;
}

References::Advance References::advance_locked() {
  const std::uint32_t here = incarnation_of(table_.current.load(kRelaxed)).epoch;
  const std::uint32_t frozen = bit(here) | bit((here + 1) % epochs_);
  freeze(frozen);
  return advance_frozen(frozen);
}

void References::close_locked(std::uint32_t epoch) {
  assert((tag_now(epoch) & tag::kCurrent) == 0);
  table_.tags[epoch].store(tag_now(epoch) | tag::kClosing, kRelease);
}

// The epoch's count is 0 and it is frozen.
void References::close_frozen(std::uint32_t epoch, std::uint32_t frozen, DropAndClose* done) {
  const std::uint64_t now = tag_now(epoch);
  done->closed = (now & tag::kClosing) == 0;
  done->advanced = (now & tag::kCurrent) != 0;
  if (done->advanced) {
    const std::uint32_t follows = bit((epoch + 1) % epochs_);
    freeze(follows);
    done->advance = advance_frozen(frozen | follows);
    return;
  }
  table_.tags[epoch].store(now | tag::kClosing, kRelaxed);  // thaw() is the release
  thaw(frozen);
}

bool References::try_close_locked(std::uint32_t epoch, DropAndClose* done) {
  freeze(bit(epoch));
  if (frozen_count(epoch) != 0) {
    thaw(bit(epoch));
    return false;
  }
  close_frozen(epoch, bit(epoch), done);
  return true;
}

References::DropAndClose References::release_and_close_locked(ReferencePlace* place,
                                                              Incarnation incarnation) {
  const std::uint32_t epoch = incarnation.epoch;
  DropAndClose done{Drop::kStale, false, false, {}};
  if (!tag_of_era(incarnation.era).fits(tag_now(epoch))) return done;
  freeze(bit(epoch));
  const std::uint64_t now = tag_now(epoch) & ~tag::kFrozen;
  const std::uint64_t count = frozen_count(epoch);
  done.drop = count == 0 ? Drop::kNone : Drop::kDropped;
  if (count != 0) {
    ReferenceWord* const word = place == nullptr ? nullptr : &place->words[epoch];
    const std::uint64_t mine = word == nullptr ? 0 : word->load(kRelaxed);
    if ((now & tag::kShared) == 0 && own::count(mine, now) != 0)
      word->store(mine + 2 * own::kTurn - 1, kRelaxed);  // its owner is the caller
    else
      become_shared(epoch, count - 1);
  }
  if (count <= 1 && (now & tag::kClosing) == 0)
    close_frozen(epoch, bit(epoch), &done);
  else
    thaw(bit(epoch));
  return done;
}

}  // namespace temporal_slab::epoch
