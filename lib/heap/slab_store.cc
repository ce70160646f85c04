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

namespace {
constexpr std::uint32_t kMostInLimbo = 64;  // descriptors
}  // namespace

SlabStore::SlabStore(stats::Segment& segment, std::uint64_t allocator_id, std::size_t retain_bytes,
                     std::size_t max_bytes)
    : segment_(segment),
      retain_pages_(retain_bytes / kPageBytes),
      pages_(allocator_id, max_bytes),
      heaps_(segment, base::under_a_tool()) {}

Object SlabStore::allocate(std::size_t bytes, std::uint32_t epoch) {
  const std::uint32_t class_index = memory::class_of(bytes);
  if (Heap* const heap = heaps_.holder(); heap != nullptr && class_index < kHeapClasses)
    return allocate_in(*heap, class_index, epoch);
  Cell& c = cells_[epoch][class_index];
  Slab* slab = c.in_use;
  if (class_index == memory::kLargeClass) {
    slab = new_slab(class_index, epoch, memory::slab_pages_for(bytes));
  } else if (slab == nullptr || slab->free_bits == 0) {
    slab = slab_with_room(class_index, epoch);
  }
  if (slab == nullptr) return {nullptr, 0};
  const SlabKind before = kind_of(*slab, slab->era);
  const std::uint32_t slot = slab->take_slot();
  const SlabKind after = kind_of(*slab, slab->era);
  stats::CellWords& w = words(epoch, class_index);
  if (before != after) {
    if (before == SlabKind::kEmpty) attached_empty_pages_ -= slab->pages();
    if (after == SlabKind::kFull && !slab->is_large())
      add(count(class_index, ClassCounter::k_list_move_partial_to_full), 1);
    leave(c, w, slab, before);
    enter(c, w, slab, after);
  }
  add(w.live_objects, 1);
  add(count(class_index, ClassCounter::k_allocs), 1);
  void* address = slab->slot_address(slot);
  base::mark_allocated(address, slab->object_bytes());
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
  if (slab == nullptr)
    slab = new_slab(class_index, epoch, memory::kSizeClasses[class_index].slab_pages());
  if (slab == nullptr) slab = slab_when_short(class_index, epoch);
  if (slab != nullptr) c.in_use = slab;
  return slab;
}

Slab* SlabStore::new_slab(std::uint32_t class_index, std::uint32_t epoch, std::uint32_t pages) {
  Cell& c = cells_[epoch][class_index];
  void* descriptor = c.descriptors.take(meta_, Slab::descriptor_bytes(class_index));
  if (descriptor == nullptr) return nullptr;
  const PageNumber page = take_run(class_index, pages);
  if (page == memory::kNoPage) {
    c.descriptors.put(meta_, descriptor);
    return nullptr;
  }
  std::byte* slab_memory = pages_.page_memory(page);
  Slab* slab = new (descriptor) Slab;
  slab->set_up(page, pages, slab_memory, class_index, epoch, era_[epoch], pages_.floor_of(page));
  pages_.slab_arrived(slab);
  base::mark_no_access(slab_memory, slab->bytes());
  enter(c, words(epoch, class_index), slab, SlabKind::kEmpty);
  attached_empty_pages_ += pages;
  if (slab->is_large()) add(large_bytes(*slab), slab->bytes());
  add(count(class_index, ClassCounter::k_new_slab_count), 1);
  return slab;
}

PageNumber SlabStore::take_run(std::uint32_t class_index, std::uint32_t pages) {
  std::uint32_t alignment = 1;
  if (class_index != memory::kLargeClass) {
    const std::uint32_t kind = memory::run_kind_of(class_index);
    if (!pages_.has_warm(kind) && attached_empty_pages_ != 0) steal_empty_slab(kind);
    if (!pages_.has_warm(kind)) steal_from_heaps(kind);
    const PageNumber page = pages_.take_warm(kind);
    if (page != memory::kNoPage) {
      sub(count(pages_.last_class_of(page), ClassCounter::k_cache_size), 1);
      return page;
    }
    add(count(class_index, ClassCounter::k_slow_path_cache_miss), 1);
    alignment = memory::kRunKinds.kinds[kind].alignment_pages;
  }
  if (!pages_.has_room(pages)) make_room(pages);
  cold_pages_since_ += pages;
  return pages_.take_cold(pages, alignment);
}

