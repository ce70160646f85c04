// An allocator for workloads, which ends with them.
#pragma once

#include <temporal_slab/slab_alloc.h>

#include <cstddef>
#include <memory>

#include "bench/workload.h"

namespace temporal_slab::bench {

struct FreeAllocator {
  void operator()(SlabAllocator* allocator) const { slab_allocator_free(allocator); }
};
using AllocatorPtr = std::unique_ptr<SlabAllocator, FreeAllocator>;

// `retain_bytes` 0: the default.
inline AllocatorPtr make_allocator(std::size_t retain_bytes = 0) {
  SlabOptions options;
  slab_options_init(&options);
  if (retain_bytes != 0) options.retain_bytes = retain_bytes;
  AllocatorPtr allocator(slab_allocator_create_with(&options));
  if (allocator == nullptr) give_up("slab_allocator_create_with");
  return allocator;
}

}  // namespace temporal_slab::bench
