// The epochs of an allocator: the ring turns, epochs close, references come and go.
#include <cerrno>

#include "base/process.h"
#include "heap/allocator.h"
#include "sync/clock.h"

namespace temporal_slab::heap {

using stats::GlobalCounter;
using stats::put;

// ACTIVE becomes CLOSING, or a CLOSING epoch is gone through once more. All heaps are
// stopped: from here on no thread allocates into it without the mutex (R-2.2-8).
Allocator::Leaving Allocator::begin_to_leave(std::uint32_t epoch) {
  const bool first = ring_.is_active(epoch);
  // Before the state says so, which readers see at once.
  store_.take_from_heaps(epoch);
  if (first) ring_.close(epoch);
  return {epoch, first};
}

// What stopped threads need not wait for. Returns how many objects were freed.
std::uint64_t Allocator::leave(Leaving leaving, Contents contents) {
  const auto [epoch, first] = leaving;
  stats::IncarnationRecord& record = ring_.record(epoch);
  if (first) put(record.rss_before_close, base::own_rss_bytes());
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

// All heaps are stopped.
Allocator::Leaving Allocator::begin_to_advance() {
  const std::uint32_t left = ring_.current();
  const std::uint32_t next = ring_.next();
  store_.retire_incarnation(next);
  references_.retire(next);
  ring_.open(next, sync::monotonic_ns(), memory::kClassCount);
  current_.store(next, sync::kRelease);
  store_.opened(next, ring_.era(next));
  return begin_to_leave(left);
}

// All heaps are stopped. There always is an ACTIVE current epoch (R-2.2-5).
Allocator::Leaving Allocator::begin_to_close(std::uint32_t epoch) {
  return epoch == ring_.current() ? begin_to_advance() : begin_to_leave(epoch);
}

Allocator::Leaving Allocator::stop_and_begin_to_close(std::uint32_t epoch) {
  const Heaps::Stop stop(store_.heaps());
  return begin_to_close(epoch);
}

void Allocator::advance() {
  const Call call(*this);
  leave(stop_and_begin_to_close(ring_.current()), Contents::kKeep);
}

void Allocator::close(std::uint32_t epoch) {
  const Call call(*this);
  leave(stop_and_begin_to_close(epoch), Contents::kKeep);
}

int Allocator::close_if_standing(IncarnationRef incarnation) {
  const Call call(*this);
  if (!ring_.stands(incarnation.epoch, incarnation.era)) return ESTALE;
  leave(stop_and_begin_to_close(incarnation.epoch), Contents::kKeep);
  return 0;
}

std::optional<Allocator::Leaving> Allocator::begin_to_close_if_free(std::uint32_t epoch) {
  const Heaps::Stop stop(store_.heaps());
  if (ring_.refcount(epoch) != 0) return std::nullopt;
  return begin_to_close(epoch);
}

int Allocator::try_close(std::uint32_t epoch) {
  const Call call(*this);
  const auto leaving = begin_to_close_if_free(epoch);
  if (!leaving) return EBUSY;
  leave(*leaving, Contents::kKeep);
  return 0;
}

std::uint64_t Allocator::discard(std::uint32_t epoch) {
  const Call call(*this);
  return leave(stop_and_begin_to_close(epoch), Contents::kDiscard);
}

void Allocator::set_label(std::uint32_t epoch, std::string_view label) {
  const Call call(*this);
  ring_.set_label(epoch, label);
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