// Takes an empty slab out of the epoch that it is attached to: one of a kind of
// run if there is one.
void SlabStore::steal_empty_slab(std::uint32_t kind) {
  Slab* found = nullptr;
  for (auto& of_epoch : cells_) {
    for (std::uint32_t i = 0; i < memory::kLargeClass; ++i) {
      Slab* slab = of_epoch[i].list(SlabKind::kEmpty).front();
      if (slab == nullptr) continue;
      found = slab;
      if (memory::run_kind_of(i) != kind) continue;
      send_away(slab, SlabKind::kEmpty);
      flush();
      return;
    }
  }
  assert(found != nullptr);
  send_away(found, SlabKind::kEmpty);
  flush();
}

// Gives back what is kept empty until so many pages fit into max_bytes, or nothing
// is kept any more (R-2.1-10).
void SlabStore::make_room(std::uint32_t pages) {
  if (heaps_.count() != 0) {
    const Heaps::Stop stop(heaps_);
    empty_heaps();
  }
  while (attached_empty_pages_ != 0 && !pages_.has_room(pages)) steal_empty_slab(0);
  for (std::uint32_t kind = 0; kind < memory::kRunKindCount && !pages_.has_room(pages); ++kind) {
    while (pages_.has_warm(kind) && !pages_.has_room(pages)) {
      const PageNumber page = pages_.take_warm(kind);
      sub(count(pages_.last_class_of(page), ClassCounter::k_cache_size), 1);
      pages_.put_pending(page, memory::kRunKinds.kinds[kind].pages);
    }
  }
  flush();
}

// Where the bytes of its larger objects are counted.
stats::Word& SlabStore::large_bytes(const Slab& slab) {
  stats::IncarnationRecord& record = stats::standing_record(segment_, slab.epoch);
  return stands(slab) ? record.large_bytes : record.carried_large_bytes;
}

Found SlabStore::find(std::uint64_t bits) {
  const auto handle = memory::Handle::unpack(bits);
  const auto page = pages_.look_up(handle.page);
  if (!page.used || handle.generation < page.base_floor) return {nullptr, 0, {}, EINVAL};
  Slab* slab = page.slab;
  // The page may be another one of its slab's by now, or its slab may have fewer
  // slots than a former one.
  if (slab == nullptr || slab->page != handle.page || handle.slot >= slab->size_class().slots)
    return {nullptr, 0, {}, handle.generation < page.floor ? ESTALE : EINVAL};
  const memory::SlotWord word = slab->word(handle.slot);
  if (handle.generation == word.generation() && word.state() != SlotState::kFree) {
    if (word.state() == SlotState::kLive) return {slab, handle.slot, word, 0};
    return {nullptr, 0, {}, ESTALE};  // retired: it was the slot's last object
  }
  return {nullptr, 0, {}, handle.generation < word.generation() ? ESTALE : EINVAL};
}

Found SlabStore::find(const void* address) {
  const auto place = pages_.place_of(address);
  if (!place.used) return {nullptr, 0, {}, EINVAL};
  Slab* slab = place.slab;
  if (slab == nullptr) return {nullptr, 0, {}, ESTALE};
  const std::size_t object_bytes = slab->object_bytes();
  if (place.offset_bytes % object_bytes != 0 ||
      place.offset_bytes / object_bytes >= slab->size_class().slots)
    return {nullptr, 0, {}, EINVAL};
  const auto slot = static_cast<std::uint32_t>(place.offset_bytes / object_bytes);
  const memory::SlotWord word = slab->word(slot);
  if (word.state() != SlotState::kLive) return {nullptr, 0, {}, ESTALE};
  return {slab, slot, word, 0};
}

