// All figures of an allocator, read through the public API and summed up.
#pragma once

#include <temporal_slab/slab_stats.h>

#include <array>
#include <cstdint>

namespace temporal_slab::stress {

struct Figures {
  SlabGlobalStats global{};
  std::array<SlabClassStats, SLAB_CLASS_COUNT> classes{};
  std::array<std::uint64_t, SLAB_MOST_EPOCHS> era{};
  std::array<std::uint64_t, SLAB_MOST_EPOCHS> refcount{};
  std::uint64_t live_over_classes = 0;
  std::uint64_t live_over_epochs = 0;
  std::uint64_t slabs_over_classes = 0;
  std::uint64_t slabs_over_epochs = 0;
  std::uint64_t bytes_over_classes = 0;  // in epochs and warm
  std::uint64_t warm_bytes = 0;
  std::uint64_t empty_attached_bytes = 0;  // slabs without objects that epochs keep
  std::uint64_t empty_slabs_of_closing = 0;
  std::uint64_t references = 0;
  std::uint64_t last_era = 0;
};

// No other thread is inside a call, so that what is read one after another agrees.
Figures read_figures(SlabAllocator* allocator);

}  // namespace temporal_slab::stress
