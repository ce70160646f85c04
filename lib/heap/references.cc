#include "heap/references.h"

#include <optional>

#include "base/memory_marks.h"

namespace temporal_slab::heap {

using epoch::Holders;

// By its heap, where that may count.
std::uint32_t References::hold(std::uint32_t epoch, std::uint64_t site) {
  Heap* const heap = heaps_.holder();
  Holders holders = ring_.holders(epoch);
  if (!holders.has_place() && holders.own() == 0) {
    // Those that hold nothing must not keep a place.
    const Heaps::Stop stop(heaps_);
    for (std::uint32_t number = 1; number <= heaps_.count(); ++number)
      if (holders.settle(number, true)) {
        heaps_.at(number).references().disarm(epoch);
        heaps_.at(number).references().let_others_drop_no_more(epoch);
      }
  }
  const bool shared = ring_.is_shared(epoch);
  const stats::HolderWords& mine =
      holders.take(site, heap == nullptr || shared ? 0 : heap->number());
  if (!shared) arm(heap, epoch, mine);
  return static_cast<std::uint32_t>(stats::get(mine.number));
}

std::uint32_t References::opened_with_first(std::uint32_t epoch) {
  const stats::HolderWords& mine = stats::standing_holders(ring_.segment(), epoch).places[0];
  arm(heaps_.holder(), epoch, mine);
  return static_cast<std::uint32_t>(stats::get(mine.number));
}

void References::arm(Heap* heap, std::uint32_t epoch, const stats::HolderWords& mine) {
  if (heap == nullptr || stats::get(mine.heap) != heap->number()) return;
  if (base::under_tsan()) return;  // which is told of each drop
  ReferenceCounts& counts = heap->references();
  const std::uint64_t dropped = stats::get(counts.held(epoch).dropped) & ~stats::kOthersDrop;
  const auto above = static_cast<std::int64_t>(stats::get(mine.refs) - dropped);
  counts.arm(epoch, ring_.era(epoch), above > 0 ? 0 : static_cast<std::uint64_t>(-above),
             static_cast<std::uint32_t>(stats::get(mine.number)));
}

void References::disarm(std::uint32_t epoch) {
  for (std::uint32_t number = 1; number <= heaps_.count(); ++number) {
    ReferenceCounts& counts = heaps_.at(number).references();
    counts.disarm(epoch);
    counts.let_others_drop_no_more(epoch);
  }
}

// What it holds goes up alone meanwhile, but for what is dropped by the same word. Acquire pairs
// with the release of whoever dropped last: the taking of what that one dropped is seen, too, and
// so is that of what the caller drops.
bool References::drop_shared(std::uint32_t epoch, const stats::HolderWords& holder,
                             stats::HeldWords& held, std::uint64_t at_least) {
  base::mark_dropped(&ring_.record(epoch));
  std::uint64_t dropped = held.dropped.load(sync::kAcquire);
  do {
    const std::uint64_t refs =
        stats::get(holder.refs) + stats::held_count(held.refs.load(sync::kAcquire), dropped);
    if (refs < at_least) return false;
  } while (
      !held.dropped.compare_exchange_strong(dropped, dropped + 1, sync::kAcqRel, sync::kAcquire));
  return true;
}

// In a section of the calling thread's heap: no incarnation begins or ends, no thread's heap is
// settled, and who drops how stays as it is.
bool References::try_drop_of(Heap& own, const Reference& reference, std::uint64_t at_least) {
  const Heaps::Section section(heaps_, own);
  if (!section.open() || !ring_.stands(reference.epoch, reference.era)) return false;
  const stats::HolderWords* const holder =
      ring_.holders(reference.epoch).numbered(reference.holder);
  if (holder == nullptr) return false;
  const auto heap = static_cast<std::uint32_t>(holder->heap.load(sync::kAcquire));
  if (heap == 0) return false;
  ReferenceCounts& counts = heaps_.at(heap).references();
  return counts.others_drop(reference.epoch) &&
         drop_shared(reference.epoch, *holder, counts.held(reference.epoch), at_least);
}

bool References::drop_of(const Reference& reference) {
  const std::uint32_t epoch = reference.epoch;
  if (reference.holder == 0) return drop(epoch);
  Holders holders = ring_.holders(epoch);
  stats::HolderWords* const holder = holders.numbered(reference.holder);
  bool dropped = false;
  base::mark_dropped(&ring_.record(epoch));
  base::mark_counted(&ring_.record(epoch));
  // Somebody has dropped what another took without saying whose: one that is held may be charged to
  // anybody.
  if (ring_.is_shared(epoch) && (holder == nullptr || holders.refs_of(*holder) == 0))
    return ring_.dec(epoch);
  if (holder != nullptr && stats::get(holder->heap) != 0 && !ring_.is_shared(epoch)) {
    Heap& heap = heaps_.at(static_cast<std::uint32_t>(stats::get(holder->heap)));
    if (&heap == heaps_.holder() && !heap.references().others_drop(epoch)) {
      dropped = holders.own() != 0;
      // The heap's floor is no longer right.
      heap.references().disarm(epoch);
      if (dropped) holders.drop(*holder);
    } else {
      if (!heap.references().others_drop(epoch)) {
        const Heaps::Stop stop(heaps_);
        heap.references().let_others_drop(epoch);
      }
      dropped = drop_shared(epoch, *holder, heap.references().held(epoch), 1);
    }
  } else if (holder != nullptr && holders.refs_of(*holder) != 0) {
    holders.drop(*holder);
    dropped = true;
  }
  if (!dropped) ring_.count_underflow();
  return dropped;
}

bool References::drop(std::uint32_t epoch) {
  base::mark_dropped(&ring_.record(epoch));
  base::mark_counted(&ring_.record(epoch));
  Holders holders = ring_.holders(epoch);
  std::optional<Heaps::Stop> stop;
  if (holders.own() != 0) {
    if (Heap* const heap = heaps_.holder(); heap != nullptr) {
      ReferenceCounts& counts = heap->references();
      if (counts.others_drop(epoch))
        return drop_of({epoch, counts.holder(epoch), ring_.era(epoch)});
      // The heap's floor is no longer right.
      counts.disarm(epoch);
    }
  } else if (!ring_.is_shared(epoch)) {
    stop.emplace(heaps_);
    if (ring_.refcount(epoch) != 0) {
      disarm(epoch);
      ring_.share(epoch);
    }
  }
  return ring_.dec(epoch);
}

void References::settle(Heap& heap) {
  // Others may be about to drop by its words.
  std::optional<Heaps::Stop> stop;
  if (heap.references().others_drop()) stop.emplace(heaps_);
  for (std::uint32_t epoch = 0; epoch < ring_.epoch_count(); ++epoch) {
    ring_.holders(epoch).settle(heap.number(), false);
    heap.references().let_others_drop_no_more(epoch);
  }
}

}  // namespace temporal_slab::heap
