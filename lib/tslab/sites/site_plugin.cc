// A shared object that site_program loads when its allocator is at work already.
#include <temporal_slab/slab_alloc.h>

extern "C" [[gnu::visibility("default")]] void leak_in_plugin(
    SlabAllocator* allocator, EpochId epoch, void (*inc)(SlabAllocator*, EpochId)) {
  inc(allocator, epoch);  // marked: plugin
  asm volatile("");       // else the call would be a jump
}
