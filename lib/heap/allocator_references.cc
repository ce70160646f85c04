// References: what a thread's own count does not decide, or not at once.
#include <cerrno>
#include <optional>

#include "base/memory_marks.h"
#include "heap/allocator.h"

namespace temporal_slab::heap {

using stats::GlobalCounter;

// Of the calling thread's own: its heap counts where it may.
void Allocator::hold_locked(std::uint32_t epoch, std::uint64_t site) {
  join_locked();
  memory_.reserve(&stats::standing_holders(segment_, epoch), sizeof(stats::HolderTable));
  references_.hold(epoch, site);
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

IncarnationRef Allocator::acquire(std::uint64_t site) {
  modules_.note(site);
  IncarnationRef taken{};
  if (Heap* const heap = this_threads_heap();
      heap != nullptr &&
      References::try_hold_current<Site::kAny>(store_.heaps(), *heap, current_, site, &taken))
    return taken;
  prepare_to_join();
  const Call call(*this);
  const std::uint32_t epoch = ring_.current();
  hold_locked(epoch, site);
  return {epoch, ring_.era(epoch)};
}

int Allocator::acquire_standing(IncarnationRef incarnation, std::uint64_t site) {
  if (Heap* const heap = heap_that_knows(site);
      heap != nullptr &&
      References::try_hold<Site::kAny>(store_.heaps(), *heap, incarnation.epoch,
                                       References::ThisEra{incarnation.era}, site))
    return 0;
  prepare_to_join();
  const Call call(*this);
  if (!ring_.stands(incarnation.epoch, incarnation.era)) return ESTALE;
  hold_locked(incarnation.epoch, site);
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

int Allocator::release_and_close(IncarnationRef incarnation) {
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
    if (ring_.refcount(epoch) == 0 && ring_.is_active(epoch)) leaving = begin_to_close(epoch);
  }
  if (leaving) leave(closing, *leaving, Contents::kKeep);
  return dropped ? 0 : EINVAL;
}

std::uint64_t Allocator::refcount(std::uint32_t epoch) {
  const Call call(*this);
  const Heaps::Stop stop(store_.heaps());
  base::mark_counted(&ring_.record(epoch));
  return ring_.refcount(epoch);
}

}  // namespace temporal_slab::heap
