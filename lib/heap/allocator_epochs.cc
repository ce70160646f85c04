// The epochs of an allocator: the ring turns, epochs close, references come and go.
#include <cerrno>

#include "base/memory_marks.h"
#include "base/process.h"
#include "heap/allocator.h"
#include "stats/saturating.h"
#include "sync/clock.h"

namespace temporal_slab::heap {

using stats::GlobalCounter;
using stats::put;

// How old the resident bytes may be that a close names: reading them is three system calls, most of
// what an advance that has nothing to give back would take.
constexpr std::uint64_t kOldestRssNs = 10'000'000;

// ACTIVE becomes CLOSING, or a CLOSING epoch is gone through once more. All heaps are
// stopped: from here on no thread allocates into it without the mutex (R-2.2-8).
Allocator::Leaving Allocator::begin_to_leave(std::uint32_t epoch, Contents contents,
                                             std::uint64_t now_ns) {
  const bool first = ring_.is_active(epoch);
  // Before the state says so, which readers see at once.
  store_.take_from_heaps(epoch);
  if (first) ring_.close(epoch, now_ns);
  return {epoch, contents, first};
}

// Without the mutex. 0: they were read a moment ago, or cannot be read.
std::uint64_t Allocator::rss_if_old(std::uint64_t now_ns) const {
  const std::uint64_t read_ns = rss_read_ns_.load(sync::kRelaxed);
  const bool fresh = read_ns != 0 && stats::difference(now_ns, read_ns) < kOldestRssNs;
  return fresh ? 0 : base::own_rss_bytes();
}

void Allocator::remember_rss(std::uint64_t bytes, std::uint64_t read_ns) {
  if (bytes == 0 || read_ns < rss_read_ns_.load(sync::kRelaxed)) return;
  rss_bytes_ = bytes;
  rss_read_ns_.store(read_ns, sync::kRelaxed);
}

Allocator::Closing::Closing(Allocator& allocator)
    : allocator_(allocator),
      begun_ns_(sync::monotonic_ns()),
      rss_bytes_(allocator.rss_if_old(begun_ns_)) {
  call_.emplace(allocator);
  allocator.remember_rss(rss_bytes_, begun_ns_);
  if (rss_bytes_ != 0) allocator.take_over_from_the_gone();  // as seldom
}

void Allocator::Closing::has_left(std::uint32_t epoch, bool first, std::uint64_t given_back_bytes) {
  stats::IncarnationRecord& record = allocator_.ring_.record(epoch);
  stats::add(record.close_madvise_bytes, given_back_bytes);
  if (!first) return;
  put(record.rss_before_close, allocator_.rss_bytes_);
  // What was not given back cannot have changed it.
  put(record.rss_after_close, allocator_.rss_bytes_);
  read_again_ = given_back_bytes != 0;
  gave_back_ = {epoch, allocator_.ring_.era(epoch)};
}

Allocator::Closing::~Closing() {
  if (read_again_) {
    call_.reset();
    const std::uint64_t read_ns = sync::monotonic_ns();
    const std::uint64_t rss_bytes = base::own_rss_bytes();
    call_.emplace(allocator_);
    allocator_.remember_rss(rss_bytes, read_ns);
    // Meanwhile the ring may have come round.
    if (rss_bytes != 0 && allocator_.ring_.stands(gave_back_.epoch, gave_back_.era))
      put(allocator_.ring_.record(gave_back_.epoch).rss_after_close, rss_bytes);
  }
  allocator_.store_.add_close_time(begun_ns_);
}

// What stopped threads need not wait for.
int Allocator::leave(Closing& closing, const Leaving& leaving, std::uint64_t* objects) {
  if (leaving.held) return EAGAIN;
  std::uint64_t freed = leaving.objects;
  if (leaving.done) {
    store_.drain();  // what was empty in the incarnation before the one that was opened
  } else {
    std::uint64_t given_back_bytes = 0;
    if (leaving.contents == Contents::kDiscard) {
      const SlabStore::Discarded discarded = store_.discard(leaving.epoch);
      freed = discarded.objects;
      given_back_bytes = discarded.given_back_bytes;
    } else {
      given_back_bytes = store_.drain();
    }
    closing.has_left(leaving.epoch, leaving.first, given_back_bytes);
    if (leaving.first && store_.live_objects(leaving.epoch) == 0)
      count(GlobalCounter::k_epochs_drained_at_close);
  }
  if (objects != nullptr) *objects = freed;
  return 0;
}

// All heaps are stopped.
void Allocator::open_next(std::uint32_t epoch, std::uint64_t now_ns,
                          const epoch::Ring::Opening* first) {
  const stats::CarriedFigures carried = store_.retire_incarnation(epoch);
  references_.retire(epoch);
  if (ring_.refcount(epoch) != 0)  // which are recorded as abandoned
    memory_.reserve(segment_.abandoned, sizeof(segment_.abandoned));
  if (first != nullptr) memory_.reserve_next_holders(epoch);
  ring_.open(epoch, now_ns, memory::kClassCount, first, carried);
  current_.store(epoch, sync::kRelease);
  store_.opened(epoch, ring_.era(epoch));
}

// It is the only epoch without references (R-2.2-2): what lives in it is carried.
Allocator::Leaving Allocator::open_in_place(std::uint32_t epoch, Contents contents,
                                            std::uint64_t now_ns,
                                            const epoch::Ring::Opening* first) {
  Leaving left{epoch, contents, true};
  left.done = true;
  store_.take_from_heaps(epoch);
  // What is empty goes now: the incarnation that it is of does not stand afterwards.
  if (contents == Contents::kDiscard)
    left.objects = store_.discard(epoch).objects;
  else
    store_.drain();
  if (store_.live_objects(epoch) == 0) count(GlobalCounter::k_epochs_drained_at_close);
  open_next(epoch, now_ns, first);
  return left;
}

// All heaps are stopped.
Allocator::Leaving Allocator::begin_to_advance(Contents contents, std::uint64_t now_ns,
                                               const epoch::Ring::Opening* first) {
  const std::uint32_t left = ring_.current();
  const std::optional<std::uint32_t> next = ring_.next(now_ns);
  if (!next) {
    ring_.count_held();
    Leaving held{left, contents, false};
    held.held = true;
    return held;
  }
  if (*next == left) return open_in_place(left, contents, now_ns, first);
  open_next(*next, now_ns, first);
  // A scope that opens beside others closes none of them (R-2.2-10).
  if (first != nullptr && ring_.refcount(left) != 0) {
    Leaving open{left, contents, false};
    open.done = true;
    return open;
  }
  return begin_to_leave(left, contents, now_ns);
}

// All heaps are stopped. There always is an ACTIVE current epoch (R-2.2-5).
Allocator::Leaving Allocator::begin_to_close(std::uint32_t epoch, Contents contents) {
  base::mark_counted(&ring_.record(epoch));
  const std::uint64_t now_ns = sync::monotonic_ns();
  return epoch == ring_.current() ? begin_to_advance(contents, now_ns)
                                  : begin_to_leave(epoch, contents, now_ns);
}

Allocator::Leaving Allocator::stop_and_begin_to_close(std::uint32_t epoch, Contents contents) {
  const Heaps::Stop stop(store_.heaps());
  return begin_to_close(epoch, contents);
}

int Allocator::advance() {
  Closing closing(*this);
  return leave(closing, stop_and_begin_to_close(ring_.current(), Contents::kKeep));
}

int Allocator::close(std::uint32_t epoch) {
  Closing closing(*this);
  return leave(closing, stop_and_begin_to_close(epoch, Contents::kKeep));
}

int Allocator::close_if_standing(IncarnationRef incarnation) {
  Closing closing(*this);
  if (!ring_.stands(incarnation.epoch, incarnation.era)) return ESTALE;
  return leave(closing, stop_and_begin_to_close(incarnation.epoch, Contents::kKeep));
}

int Allocator::discard_if_standing(IncarnationRef incarnation, std::uint64_t* objects) {
  Closing closing(*this);
  if (!ring_.stands(incarnation.epoch, incarnation.era)) return ESTALE;
  return leave(closing, stop_and_begin_to_close(incarnation.epoch, Contents::kDiscard), objects);
}

// All heaps are stopped. No label, no reference, nothing allocated since it was opened.
bool Allocator::current_is_fresh() {
  const std::uint32_t epoch = ring_.current();
  return !store_.was_used(epoch) && !ring_.has_label(epoch) && ring_.refcount(epoch) == 0;
}

Reference Allocator::open(std::string_view label, std::uint64_t site) {
  modules_.note(site);
  prepare_to_join();
  Closing closing(*this);
  join_locked();
  Heap* const heap = store_.heaps().holder();
  const epoch::Ring::Opening first{label, site, heap == nullptr ? 0 : heap->number()};
  std::optional<Leaving> left;
  Reference taken{};
  {
    const Heaps::Stop stop(store_.heaps());
    if (current_is_fresh()) {
      references_.retire(ring_.current());
      memory_.reserve_next_holders(ring_.current());
      ring_.reopen(memory::kClassCount, first);
    } else {
      left = begin_to_advance(Contents::kKeep, sync::monotonic_ns(), &first);
    }
    const std::uint32_t epoch = ring_.current();
    // Held, it is another's incarnation, whose label stays.
    const std::uint32_t holder =
        left && left->held ? references_.hold(epoch, site) : references_.opened_with_first(epoch);
    taken = {epoch, holder, ring_.era(epoch)};
  }
  if (left) leave(closing, *left);
  return taken;
}

std::optional<Allocator::Leaving> Allocator::begin_to_close_if_free(std::uint32_t epoch) {
  const Heaps::Stop stop(store_.heaps());
  if (ring_.refcount(epoch) != 0) return std::nullopt;
  return begin_to_close(epoch, Contents::kKeep);
}

int Allocator::try_close(std::uint32_t epoch) {
  Closing closing(*this);
  const auto leaving = begin_to_close_if_free(epoch);
  return leaving ? leave(closing, *leaving) : EBUSY;
}

int Allocator::discard(std::uint32_t epoch, std::uint64_t* objects) {
  Closing closing(*this);
  return leave(closing, stop_and_begin_to_close(epoch, Contents::kDiscard), objects);
}

void Allocator::set_label(std::uint32_t epoch, std::string_view label) {
  const Call call(*this);
  ring_.set_label(epoch, label);
}

int Allocator::set_label_if_standing(IncarnationRef incarnation, std::string_view label) {
  const Call call(*this);
  if (!ring_.stands(incarnation.epoch, incarnation.era)) return ESTALE;
  ring_.set_label(incarnation.epoch, label);
  return 0;
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
