// slab_alloc.h: the ring, labels, references.
#include <cstring>
#include <string_view>

#include "base/utf8.h"
#include "capi/border.h"
#include "stats/segment_reader.h"

using temporal_slab::capi::call_site;
using temporal_slab::capi::ErrnoScope;
using temporal_slab::capi::Finish;
using temporal_slab::capi::inner;
using temporal_slab::capi::is_epoch;
using temporal_slab::capi::outer;
using temporal_slab::capi::to_finish;
using temporal_slab::stats::EpochIdentity;
using temporal_slab::stats::EpochState;

namespace {

constexpr SlabEpochRef kNoReference = {UINT32_MAX, 0, 0};

// A label as it is kept (R-2.4-1); NULL is "".
class CleanLabel {
 public:
  explicit CleanLabel(const char* label)
      : bytes_(temporal_slab::base::sanitize_utf8_c_string(label == nullptr ? "" : label, text_,
                                                           sizeof text_)) {}
  std::string_view text() const { return {text_, bytes_}; }

 private:
  char text_[SLAB_LABEL_BYTES];
  const size_t bytes_;
};

// True if both are good; else errno says so.
bool valid(SlabAllocator* allocator, EpochId epoch) {
  if (allocator != nullptr && is_epoch(allocator, epoch)) return true;
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
  if (!valid(allocator, 0)) return kNoReference;
  return outer(inner(allocator)->acquire(site));
}
[[gnu::noinline]] bool release_otherwise(SlabAllocator* allocator, SlabEpochRef reference) {
  if (!valid(allocator, reference.epoch)) return false;
  ErrnoScope scope;
  return scope.check(inner(allocator)->release(inner(reference)));
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
  ErrnoScope scope;
  scope.check(inner(allocator)->advance());
}

void epoch_close(SlabAllocator* allocator, EpochId epoch) {
  if (!valid(allocator, epoch)) return;
  ErrnoScope scope;
  scope.check(inner(allocator)->close(epoch));
}

bool slab_epoch_try_close(SlabAllocator* allocator, EpochId epoch) {
  if (!valid(allocator, epoch)) return false;
  ErrnoScope scope;
  return scope.check(inner(allocator)->try_close(epoch));
}

uint64_t slab_epoch_discard(SlabAllocator* allocator, EpochId epoch) {
  if (!valid(allocator, epoch)) return 0;
  ErrnoScope scope;
  std::uint64_t objects = 0;
  scope.check(inner(allocator)->discard(epoch, &objects));
  return objects;
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
  const CleanLabel clean(label);
  inner(allocator)->set_label(epoch, clean.text());
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
  if (allocator == nullptr || !is_epoch(allocator, epoch) ||
      !inner(allocator)->try_inc(epoch, call_site())) [[unlikely]]
    inc_otherwise(allocator, epoch, call_site());
}

void slab_epoch_dec_refcount(SlabAllocator* allocator, EpochId epoch) {
  if (allocator == nullptr || !is_epoch(allocator, epoch) || !inner(allocator)->try_dec(epoch))
      [[unlikely]]
    dec_otherwise(allocator, epoch);
}

uint64_t slab_epoch_get_refcount(SlabAllocator* allocator, EpochId epoch) {
  if (!valid(allocator, epoch)) return 0;
  const auto count = temporal_slab::stats::read_refcount(&inner(allocator)->segment(), epoch);
  return count.exact ? count.refs : inner(allocator)->refcount(epoch);
}

SlabEpochRef slab_epoch_acquire(SlabAllocator* allocator) {
  temporal_slab::heap::Reference taken{};
  if (allocator == nullptr || !inner(allocator)->try_acquire(call_site(), &taken)) [[unlikely]]
    return acquire_otherwise(allocator, call_site());
  return outer(taken);
}

bool slab_epoch_release(SlabAllocator* allocator, SlabEpochRef reference) {
  if (allocator == nullptr || !is_epoch(allocator, reference.epoch) ||
      !inner(allocator)->try_release(inner(reference))) [[unlikely]]
    return release_otherwise(allocator, reference);
  return true;
}

SlabEpochRef slab_epoch_open(SlabAllocator* allocator, const char* label) {
  if (!valid(allocator, 0)) return kNoReference;
  const ErrnoScope scope;
  const CleanLabel clean(label);
  return outer(inner(allocator)->open(clean.text(), call_site()));
}

SlabEpochRef slab_epoch_ref_dup(SlabAllocator* allocator, SlabEpochRef reference) {
  if (!valid(allocator, reference.epoch)) return kNoReference;
  ErrnoScope scope;
  temporal_slab::heap::Reference another = inner(reference);
  if (!scope.check(
          inner(allocator)->acquire_standing(another.incarnation(), call_site(), &another.holder)))
    return kNoReference;
  return outer(another);
}

bool slab_epoch_finish(SlabAllocator* allocator, SlabEpochRef reference, SlabFinish finish) {
  if (!valid(allocator, reference.epoch)) return false;
  ErrnoScope scope;
  Finish how{};
  if (!to_finish(finish, &how)) return scope.check(EINVAL);
  bool done = false;
  return scope.check(inner(allocator)->finish(inner(reference), how, &done)) && done;
}

bool slab_epoch_set_label_ref(SlabAllocator* allocator, SlabEpochRef reference, const char* label) {
  if (!valid(allocator, reference.epoch)) return false;
  ErrnoScope scope;
  const CleanLabel clean(label);
  return scope.check(
      inner(allocator)->set_label_if_standing(inner(reference).incarnation(), clean.text()));
}

bool slab_epoch_close_ref(SlabAllocator* allocator, SlabEpochRef reference) {
  if (!valid(allocator, reference.epoch)) return false;
  ErrnoScope scope;
  return scope.check(inner(allocator)->close_if_standing(inner(reference).incarnation()));
}

uint64_t slab_epoch_discard_ref(SlabAllocator* allocator, SlabEpochRef reference) {
  if (!valid(allocator, reference.epoch)) return 0;
  ErrnoScope scope;
  std::uint64_t objects = 0;
  scope.check(inner(allocator)->discard_if_standing(inner(reference).incarnation(), &objects));
  return objects;
}

EpochLifecycleState slab_epoch_state_ref(SlabAllocator* allocator, SlabEpochRef reference) {
  if (!valid(allocator, reference.epoch)) return EPOCH_CLOSING;
  const EpochIdentity stands = identity(allocator, reference.epoch);
  if (stands.era == reference.era)
    return stands.state == EpochState::kActive ? EPOCH_ACTIVE : EPOCH_CLOSING;
  errno = ESTALE;
  return EPOCH_CLOSING;
}

}  // extern "C"
