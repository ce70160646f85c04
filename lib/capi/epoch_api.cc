// slab_alloc.h: the ring, labels, references.
#include <cstring>

#include "base/utf8.h"
#include "capi/border.h"
#include "stats/segment_reader.h"

using temporal_slab::capi::call_site;
using temporal_slab::capi::ErrnoScope;
using temporal_slab::capi::inner;
using temporal_slab::capi::is_epoch;
using temporal_slab::stats::EpochIdentity;
using temporal_slab::stats::EpochState;

namespace {

// True if both are good; else errno says so.
bool valid(SlabAllocator* allocator, EpochId epoch) {
  if (allocator != nullptr && is_epoch(epoch)) return true;
  errno = EINVAL;
  return false;
}

EpochIdentity identity(SlabAllocator* allocator, EpochId epoch) {
  return temporal_slab::stats::read_epoch_identity(&inner(allocator)->segment(), epoch);
}

}  // namespace

extern "C" {

EpochId epoch_current(SlabAllocator* allocator) {
  if (!valid(allocator, 0)) return 0;
  // Acquire pairs with the release in Ring::open: the epoch is open as it is seen.
  return static_cast<EpochId>(
      inner(allocator)->segment().current_epoch.load(temporal_slab::sync::kAcquire));
}

void epoch_advance(SlabAllocator* allocator) {
  if (!valid(allocator, 0)) return;
  const ErrnoScope scope;
  inner(allocator)->advance();
}

void epoch_close(SlabAllocator* allocator, EpochId epoch) {
  if (!valid(allocator, epoch)) return;
  const ErrnoScope scope;
  inner(allocator)->close(epoch);
}

bool slab_epoch_try_close(SlabAllocator* allocator, EpochId epoch) {
  if (!valid(allocator, epoch)) return false;
  ErrnoScope scope;
  return scope.check(inner(allocator)->try_close(epoch));
}

uint64_t slab_epoch_discard(SlabAllocator* allocator, EpochId epoch) {
  if (!valid(allocator, epoch)) return 0;
  const ErrnoScope scope;
  return inner(allocator)->discard(epoch);
}

uint64_t slab_epoch_era(SlabAllocator* allocator, EpochId epoch) {
  return valid(allocator, epoch) ? identity(allocator, epoch).era : 0;
}

EpochLifecycleState slab_epoch_state(SlabAllocator* allocator, EpochId epoch) {
  if (!valid(allocator, epoch)) return EPOCH_CLOSING;
  return identity(allocator, epoch).state == EpochState::kActive ? EPOCH_ACTIVE : EPOCH_CLOSING;
}

void slab_epoch_set_label(SlabAllocator* allocator, EpochId epoch, const char* label) {
  if (!valid(allocator, epoch) || label == nullptr) return;
  const ErrnoScope scope;
  char clean[SLAB_LABEL_BYTES];
  const size_t bytes = temporal_slab::base::sanitize_utf8_c_string(label, clean, sizeof clean);
  inner(allocator)->set_label(epoch, {clean, bytes});
}

size_t slab_epoch_get_label(SlabAllocator* allocator, EpochId epoch, char out[SLAB_LABEL_BYTES]) {
  if (!valid(allocator, epoch)) return 0;
  if (out == nullptr) {
    errno = EINVAL;
    return 0;
  }
  const EpochIdentity read = identity(allocator, epoch);
  std::memcpy(out, read.label, sizeof read.label);
  return read.label_length;
}

void slab_epoch_inc_refcount(SlabAllocator* allocator, EpochId epoch) {
  if (!valid(allocator, epoch)) return;
  inner(allocator)->inc(epoch, call_site());
}

void slab_epoch_dec_refcount(SlabAllocator* allocator, EpochId epoch) {
  if (!valid(allocator, epoch)) return;
  inner(allocator)->dec(epoch);
}

uint64_t slab_epoch_get_refcount(SlabAllocator* allocator, EpochId epoch) {
  return valid(allocator, epoch) ? identity(allocator, epoch).refcount : 0;
}

SlabEpochRef slab_epoch_acquire(SlabAllocator* allocator) {
  if (!valid(allocator, 0)) return {SLAB_EPOCH_COUNT, 0};
  const auto taken = inner(allocator)->acquire(call_site());
  return {taken.epoch, taken.era};
}

bool slab_epoch_release(SlabAllocator* allocator, SlabEpochRef reference) {
  if (!valid(allocator, reference.epoch)) return false;
  ErrnoScope scope;
  return scope.check(inner(allocator)->release({reference.epoch, reference.era}, false));
}

}  // extern "C"
