// A module that calls what it is given: its call sites are its own.
#include <temporal_slab/slab_alloc.h>

using Call = void (*)(SlabAllocator*, EpochId);

extern "C" [[gnu::visibility("default")]] int call_from_another_module(Call call,
                                                                       SlabAllocator* allocator,
                                                                       EpochId epoch) {
  call(allocator, epoch);
  return 1;  // something left to do: the call is no jump
}