bool SlabStore::free(const Found& found, bool may_stay) {
  Slab* const slab = found.slab;
  const std::uint32_t slot = found.slot;
  const std::uint32_t owner = slab->owner.load(sync::kRelaxed);
  if (owner != 0 && &heaps_.at(owner) != heaps_.holder()) return free_of_other(found);
  if (slab->word(slot).bits() != found.word.bits()) return false;
  if (owner != 0) {
    free_own(heaps_.at(owner), slab, slot);
    return true;
  }
  Cell& c = cell(*slab);
  stats::CellWords& w = words(slab->epoch, slab->class_index);
  const std::uint64_t standing_era = era_[slab->epoch];
  const SlabKind before = kind_of(*slab, standing_era);
  base::mark_freed(slab->slot_address(slot), slab->object_bytes());
  slab->put_slot(slot);
  sub(stands(*slab) ? w.live_objects : w.carried_objects, 1);
  add(count(slab->class_index, ClassCounter::k_frees), 1);

  if (slab->live == 0 &&
      !(may_stay && slab == c.in_use && slab->free_bits != 0 && may_retain(slab->pages()))) {
    send_away(slab, before);
    flush();
    return true;
  }
  const SlabKind after = kind_of(*slab, standing_era);
  if (before == after) return true;
  if (before == SlabKind::kFull || before == SlabKind::kCarriedFull)
    add(count(slab->class_index, ClassCounter::k_list_move_full_to_partial), 1);
  if (after == SlabKind::kEmpty) attached_empty_pages_ += slab->pages();
  leave(c, w, slab, before);
  enter(c, w, slab, after);
  return true;
}

void SlabStore::shrink(Slab* slab, std::size_t bytes) {
  const auto pages = static_cast<std::uint32_t>((bytes + kPageBytes - 1) / kPageBytes);
  if (!slab->is_large() || pages >= slab->pages()) return;
  const std::size_t before = slab->bytes();
  const std::size_t after = std::size_t{pages} * kPageBytes;
  base::mark_shrunk(slab->memory, before, after);
  pages_.cut(slab, pages, *this);
  sub(large_bytes(*slab), before - after);
}

// The way out of an epoch. `kind` is the list that the slab is in, which its last
// free may have made untrue. Live objects in it are gone (discard).
void SlabStore::send_away(Slab* slab, SlabKind kind) {
  Cell& c = cell(*slab);
  leave(c, words(slab->epoch, slab->class_index), slab, kind);
  if (kind == SlabKind::kEmpty) attached_empty_pages_ -= slab->pages();
  if (slab->is_large()) sub(large_bytes(*slab), slab->bytes());
  if (c.in_use == slab) c.in_use = nullptr;
  part_with(slab);
}

// The slab, which is in no list any more, ends. Its pages go where they may be
// taken from.
void SlabStore::part_with(Slab* slab) {
  const std::uint32_t class_index = slab->class_index;
  const PageNumber page = slab->page;
  const std::uint32_t pages = slab->pages();
  const std::uint32_t floor = slab->next_floor();
  pages_.slab_left(*slab, floor);
  base::mark_no_access(slab->memory, slab->bytes());
  let_go(slab);

  // A page whose generations are used up does not come back (R-2.1-4); larger
  // objects are of too many sizes to wait for the next one.
  if (class_index != memory::kLargeClass && floor <= memory::kMaxGeneration && may_retain(pages)) {
    add(count(class_index, ClassCounter::k_empty_slab_recycled), 1);
    add(count(class_index, ClassCounter::k_cache_size), 1);
    pages_.put_warm(page, memory::run_kind_of(class_index));
  } else {
    add(count(class_index, ClassCounter::k_empty_slab_overflowed), 1);
    pages_.put_pending(page, pages);
  }
}

void SlabStore::flush() {
  if (limbo_size_ >= kMostInLimbo) {
    const Heaps::Stop stop(heaps_);
    collect_all();
    empty_limbo();
  }
  if (pages_.has_pending()) pages_.flush(*this);
  meta_.trim();
}

void SlabStore::on_call(std::uint32_t class_index, bool failed) {
  add(count(class_index, failed ? ClassCounter::k_madvise_failures : ClassCounter::k_madvise_calls),
      1);
}

void SlabStore::on_pages(std::uint32_t class_index, std::uint32_t pages) {
  const std::uint64_t bytes = std::uint64_t{pages} * kPageBytes;
  add(count(class_index, ClassCounter::k_madvise_bytes), bytes);
  given_back_bytes_ += bytes;
}

}  // namespace temporal_slab::heap
