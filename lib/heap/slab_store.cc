#include "heap/slab_store.h"

#include <cassert>
#include <cerrno>

#include "base/memory_marks.h"

namespace temporal_slab::heap {

using memory::kPageBytes;
using memory::PageNumber;
using memory::Slab;
using memory::SlotState;
using stats::add;
using stats::ClassCounter;
using stats::get;
using stats::sub;

SlabStore::SlabStore(stats::Segment& segment, std::uint64_t allocator_id, std::size_t retain_bytes,
                     std::size_t max_bytes)
    : segment_(segment),
      retain_pages_(retain_bytes / kPageBytes),
      pages_(allocator_id, max_bytes) {}

Object SlabStore::allocate(std::uint32_t class_index, std::uint32_t epoch) {
  Cell& c = cells_[epoch][class_index];
  Slab* slab = c.in_use;
  if (slab == nullptr || slab->free_bits == 0) {
    slab = slab_with_room(class_index, epoch);
    if (slab == nullptr) return {nullptr, 0};
  }
  const SlabKind before = kind_of(*slab, slab->era);
  const std::uint32_t slot = slab->take_slot();
  const SlabKind after = kind_of(*slab, slab->era);
  stats::CellWords& w = words(epoch, class_index);
  if (before != after) {
    if (before == SlabKind::kEmpty) --attached_empty_;
    if (after == SlabKind::kFull)
      add(count(class_index, ClassCounter::k_list_move_partial_to_full), 1);
    leave(c, w, slab, before);
    enter(c, w, slab, after);
  }
  add(w.live_objects, 1);
  add(count(class_index, ClassCounter::k_allocs), 1);
  void* address = slab->slot_address(slot);
  base::mark_allocated(address, slab->size_class().object_bytes);
  return {address, memory::Handle{slab->page, slot, slab->word(slot).generation()}.pack()};
}

Slab* SlabStore::slab_with_room(std::uint32_t class_index, std::uint32_t epoch) {
  Cell& c = cells_[epoch][class_index];
  add(count(class_index, ClassCounter::k_slow_path_hits), 1);
  add(stats::standing_record(segment_, epoch).slow_path_hits, 1);
  add(count(class_index, c.in_use == nullptr ? ClassCounter::k_current_partial_null
                                             : ClassCounter::k_current_partial_full),
      1);
  Slab* slab = c.list(SlabKind::kPartial).front();
  if (slab == nullptr) slab = new_slab(class_index, epoch);
  if (slab != nullptr) c.in_use = slab;
  return slab;
}

Slab* SlabStore::new_slab(std::uint32_t class_index, std::uint32_t epoch) {
  Cell& c = cells_[epoch][class_index];
  void* descriptor = c.descriptors.take(meta_, Slab::descriptor_bytes(class_index));
  if (descriptor == nullptr) return nullptr;
  const PageNumber page = take_page(class_index);
  if (page == memory::kNoPage) {
    c.descriptors.put(meta_, descriptor);
    return nullptr;
  }
  std::byte* page_memory = pages_.page_memory(page);
  Slab* slab = new (descriptor) Slab;
  slab->set_up(page, page_memory, class_index, epoch, era_[epoch], pages_.floor_of(page));
  pages_.slab_arrived(page, slab);
  base::mark_no_access(page_memory, kPageBytes);
  enter(c, words(epoch, class_index), slab, SlabKind::kEmpty);
  ++attached_empty_;
  add(count(class_index, ClassCounter::k_new_slab_count), 1);
  return slab;
}

PageNumber SlabStore::take_page(std::uint32_t class_index) {
  if (pages_.warm_pages() == 0 && attached_empty_ != 0) steal_empty_slab();
  const PageNumber page = pages_.take_warm();
  if (page != memory::kNoPage) {
    sub(count(pages_.last_class_of(page), ClassCounter::k_cache_size), 1);
    return page;
  }
  add(count(class_index, ClassCounter::k_slow_path_cache_miss), 1);
  return pages_.take_cold();
}

void SlabStore::steal_empty_slab() {
  for (std::uint32_t epoch = 0; epoch < kEpochCount; ++epoch) {
    for (Cell& c : cells_[epoch]) {
      Slab* slab = c.list(SlabKind::kEmpty).front();
      if (slab == nullptr) continue;
      send_away(slab, SlabKind::kEmpty);
      flush();
      return;
    }
  }
  assert(false);
}

Found SlabStore::find(std::uint64_t bits) {
  const auto handle = memory::Handle::unpack(bits);
  const auto page = pages_.look_up(handle.page);
  if (!page.used || handle.generation < page.base_floor) return {nullptr, 0, EINVAL};
  Slab* slab = page.slab;
  // A former slab of the page may have had more slots than the one there now.
  if (slab == nullptr || handle.slot >= slab->size_class().slots)
    return {nullptr, 0, handle.generation < page.floor ? ESTALE : EINVAL};
  const memory::SlotWord word = slab->word(handle.slot);
  if (handle.generation == word.generation() && word.state() != SlotState::kFree) {
    if (word.state() == SlotState::kLive) return {slab, handle.slot, 0};
    return {nullptr, 0, ESTALE};  // retired: it was the slot's last object
  }
  return {nullptr, 0, handle.generation < word.generation() ? ESTALE : EINVAL};
}

Found SlabStore::find(const void* address) {
  const auto place = pages_.place_of(address);
  if (!place.used) return {nullptr, 0, EINVAL};
  Slab* slab = place.slab;
  if (slab == nullptr) return {nullptr, 0, ESTALE};
  const std::uint32_t object_bytes = slab->size_class().object_bytes;
  const std::uint32_t slot = place.offset_bytes / object_bytes;
  if (place.offset_bytes % object_bytes != 0 || slot >= slab->size_class().slots)
    return {nullptr, 0, EINVAL};
  if (slab->word(slot).state() != SlotState::kLive) return {nullptr, 0, ESTALE};
  return {slab, slot, 0};
}

void SlabStore::free(Slab* slab, std::uint32_t slot, bool may_stay) {
  Cell& c = cell(*slab);
  stats::CellWords& w = words(slab->epoch, slab->class_index);
  const std::uint64_t standing_era = era_[slab->epoch];
  const SlabKind before = kind_of(*slab, standing_era);
  base::mark_freed(slab->slot_address(slot), slab->size_class().object_bytes);
  slab->put_slot(slot);
  sub(stands(*slab) ? w.live_objects : w.carried_objects, 1);
  add(count(slab->class_index, ClassCounter::k_frees), 1);

  if (slab->live == 0 &&
      !(may_stay && slab == c.in_use && slab->free_bits != 0 && retained_pages() < retain_pages_)) {
    send_away(slab, before);
    flush();
    return;
  }
  const SlabKind after = kind_of(*slab, standing_era);
  if (before == after) return;
  if (before == SlabKind::kFull || before == SlabKind::kCarriedFull)
    add(count(slab->class_index, ClassCounter::k_list_move_full_to_partial), 1);
  if (after == SlabKind::kEmpty) ++attached_empty_;
  leave(c, w, slab, before);
  enter(c, w, slab, after);
}

// The one way out of an epoch. `kind` is the list that the slab is in, which its
// last free may have made untrue. Live objects in it are gone (discard).
void SlabStore::send_away(Slab* slab, SlabKind kind) {
  Cell& c = cell(*slab);
  const std::uint32_t class_index = slab->class_index;
  leave(c, words(slab->epoch, class_index), slab, kind);
  if (kind == SlabKind::kEmpty) --attached_empty_;
  if (c.in_use == slab) c.in_use = nullptr;

  const PageNumber page = slab->page;
  const std::uint32_t floor = slab->next_floor();
  pages_.slab_left(page, class_index, floor);
  base::mark_no_access(slab->memory, kPageBytes);
  c.descriptors.put(meta_, slab);

  // A page whose generations are used up does not come back (R-2.1-4).
  if (floor <= memory::kMaxGeneration && retained_pages() < retain_pages_) {
    add(count(class_index, ClassCounter::k_empty_slab_recycled), 1);
    add(count(class_index, ClassCounter::k_cache_size), 1);
    pages_.put_warm(page);
  } else {
    add(count(class_index, ClassCounter::k_empty_slab_overflowed), 1);
    pages_.put_pending(page);
  }
}

void SlabStore::flush() {
  if (pages_.has_pending()) pages_.flush(*this);
  meta_.trim();
}

void SlabStore::on_call(std::uint32_t class_index, bool failed) {
  add(count(class_index, failed ? ClassCounter::k_madvise_failures : ClassCounter::k_madvise_calls),
      1);
}

void SlabStore::on_page(std::uint32_t class_index) {
  add(count(class_index, ClassCounter::k_madvise_bytes), kPageBytes);
  given_back_bytes_ += kPageBytes;
}

}  // namespace temporal_slab::heap
