// The C border: what an opaque allocator is, and how errors reach errno.
#pragma once

#include <temporal_slab/slab_alloc.h>

#include <cerrno>
#include <cstdint>

#include "heap/allocator.h"

namespace temporal_slab::capi {

// The handle that C sees is the allocator itself.
inline heap::Allocator* inner(SlabAllocator* allocator) {
  return reinterpret_cast<heap::Allocator*>(allocator);
}
inline SlabAllocator* outer(heap::Allocator* allocator) {
  return reinterpret_cast<SlabAllocator*>(allocator);
}

inline heap::Reference inner(SlabEpochRef reference) {
  return {reference.epoch, reference.holder, reference.era};
}
inline SlabEpochRef outer(const heap::Reference& reference) {
  return {reference.epoch, reference.holder, reference.era};
}

using Finish = heap::Allocator::Finish;
// False: it is none.
inline bool to_finish(SlabFinish finish, Finish* out) {
  switch (finish) {
    case SLAB_FINISH_KEEP:
      *out = Finish::kKeep;
      return true;
    case SLAB_FINISH_CLOSE:
      *out = Finish::kClose;
      return true;
    case SLAB_FINISH_DISCARD:
      *out = Finish::kDiscard;
      return true;
  }
  return false;
}

// Of an allocator that is one.
inline bool is_epoch(SlabAllocator* allocator, EpochId epoch) {
  return epoch < inner(allocator)->epoch_count();
}

// Where the C function that says this was called from (R-2.5-5). The compiler puts it
// into the function itself, so it is no frame too deep.
[[gnu::always_inline]] inline std::uint64_t call_site() {
  return reinterpret_cast<std::uintptr_t>(
      __builtin_extract_return_addr(__builtin_return_address(0)));
}

// Keeps errno over a call: a call that succeeds leaves it as it was, however the
// work inside went, and one that fails says why (R-2-1).
class ErrnoScope {
 public:
  ErrnoScope() : value_(errno) {}
  ~ErrnoScope() { errno = value_; }
  ErrnoScope(const ErrnoScope&) = delete;
  ErrnoScope& operator=(const ErrnoScope&) = delete;

  // Takes over an error value; true if it is none.
  bool check(int error) {
    if (error != 0) value_ = error;
    return error == 0;
  }

 private:
  int value_;
};

}  // namespace temporal_slab::capi
