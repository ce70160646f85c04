#include "stress/figures.h"

#include <algorithm>

namespace temporal_slab::stress {

Figures read_figures(SlabAllocator* allocator) {
  Figures figures;
  slab_stats_global(allocator, &figures.global);
  for (std::uint32_t i = 0; i < SLAB_CLASS_COUNT; ++i) {
    SlabClassStats& row = figures.classes[i];
    slab_stats_class(allocator, i, &row);
    figures.live_over_classes += row.live_objects;
    figures.slabs_over_classes += row.net_slabs;
    figures.bytes_over_classes += row.estimated_rss_bytes;
    figures.warm_bytes += row.cache_size * row.slab_bytes;
    for (EpochId epoch = 0; epoch < figures.global.epoch_count; ++epoch) {
      SlabEpochStats cell{};
      slab_stats_epoch(allocator, i, epoch, &cell);
      figures.live_over_epochs += cell.live_objects;
      figures.empty_attached_bytes += cell.reclaimable_slab_count * row.slab_bytes;
      if (cell.state == EPOCH_CLOSING)
        figures.empty_slabs_of_closing += cell.reclaimable_slab_count;
      figures.slabs_over_epochs += cell.partial_slab_count + cell.full_slab_count +
                                   cell.reclaimable_slab_count + cell.carried_slab_count;
    }
  }
  for (EpochId epoch = 0; epoch < figures.global.epoch_count; ++epoch) {
    figures.era[epoch] = slab_epoch_era(allocator, epoch);
    figures.refcount[epoch] = slab_epoch_get_refcount(allocator, epoch);
    figures.references += figures.refcount[epoch];
    figures.last_era = std::max(figures.last_era, figures.era[epoch]);
  }
  return figures;
}

}  // namespace temporal_slab::stress
