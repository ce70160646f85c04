// The calls of which histories are made: which one comes next, and what an allocator says to it.
// They are those of the modelled library (harness/modelled/library.h), whose specification says
// what each must come back with; none of its other parts is used here.
#pragma once

#include <temporal_slab/slab_alloc.h>

#include "harness/modelled/library.h"
#include "stress/random.h"

namespace temporal_slab::stress {

// What a history is mostly about.
enum class Topic { kReferences, kRing };

modelled::Call draw_call(Random& random, Topic topic);

// `own`: the reference that the calling thread acquired last.
modelled::Result make_call(SlabAllocator* allocator, SlabEpochRef* own, const modelled::Call& call);

const char* name_of(modelled::Make make);

}  // namespace temporal_slab::stress
