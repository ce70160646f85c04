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

// The references that the caller took or dropped before are plain stores, and would else come
// behind the loads: whoever changes the label after this could miss them (R-2.3-1). Era, state and
// which epoch is current do not need the fence: they change while all who count are stopped. A
// count came before the stopper's membarrier and is seen, or comes after the change and finds it.
EpochIdentity identity(SlabAllocator* allocator, EpochId epoch) {
  temporal_slab::sync::full_fence();
  return temporal_slab::stats::read_epoch_identity(&inner(allocator)->segment(), epoch);
}

// What the calling thread's heap does not count at once. Calls of their own, so that the usual
// case makes none.
[[gnu::noinline]] void inc_otherwise(SlabAllocator* allocator, EpochId epoch, std::uint64_t site) {
  if (valid(allocator, epoch)) inner(allocator)->inc(epoch, site);
}
[[gnu::noinline]] void dec_otherwise(SlabAllocator* allocator, EpochId epoch) {
  if (valid(allocator, epoch)) inner(allocator)->dec(epoch);
}
[[gnu::noinline]] SlabEpochRef acquire_otherwise(SlabAllocator* allocator, std::uint64_t site) {
  if (!valid(allocator, 0)) return {SLAB_EPOCH_COUNT, 0};
  const auto taken = inner(allocator)->acquire(site);
  return {taken.epoch, taken.era};
}
[[gnu::noinline]] bool release_otherwise(SlabAllocator* allocator, SlabEpochRef reference) {
  if (!valid(allocator, reference.epoch)) return false;
  ErrnoScope scope;
  return scope.check(inner(allocator)->release({reference.epoch, reference.era}));
}

}  // namespace

extern "C" {

EpochId epoch_current(SlabAllocator* allocator) {
  if (!valid(allocator, 0)) return 0;
  temporal_slab::sync::full_fence();  // advance's membarrier would do: see identity()
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
  if (allocator == nullptr || !is_epoch(epoch) || !inner(allocator)->try_inc(epoch, call_site()))
      [[unlikely]]
    inc_otherwise(allocator, epoch, call_site());
}

void slab_epoch_dec_refcount(SlabAllocator* allocator, EpochId epoch) {
  if (allocator == nullptr || !is_epoch(epoch) || !inner(allocator)->try_dec(epoch)) [[unlikely]]
    dec_otherwise(allocator, epoch);
}

uint64_t slab_epoch_get_refcount(SlabAllocator* allocator, EpochId epoch) {
  if (!valid(allocator, epoch)) return 0;
  const auto count = temporal_slab::stats::read_refcount(&inner(allocator)->segment(), epoch);
  return count.exact ? count.refs : inner(allocator)->refcount(epoch);
}

SlabEpochRef slab_epoch_acquire(SlabAllocator* allocator) {
  temporal_slab::heap::IncarnationRef taken{};
  if (allocator == nullptr || !inner(allocator)->try_acquire(call_site(), &taken)) [[unlikely]]
    return acquire_otherwise(allocator, call_site());
  return {taken.epoch, taken.era};
}

bool slab_epoch_release(SlabAllocator* allocator, SlabEpochRef reference) {
  if (allocator == nullptr || !is_epoch(reference.epoch) ||
      !inner(allocator)->try_release({reference.epoch, reference.era})) [[unlikely]]
    return release_otherwise(allocator, reference);
  return true;
}

}  // extern "C"
