// An allocator for workloads, which ends with them.
#pragma once

#include <temporal_slab/slab_alloc.h>

#include <memory>

#include "bench/workload.h"

namespace temporal_slab::bench {

struct FreeAllocator {
  void operator()(SlabAllocator* allocator) const { slab_allocator_free(allocator); }
};
using AllocatorPtr = std::unique_ptr<SlabAllocator, FreeAllocator>;

inline AllocatorPtr make_allocator(const SlabOptions* options = nullptr) {
  AllocatorPtr allocator(slab_allocator_create_with(options));
  if (allocator == nullptr) give_up("slab_allocator_create_with");
  return allocator;
}

}  // namespace temporal_slab::bench
