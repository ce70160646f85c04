// How a free finds its slot without the mutex: for those who make it part of their own
// code.
#pragma once

#include "heap/allocator.h"

namespace temporal_slab::heap {

[[gnu::always_inline]] inline bool Allocator::find(std::uint64_t bits, Named* out) const {
  const auto handle = memory::Handle::unpack(bits);
  if (handle.granule >= memory::granule_limit()) [[unlikely]]
    return false;
  memory::Slab* const slab = memory::slab_at(handle.granule);
  // Acquire: who finds its own identity finds what was set up before it.
  if (slab->identity.load(sync::kAcquire) != identity_ ||
      handle.slot >= slab->slots.load(sync::kRelaxed)) [[unlikely]]
    return false;
  const std::uint32_t live = memory::SlotWord(handle.generation, memory::SlotState::kLive).bits();
  if (slab->word(handle.slot).bits() != live) [[unlikely]]
    return false;
  *out = {slab, handle.slot, live};
  return true;
}

[[gnu::always_inline]] inline bool Allocator::find(const void* object, Named* out) const {
  const memory::Granule granule = memory::granule_at(object);
  memory::Slab* const slab = memory::slab_at(granule);
  if (slab->identity.load(sync::kAcquire) != identity_) [[unlikely]]
    return false;
  const std::uint32_t slot = slab->slot_at(object);
  if (slot >= slab->slots.load(sync::kRelaxed)) [[unlikely]]
    return false;
  // Acquire: slot_still_at() looks on.
  const std::uint32_t word = slab->atomic_word(slot).load(sync::kAcquire);
  if (memory::SlotWord::of_bits(word).state() != memory::SlotState::kLive) [[unlikely]]
    return false;
  *out = {slab, slot, word};
  return true;
}

template <typename Name>
[[gnu::always_inline]] inline bool Allocator::try_free_named(Name name) {
  Heap* const heap = heap_of_last_call();
  if (heap == nullptr || !store_.heaps().enter_plainly(*heap)) [[unlikely]]
    return false;
  Named found;
  const bool done = find(name, &found) && heap->free_plainly(found.slab, found.slot, found.word);
  heap->leave_section();
  return done;
}

[[gnu::always_inline]] inline bool Allocator::try_free(std::uint64_t handle) {
  return try_free_named(handle);
}
[[gnu::always_inline]] inline bool Allocator::try_free(void* object) {
  return try_free_named(object);
}

inline bool Allocator::try_usable_size(const void* object, std::size_t* out) const {
  Named found;
  if (!find(object, &found)) return false;
  *out = memory::kSizeClasses[found.slab->cell() % memory::kClassCount].object_bytes;
  return true;
}

}  // namespace temporal_slab::heap
