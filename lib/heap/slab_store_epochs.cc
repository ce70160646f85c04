// What happens to the slabs of a whole epoch: it closes, is discarded, or makes
// place for a new incarnation.
#include <utility>

#include "base/bits.h"
#include "base/memory_marks.h"
#include "heap/slab_store.h"
#include "stats/saturating.h"
#include "sync/clock.h"

namespace temporal_slab::heap {

using memory::Slab;
using memory::SlotState;
using stats::add;
using stats::ClassCounter;
using stats::get;
using stats::sub;

namespace {

void mark_live_objects_freed(const Slab& slab) {
  for (std::uint32_t i = 0; i < slab.size_class().slots; ++i)
    if (slab.word(i).state() == SlotState::kLive)
      base::mark_freed(slab.slot_address(i), slab.object_bytes());
}

}  // namespace

SlabStore::~SlabStore() {
  // Valgrind knows each object as a block of its own; tell it that they are gone.
  if (!base::under_valgrind()) return;
  for (std::uint32_t epoch = 0; epoch < kEpochCount; ++epoch) take_from_heaps(epoch);
  for (auto& of_epoch : cells_)
    for (Cell& c : of_epoch)
      for (SlabList& list : c.lists)
        for (Slab* slab = list.front(); slab != nullptr; slab = slab->next)
          mark_live_objects_freed(*slab);
}

std::uint64_t SlabStore::send_all_away(std::uint32_t class_index, std::uint32_t epoch,
                                       SlabKind kind) {
  SlabList& list = cells_[epoch][class_index].list(kind);
  std::uint64_t slabs = 0;
  for (; list.front() != nullptr; ++slabs) send_away(list.front(), kind);
  return slabs;
}

std::uint64_t SlabStore::close_slabs(std::uint32_t epoch, bool with_live_objects) {
  const std::uint64_t before = given_back_bytes_;
  for (std::uint32_t i = 0; i < memory::kClassCount; ++i) {
    Cell& c = cells_[epoch][i];
    c.in_use = nullptr;
    if (c.list(SlabKind::kEmpty).front() == nullptr &&
        (!with_live_objects || (c.list(SlabKind::kPartial).front() == nullptr &&
                                c.list(SlabKind::kFull).front() == nullptr)))
      continue;
    std::uint64_t slabs = send_all_away(i, epoch, SlabKind::kEmpty);
    if (with_live_objects) {
      slabs += send_all_away(i, epoch, SlabKind::kPartial);
      slabs += send_all_away(i, epoch, SlabKind::kFull);
    }
    add(count(i, ClassCounter::k_epoch_close_calls), 1);
    add(count(i, ClassCounter::k_epoch_close_scanned_slabs), slabs);
    add(count(i, ClassCounter::k_epoch_close_recycled_slabs), slabs);
    closed_classes_ |= std::uint32_t{1} << i;
  }
  flush();
  return given_back_bytes_ - before;
}

void SlabStore::add_close_time(std::uint64_t begun_ns) {
  if (closed_classes_ == 0) return;
  // A clock that cannot be read gives 0: no figure goes below zero (R-3-1).
  const std::uint64_t took_ns = stats::difference(sync::monotonic_ns(), begun_ns);
  for (std::uint32_t classes = std::exchange(closed_classes_, 0); classes != 0;
       classes &= classes - 1)
    add(count(base::lowest_bit(classes), ClassCounter::k_epoch_close_total_ns), took_ns);
}

std::uint64_t SlabStore::drain(std::uint32_t epoch) { return close_slabs(epoch, false); }

SlabStore::Discarded SlabStore::discard(std::uint32_t epoch) {
  std::uint64_t objects = 0;
  for (std::uint32_t i = 0; i < memory::kClassCount; ++i) {
    Cell& c = cells_[epoch][i];
    if (base::knows_objects())
      for (const SlabKind kind : {SlabKind::kPartial, SlabKind::kFull})
        for (Slab* slab = c.list(kind).front(); slab != nullptr; slab = slab->next)
          mark_live_objects_freed(*slab);
    const std::uint64_t objects_of_class = live_objects(epoch, i);
    sub(words(epoch, i).live_objects, objects_of_class);
    add(count(i, ClassCounter::k_frees), objects_of_class);
    objects += objects_of_class;
  }
  return {objects, close_slabs(epoch, true)};
}

std::uint64_t SlabStore::live_objects(std::uint32_t epoch) {
  std::uint64_t live = 0;
  for (std::uint32_t i = 0; i < memory::kClassCount; ++i) live += live_objects(epoch, i);
  return live;
}

// No heap has slabs in the epoch, so nobody is changing what it counts there.
std::uint64_t SlabStore::live_objects(std::uint32_t epoch, std::uint32_t class_index) {
  return get(words(epoch, class_index).live_objects) +
         stats::sum_shards(segment_, epoch, class_index).live_objects;
}

void SlabStore::retire_incarnation(std::uint32_t epoch) {
  // An epoch that was never closed may still have slabs in heaps, and empty ones attached.
  take_from_heaps(epoch);
  close_slabs(epoch, false);
  for (Cell& c : cells_[epoch]) {
    c.list(SlabKind::kCarriedPartial).take_all(c.list(SlabKind::kPartial));
    c.list(SlabKind::kCarriedFull).take_all(c.list(SlabKind::kFull));
  }
}

}  // namespace temporal_slab::heap
