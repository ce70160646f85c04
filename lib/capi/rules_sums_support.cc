#include "capi/rules_sums_support.h"

#include <gtest/gtest.h>

namespace temporal_slab::rules {

std::uint64_t sum(const Json& rows, const char* name) {
  std::uint64_t total = 0;
  for (const Json& row : rows) total += row[name].get<std::uint64_t>();
  return total;
}

void expect_sums_agree(SlabAllocator* allocator) {
  const Json json = snapshot(allocator);
  const Json& classes = json["classes"];
  const Json& epochs = json["epochs"];
  const std::uint64_t allocs = json["total_allocs"];
  const std::uint64_t frees = json["total_frees"];
  const std::uint64_t net_slabs = json["net_slabs"];

  EXPECT_EQ(sum(epochs, "live_objects"), allocs - frees);
  EXPECT_EQ(sum(classes, "live_objects"), allocs - frees);
  EXPECT_EQ(sum(classes, "allocs"), allocs);
  EXPECT_EQ(sum(classes, "frees"), frees);
  EXPECT_EQ(sum(epochs, "live_bytes"), sum(classes, "live_bytes"));

  EXPECT_EQ(sum(epochs, "total_partial_slabs") + sum(epochs, "total_full_slabs") +
                sum(epochs, "total_reclaimable_slabs") + sum(epochs, "carried_slabs"),
            net_slabs);
  EXPECT_EQ(sum(classes, "net_slabs"), net_slabs);
  EXPECT_EQ(json["total_slabs_allocated"].get<std::uint64_t>() -
                json["total_slabs_recycled"].get<std::uint64_t>(),
            net_slabs);
  EXPECT_EQ(sum(classes, "new_slab_count"), json["total_slabs_allocated"]);
  EXPECT_EQ(sum(classes, "empty_slab_recycled") + sum(classes, "empty_slab_overflowed"),
            json["total_slabs_recycled"]);
  EXPECT_EQ(sum(classes, "empty_slab_overflowed"), json["total_cache_overflows"]);
  EXPECT_EQ((net_slabs + sum(classes, "cache_size")) * kSlabBytes,
            json["estimated_slab_rss_bytes"]);
  EXPECT_EQ(sum(classes, "estimated_rss_bytes"), json["estimated_slab_rss_bytes"]);
  EXPECT_EQ(sum(epochs, "estimated_rss_bytes"), net_slabs * kSlabBytes);
  EXPECT_EQ(sum(epochs, "reclaimable_bytes"), sum(epochs, "total_reclaimable_slabs") * kSlabBytes);

  EXPECT_EQ(json["active_epoch_count"].get<std::uint64_t>() +
                json["closing_epoch_count"].get<std::uint64_t>(),
            16u);
  EXPECT_EQ(sum(classes, "slow_path_hits"), json["total_slow_path_hits"]);
  EXPECT_EQ(sum(classes, "madvise_calls"), json["total_madvise_calls"]);
  EXPECT_EQ(sum(classes, "madvise_bytes"), json["total_madvise_bytes"]);
  for (const Json& row : classes) {
    EXPECT_EQ(row["committed_bytes"], row["net_slabs"].get<std::uint64_t>() * kSlabBytes);
    EXPECT_EQ(row["live_bytes"],
              row["live_objects"].get<std::uint64_t>() * row["object_size"].get<std::uint64_t>());
    EXPECT_EQ(row["live_objects"],
              row["allocs"].get<std::uint64_t>() - row["frees"].get<std::uint64_t>());
  }
}

}  // namespace temporal_slab::rules
