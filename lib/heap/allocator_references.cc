// References: what a thread's own count does not decide, or not at once.
#include <cerrno>
#include <optional>

#include "heap/allocator.h"

namespace temporal_slab::heap {

using epoch::Holders;
using stats::GlobalCounter;

// Of the calling thread's own: its heap counts where it may.
void Allocator::hold_locked(std::uint32_t epoch, std::uint64_t site) {
  join_locked();
  Heaps& heaps = store_.heaps();
  Heap* const heap = heaps.holder();
  Holders holders = ring_.holders(epoch);
  if (!holders.has_place() && holders.own() == 0) {
    // Those that hold nothing must not keep a place.
    const Heaps::Stop stop(heaps);
    for (std::uint32_t number = 1; number <= heaps.count(); ++number)
      if (holders.settle(number, true)) heaps.at(number).disarm(epoch);
  }
  const bool shared = ring_.is_shared(epoch);
  const stats::HolderWords& mine =
      holders.take(site, heap == nullptr || shared ? 0 : heap->number());
  if (!shared) arm(heap, epoch, mine);
}

void Allocator::arm(Heap* heap, std::uint32_t epoch, const stats::HolderWords& mine) {
  if (heap == nullptr || stats::get(mine.heap) != heap->number()) return;
  const auto above = static_cast<std::int64_t>(stats::get(mine.refs));
  heap->arm(epoch, ring_.era(epoch), above > 0 ? 0 : static_cast<std::uint64_t>(-above));
}

// False: nobody holds any.
bool Allocator::drop_locked(std::uint32_t epoch) {
  Heaps& heaps = store_.heaps();
  Holders holders = ring_.holders(epoch);
  std::optional<Heaps::Stop> stop;
  if (holders.own() != 0) {
    // The heap's floor is no longer right.
    if (Heap* const heap = heaps.holder(); heap != nullptr) heap->disarm(epoch);
  } else if (!ring_.is_shared(epoch)) {
    stop.emplace(heaps);
    if (ring_.refcount(epoch) != 0) {
      heaps.disarm(epoch);
      ring_.share(epoch);
    }
  }
  return ring_.dec(epoch);
}

Heap* Allocator::heap_that_knows(std::uint64_t site) {
  const stats::Sites sites = modules_.note(site);
  Heap* const heap = this_threads_heap();
  if (heap != nullptr) heap->know_sites(sites);
  return heap;
}

void Allocator::inc(std::uint32_t epoch, std::uint64_t site) {
  if (heap_that_knows(site) != nullptr && try_hold<Site::kAny>(epoch, AnyEra(), site)) return;
  prepare_to_join();
  const Call call(*this);
  hold_locked(epoch, site);
}

void Allocator::dec(std::uint32_t epoch) {
  if (this_threads_heap() != nullptr && try_drop(epoch, AnyEra(), 1)) return;
  const Call call(*this);
  drop_locked(epoch);
}

IncarnationRef Allocator::acquire(std::uint64_t site) {
  modules_.note(site);
  IncarnationRef taken{};
  if (this_threads_heap() != nullptr && try_hold_current<Site::kAny>(site, &taken)) return taken;
  prepare_to_join();
  const Call call(*this);
  const std::uint32_t epoch = ring_.current();
  hold_locked(epoch, site);
  return {epoch, ring_.era(epoch)};
}

int Allocator::acquire_standing(IncarnationRef incarnation, std::uint64_t site) {
  if (heap_that_knows(site) != nullptr &&
      try_hold<Site::kAny>(incarnation.epoch, ThisEra{incarnation.era}, site))
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
  return drop_locked(incarnation.epoch) ? 0 : EINVAL;
}

int Allocator::release_and_close(IncarnationRef incarnation) {
  if (this_threads_heap() != nullptr && try_release(incarnation, 2)) return 0;
  const std::uint32_t epoch = incarnation.epoch;
  const Call call(*this);
  if (!ring_.stands(epoch, incarnation.era)) {
    count(GlobalCounter::k_stale_releases);
    return ESTALE;
  }
  bool dropped = false;
  std::optional<Leaving> leaving;
  {
    const Heaps::Stop stop(store_.heaps());
    dropped = drop_locked(epoch);
    // Also when somebody else dropped the last reference before: never none (R-2.5-4).
    if (ring_.refcount(epoch) == 0 && ring_.is_active(epoch)) leaving = begin_to_close(epoch);
  }
  if (leaving) leave(*leaving, Contents::kKeep);
  return dropped ? 0 : EINVAL;
}

std::uint64_t Allocator::refcount(std::uint32_t epoch) {
  const Call call(*this);
  const Heaps::Stop stop(store_.heaps());
  return ring_.refcount(epoch);
}

}  // namespace temporal_slab::heap
