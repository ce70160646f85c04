// A header of a user, in a folder that is called as this library's is: what stands
// here is the user's.
#pragma once

#include <temporal_slab/temporal_slab.hpp>

[[gnu::always_inline]] inline void take_in_user_header(SlabAllocator* allocator) {
  slab_epoch_inc_refcount(allocator, 0);  // site: user header
  asm volatile("");
}
