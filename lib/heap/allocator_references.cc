// References: what a thread's own count does not decide, or not at once.
#include <cerrno>
#include <optional>

#include "base/memory_marks.h"
#include "heap/allocator.h"

namespace temporal_slab::heap {

using stats::GlobalCounter;

// Of the calling thread's own: its heap counts where it may.
std::uint32_t Allocator::hold_locked(std::uint32_t epoch, std::uint64_t site) {
  join_locked();
  memory_.reserve_holders(epoch);
  return references_.hold(epoch, site);
}

Heap* Allocator::heap_that_knows(std::uint64_t site) {
  const stats::Sites sites = modules_.note(site);
  Heap* const heap = this_threads_heap();
  if (heap != nullptr) heap->references().know_sites(sites);
  return heap;
}

void Allocator::inc(std::uint32_t epoch, std::uint64_t site) {
  if (Heap* const heap = heap_that_knows(site);
      heap != nullptr &&
      References::try_hold<Site::kAny>(store_.heaps(), *heap, epoch, References::AnyEra(), site))
    return;
  prepare_to_join();
  const Call call(*this);
  hold_locked(epoch, site);
}

void Allocator::dec(std::uint32_t epoch) {
  if (this_threads_heap() != nullptr && try_dec(epoch)) return;
  const Call call(*this);
  references_.drop(epoch);
}

Reference Allocator::acquire(std::uint64_t site) {
  modules_.note(site);
  Reference taken{};
  if (Heap* const heap = this_threads_heap();
      heap != nullptr &&
      References::try_hold_current<Site::kAny>(store_.heaps(), *heap, current_, site, &taken))
    return taken;
  prepare_to_join();
  const Call call(*this);
  const std::uint32_t epoch = ring_.current();
  const std::uint32_t holder = hold_locked(epoch, site);
  return {epoch, holder, ring_.era(epoch)};
}

int Allocator::acquire_standing(IncarnationRef incarnation, std::uint64_t site,
                                std::uint32_t* holder) {
  if (Heap* const heap = heap_that_knows(site);
      heap != nullptr &&
      References::try_hold<Site::kAny>(store_.heaps(), *heap, incarnation.epoch,
                                       References::ThisEra{incarnation.era}, site)) {
    if (holder != nullptr) *holder = heap->references().holder(incarnation.epoch);
    return 0;
  }
  prepare_to_join();
  const Call call(*this);
  if (!ring_.stands(incarnation.epoch, incarnation.era)) return ESTALE;
  const std::uint32_t mine = hold_locked(incarnation.epoch, site);
  if (holder != nullptr) *holder = mine;
  return 0;
}

int Allocator::enter_again(IncarnationRef incarnation, std::uint64_t site) {
  modules_.note(site);
  const Call call(*this);
  if (!ring_.stands(incarnation.epoch, incarnation.era)) return ESTALE;
  ring_.holders(incarnation.epoch).move_site(site);
  return 0;
}

int Allocator::release(IncarnationRef incarnation) {
  if (this_threads_heap() != nullptr && try_release(incarnation)) return 0;
  const Call call(*this);
  if (!ring_.stands(incarnation.epoch, incarnation.era)) {
    count(GlobalCounter::k_stale_releases);
    return ESTALE;
  }
  return references_.drop(incarnation.epoch) ? 0 : EINVAL;
}

int Allocator::release(const Reference& reference) {
  if (reference.holder == 0) return release(reference.incarnation());
  if (Heap* const heap = this_threads_heap();
      heap != nullptr && (try_release(reference) || references_.try_drop_of(*heap, reference, 1)))
    return 0;
  const Call call(*this);
  if (!ring_.stands(reference.epoch, reference.era)) {
    count(GlobalCounter::k_stale_releases);
    return ESTALE;
  }
  return references_.drop_of(reference) ? 0 : EINVAL;
}

int Allocator::finish(const Reference& reference, Finish how, bool* done) {
  if (how == Finish::kKeep) return release(reference);
  // While its holder has more it is not the last one.
  if (Heap* const heap = this_threads_heap();
      heap != nullptr &&
      (try_release(reference, 2) || references_.try_drop_of(*heap, reference, 2)))
    return 0;
  Closing closing(*this);
  if (!ring_.stands(reference.epoch, reference.era)) {
    count(GlobalCounter::k_stale_releases);
    return ESTALE;
  }
  std::optional<Leaving> leaving;
  {
    const Heaps::Stop stop(store_.heaps());
    if (!references_.drop_of(reference)) return EINVAL;
    leaving = begin_to_finish(reference.epoch, how);
  }
  *done = leaving.has_value();
  return leaving ? leave(closing, *leaving) : 0;
}

// All heaps are stopped, and the caller's reference is dropped. No reference stands there, so the
// ring is not held.
std::optional<Allocator::Leaving> Allocator::begin_to_finish(std::uint32_t epoch, Finish how) {
  if (how == Finish::kKeep || ring_.refcount(epoch) != 0) return std::nullopt;
  if (how == Finish::kDiscard) return begin_to_close(epoch, Contents::kDiscard);
  if (!ring_.is_active(epoch)) return std::nullopt;
  return begin_to_close(epoch, Contents::kKeep);
}

int Allocator::release_and_finish(IncarnationRef incarnation, Finish how) {
  if (how == Finish::kKeep) return release(incarnation);
  if (this_threads_heap() != nullptr && try_release(incarnation, 2)) return 0;
  const std::uint32_t epoch = incarnation.epoch;
  Closing closing(*this);
  if (!ring_.stands(epoch, incarnation.era)) {
    count(GlobalCounter::k_stale_releases);
    return ESTALE;
  }
  bool dropped = false;
  std::optional<Leaving> leaving;
  {
    const Heaps::Stop stop(store_.heaps());
    dropped = references_.drop(epoch);
    // Also when somebody else dropped the last reference before: never none (R-2.5-4).
    leaving = begin_to_finish(epoch, how);
  }
  if (leaving) leave(closing, *leaving);
  return dropped ? 0 : EINVAL;
}

std::uint64_t Allocator::refcount(std::uint32_t epoch) {
  const Call call(*this);
  const Heaps::Stop stop(store_.heaps());
  base::mark_counted(&ring_.record(epoch));
  return ring_.refcount(epoch);
}

}  // namespace temporal_slab::heap
