// How a free finds its slot without the mutex: for those who make it part of their own
// code.
#pragma once

#include "heap/allocator.h"

namespace temporal_slab::heap {

inline Allocator::Named Allocator::named_by(std::uint64_t bits) const {
  const auto handle = memory::Handle::unpack(bits);
  const memory::Region* const region =
      memory::find_region(id_, handle.page / memory::kPagesPerRegion);
  if (region == nullptr) [[unlikely]]
    return {};
  memory::Slab* const slab = region->entries[handle.page % memory::kPagesPerRegion].slab();
  if (slab == nullptr || slab->page != handle.page ||
      handle.slot >= memory::slots_of(slab->class_index)) [[unlikely]]
    return {};
  const memory::SlotWord live(handle.generation, memory::SlotState::kLive);
  if (slab->word(handle.slot).bits() != live.bits()) [[unlikely]]
    return {};
  return {slab, handle.slot, live};
}

inline Allocator::Named Allocator::named_by(const void* object) const {
  const memory::Region* const region = memory::find_region(id_, object);
  if (region == nullptr) [[unlikely]]
    return {};
  memory::Slab* const slab = region->slab_at(object);
  if (slab == nullptr || slab->is_large()) [[unlikely]]
    return {};
  const auto offset =
      static_cast<std::size_t>(static_cast<const std::byte*>(object) - slab->memory);
  const std::uint32_t slot = memory::slot_of_offset(slab->class_index, offset);
  const memory::SizeClass& of_class = slab->size_class();
  if (slot >= of_class.slots || offset != std::size_t{slot} * of_class.object_bytes) [[unlikely]]
    return {};
  const memory::SlotWord word = slab->word(slot);
  if (word.state() != memory::SlotState::kLive) [[unlikely]]
    return {};
  return {slab, slot, word};
}

template <typename Name>
inline bool Allocator::try_free_named(Name name) {
  Heap* const heap = heap_of_last_call();
  if (heap == nullptr) [[unlikely]]
    return false;
  const Heaps::Section section(store_.heaps(), *heap);
  if (!section.plain()) [[unlikely]]
    return false;
  const Named found = named_by(name);
  if (found.slab == nullptr || found.slab->owner.load(sync::kRelaxed) != heap->number())
      [[unlikely]]
    return false;
  return heap->free_plainly(found.slab, found.slot, found.word);
}

inline bool Allocator::try_free(std::uint64_t handle) { return try_free_named(handle); }
inline bool Allocator::try_free(void* object) { return try_free_named(object); }

}  // namespace temporal_slab::heap
