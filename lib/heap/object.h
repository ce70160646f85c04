// An object as it is given out, and a slot as it is found.
#pragma once

#include <cstdint>

#include "memory/slab.h"

namespace temporal_slab::heap {

struct Object {
  void* address;  // nullptr: errno says why
  std::uint64_t handle;
};

// A slot that a handle or a pointer names, or why there is none.
struct Found {
  memory::Slab* slab;  // nullptr: see error
  std::uint32_t slot;
  memory::SlotWord word;  // as it was found: live
  int error;              // ESTALE: it was freed before; EINVAL: it never was this allocator's
};

}  // namespace temporal_slab::heap
