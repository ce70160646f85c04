#include "heap/references.h"

#include <optional>

#include "base/memory_marks.h"

namespace temporal_slab::heap {

using epoch::Holders;

// By its heap, where that may count.
void References::hold(std::uint32_t epoch, std::uint64_t site) {
  Heap* const heap = heaps_.holder();
  Holders holders = ring_.holders(epoch);
  if (!holders.has_place() && holders.own() == 0) {
    // Those that hold nothing must not keep a place.
    const Heaps::Stop stop(heaps_);
    for (std::uint32_t number = 1; number <= heaps_.count(); ++number)
      if (holders.settle(number, true)) heaps_.at(number).references().disarm(epoch);
  }
  const bool shared = ring_.is_shared(epoch);
  const stats::HolderWords& mine =
      holders.take(site, heap == nullptr || shared ? 0 : heap->number());
  if (!shared) arm(heap, epoch, mine);
}

void References::arm(Heap* heap, std::uint32_t epoch, const stats::HolderWords& mine) {
  if (heap == nullptr || stats::get(mine.heap) != heap->number()) return;
  if (base::under_tsan()) return;  // which is told of each drop
  const auto above = static_cast<std::int64_t>(stats::get(mine.refs));
  heap->references().arm(epoch, ring_.era(epoch),
                         above > 0 ? 0 : static_cast<std::uint64_t>(-above));
}

void References::disarm(std::uint32_t epoch) {
  for (std::uint32_t number = 1; number <= heaps_.count(); ++number)
    heaps_.at(number).references().disarm(epoch);
}

bool References::drop(std::uint32_t epoch) {
  base::mark_dropped(&ring_.record(epoch));
  base::mark_counted(&ring_.record(epoch));
  Holders holders = ring_.holders(epoch);
  std::optional<Heaps::Stop> stop;
  if (holders.own() != 0) {
    // The heap's floor is no longer right.
    if (Heap* const heap = heaps_.holder(); heap != nullptr) heap->references().disarm(epoch);
  } else if (!ring_.is_shared(epoch)) {
    stop.emplace(heaps_);
    if (ring_.refcount(epoch) != 0) {
      disarm(epoch);
      ring_.share(epoch);
    }
  }
  return ring_.dec(epoch);
}

void References::settle(const Heap& heap) {
  for (std::uint32_t epoch = 0; epoch < epoch::kEpochCount; ++epoch)
    ring_.holders(epoch).settle(heap.number(), false);
}

}  // namespace temporal_slab::heap
