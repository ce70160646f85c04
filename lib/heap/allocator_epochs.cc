// The epochs of an allocator: the ring turns, epochs close, references come and go.
#include <cerrno>

#include "base/process.h"
#include "heap/allocator.h"
#include "sync/clock.h"

namespace temporal_slab::heap {

using stats::GlobalCounter;
using stats::put;

// ACTIVE becomes CLOSING, or a CLOSING epoch is gone through once more. Returns
// how many objects were freed.
std::uint64_t Allocator::leave_epoch(std::uint32_t epoch, Contents contents) {
  stats::IncarnationRecord& record = ring_.record(epoch);
  const bool first = ring_.is_active(epoch);
  // From here on no thread allocates into it without the mutex (R-2.2-8): before the
  // state says so, which readers see at once.
  store_.take_from_heaps(epoch);
  if (first) {
    ring_.close(epoch);
    put(record.rss_before_close, base::own_rss_bytes());
  }
  std::uint64_t objects = 0;
  std::uint64_t given_back_bytes = 0;
  if (contents == Contents::kDiscard) {
    const SlabStore::Discarded discarded = store_.discard(epoch);
    objects = discarded.objects;
    given_back_bytes = discarded.given_back_bytes;
  } else {
    given_back_bytes = store_.drain(epoch);
  }
  stats::add(record.close_madvise_bytes, given_back_bytes);
  if (first) {
    if (store_.live_objects(epoch) == 0) count(GlobalCounter::k_epochs_drained_at_close);
    // What was not given back cannot have changed it.
    put(record.rss_after_close,
        given_back_bytes == 0 ? stats::get(record.rss_before_close) : base::own_rss_bytes());
  }
  return objects;
}

std::uint64_t Allocator::advance_locked(Contents contents) {
  const std::uint32_t left = ring_.current();
  const std::uint32_t next = ring_.next();
  store_.retire_incarnation(next);
  ring_.open(next, sync::monotonic_ns(), memory::kClassCount);
  current_.store(next, sync::kRelease);
  store_.opened(next, ring_.era(next));
  return leave_epoch(left, contents);
}

std::uint64_t Allocator::close_locked(std::uint32_t epoch, Contents contents) {
  // There always is an ACTIVE current epoch (R-2.2-5).
  return epoch == ring_.current() ? advance_locked(contents) : leave_epoch(epoch, contents);
}

void Allocator::advance() {
  const Call call(*this);
  advance_locked(Contents::kKeep);
}

void Allocator::close(std::uint32_t epoch) {
  const Call call(*this);
  close_locked(epoch, Contents::kKeep);
}

int Allocator::close_if_standing(IncarnationRef incarnation) {
  const Call call(*this);
  if (!ring_.stands(incarnation.epoch, incarnation.era)) return ESTALE;
  close_locked(incarnation.epoch, Contents::kKeep);
  return 0;
}

int Allocator::try_close(std::uint32_t epoch) {
  const Call call(*this);
  if (ring_.refcount(epoch) != 0) return EBUSY;
  close_locked(epoch, Contents::kKeep);
  return 0;
}

std::uint64_t Allocator::discard(std::uint32_t epoch) {
  const Call call(*this);
  return close_locked(epoch, Contents::kDiscard);
}

void Allocator::set_label(std::uint32_t epoch, std::string_view label) {
  const Call call(*this);
  ring_.set_label(epoch, label);
}

void Allocator::inc(std::uint32_t epoch, std::uint64_t site) {
  modules_.note(site);
  const Call call(*this);
  ring_.inc(epoch, site);
}

void Allocator::dec(std::uint32_t epoch) {
  const Call call(*this);
  ring_.dec(epoch);
}

IncarnationRef Allocator::acquire(std::uint64_t site) {
  modules_.note(site);
  const Call call(*this);
  const std::uint32_t epoch = ring_.current();
  ring_.inc(epoch, site);
  return {epoch, ring_.era(epoch)};
}

int Allocator::acquire_standing(IncarnationRef incarnation, std::uint64_t site) {
  modules_.note(site);
  const Call call(*this);
  if (!ring_.stands(incarnation.epoch, incarnation.era)) return ESTALE;
  ring_.inc(incarnation.epoch, site);
  return 0;
}

int Allocator::enter_again(IncarnationRef incarnation, std::uint64_t site) {
  modules_.note(site);
  const Call call(*this);
  if (!ring_.stands(incarnation.epoch, incarnation.era)) return ESTALE;
  ring_.move_site(incarnation.epoch, site);
  return 0;
}

int Allocator::release(IncarnationRef incarnation, bool close_at_zero) {
  const Call call(*this);
  if (!ring_.stands(incarnation.epoch, incarnation.era)) {
    count(GlobalCounter::k_stale_releases);
    return ESTALE;
  }
  const bool dropped = ring_.dec(incarnation.epoch);
  // Also when somebody else dropped the last reference before: never none (R-2.5-4).
  if (close_at_zero && ring_.refcount(incarnation.epoch) == 0 && ring_.is_active(incarnation.epoch))
    close_locked(incarnation.epoch, Contents::kKeep);
  return dropped ? 0 : EINVAL;
}

IncarnationRef Allocator::current() {
  const Call call(*this);
  return {ring_.current(), ring_.era(ring_.current())};
}

IncarnationRef Allocator::standing(std::uint32_t epoch) {
  const Call call(*this);
  return {epoch, ring_.era(epoch)};
}

}  // namespace temporal_slab::heap
