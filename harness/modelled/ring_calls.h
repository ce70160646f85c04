// The calls of epochs and references through the C API: those that need nothing but the allocator
// and the thread's own reference. The explorer makes them on the modelled library, stress/ on the
// real one.
#pragma once

#include <cerrno>

#include "harness/modelled/library.h"

namespace temporal_slab::modelled {

// What a call came back with, and what it says by errno.
template <typename Work>
Result observe(const Work& work) {
  errno = 0;
  const auto value = static_cast<std::uint64_t>(work());
  return {errno, value};
}

template <typename Work>
Result observe_nothing(const Work& work) {
  errno = 0;
  work();
  return {errno, 0};
}

// False: it is no call of epochs and references. `own`: what the thread acquired last.
bool make_ring_call(SlabAllocator* allocator, SlabEpochRef* own, const Call& call, Result* out);

}  // namespace temporal_slab::modelled
