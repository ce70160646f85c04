#include "heap/slab_store.h"

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <optional>
#include <utility>

#include "base/memory_marks.h"
#include "stats/saturating.h"
#include "sync/clock.h"

namespace temporal_slab::heap {

using memory::kPageBytes;
using memory::Slab;
using memory::SlotState;
using stats::add;
using stats::ClassCounter;
using stats::get;
using stats::sub;

namespace {

constexpr std::uint64_t kAgeNs = 1'000'000'000;
// Empty slabs of a heap's that others may still look at: as many as a stop is worth.
constexpr std::size_t kPagesWorthAStop = 64;

void mark_live_objects_freed(const Slab& slab) {
  for (std::uint32_t i = 0; i < slab.size_class().slots; ++i)
    if (slab.word(i).state() == SlotState::kLive)
      base::mark_freed(slab.slot_address(i), slab.object_bytes());
}

template <typename Visit>
void for_each_slab(Heap& heap, std::uint32_t epoch, Visit visit) {
  for (std::uint32_t bits = heap.used_classes(epoch); bits != 0; bits &= bits - 1) {
    Cell& cell = heap.cell(epoch, base::lowest_bit(bits));
    if (cell.slab != nullptr) visit(*cell.slab);
    for (SlabList* const list : {&cell.partial, &cell.full})
      for (Slab* slab = list->front(); slab != nullptr; slab = SlabList::after(slab)) visit(*slab);
  }
}

}  // namespace

SlabStore::SlabStore(stats::Segment& segment, std::uint32_t allocator_number,
                     std::size_t retain_bytes, std::size_t max_bytes)
    : segment_(segment),
      cache_(segment, allocator_number, retain_bytes, max_bytes),
      heaps_(segment, memory::identity_of(allocator_number), base::under_a_tool()),
      created_ns_(sync::monotonic_ns()) {}

SlabStore::~SlabStore() {
  // Valgrind knows each object as a block of its own; tell it that they are gone.
  if (!base::under_valgrind()) return;
  for (std::uint32_t number = 0; number <= heaps_.count(); ++number)
    for (std::uint32_t epoch = 0; epoch < epoch_count(); ++epoch)
      for_each_slab(heaps_.at(number), epoch, mark_live_objects_freed);
  for (Slab* slab = carried_.front(); slab != nullptr; slab = SlabList::after(slab))
    mark_live_objects_freed(*slab);
}

// ---- objects ----

Object SlabStore::allocate(std::size_t bytes, std::uint32_t epoch, bool* zeroed) {
  *zeroed = false;
  const std::uint32_t class_index = memory::class_of(bytes);
  if (class_index == memory::kLargeClass) return allocate_larger(bytes, epoch, zeroed);
  Heap& heap = heaps_.holders();
  Object object{};
  heap.accept(epoch, era_[epoch]);
  if (!heap.allocate(epoch, class_index, &object)) {
    count_slow_path(heap, class_index, epoch);
    Slab* const slab = find_slab(heap, class_index, epoch);
    if (slab == nullptr) return {nullptr, 0};
    heap.adopt(slab);
    heap.allocate(epoch, class_index, &object);
  }
  put_emptied();
  cache_.flush();
  base::mark_allocated(object.address, memory::kSizeClasses[class_index].object_bytes);
  return object;
}

void SlabStore::count_slow_path(const Heap& heap, std::uint32_t class_index, std::uint32_t epoch) {
  add(count(class_index, ClassCounter::k_slow_path_hits), 1);
  add(stats::standing_record(segment_, epoch).slow_path_hits, 1);
  add(count(class_index, heap.has_slab_in_use(epoch, class_index)
                             ? ClassCounter::k_current_partial_full
                             : ClassCounter::k_current_partial_null),
      1);
}

// One that no thread has, or that nobody has used.
Slab* SlabStore::find_slab(Heap& heap, std::uint32_t class_index, std::uint32_t epoch) {
  Heap& central = heaps_.central();
  if (&heap != &central)
    if (Slab* const slab = central.give_up_partial(epoch, class_index); slab != nullptr)
      return slab;
  const std::uint32_t pages = memory::kSizeClasses[class_index].slab_pages();
  if (heap.empty_pages() >= kPagesWorthAStop || !heaps_.others_run()) {
    const Heaps::Stop stop(heaps_);
    collect_all();
    if (Slab* const empty = heap.pop_empty_for(class_index); empty != nullptr)
      if (Slab* const slab = cache_.set_up(empty, class_index, epoch, era_[epoch]); slab != nullptr)
        return slab;
  }
  bool zeroed = false;
  Slab* const slab = cache_.take(class_index, pages, epoch, era_[epoch], &zeroed);
  return slab != nullptr ? slab : slab_when_short(class_index, epoch);
}

// What others freed and what heaps keep empty may make room for one, and at last what has room
// is taken from the heap that has it. nullptr with ENOMEM.
Slab* SlabStore::slab_when_short(std::uint32_t class_index, std::uint32_t epoch) {
  const Heaps::Stop stop(heaps_);
  collect_all();
  keep_within(0);
  cache_.flush();
  bool zeroed = false;
  Slab* slab = cache_.take(class_index, memory::kSizeClasses[class_index].slab_pages(), epoch,
                           era_[epoch], &zeroed);
  for (std::uint32_t number = 0; slab == nullptr && number <= heaps_.count(); ++number)
    slab = heaps_.at(number).give_up_partial(epoch, class_index);
  if (slab == nullptr) errno = ENOMEM;
  return slab;
}

Object SlabStore::allocate_larger(std::size_t bytes, std::uint32_t epoch, bool* zeroed) {
  constexpr std::uint32_t kClass = memory::kLargeClass;
  const std::uint32_t pages = memory::slab_pages_for(bytes);
  Slab* slab = cache_.take(kClass, pages, epoch, era_[epoch], zeroed);
  if (slab == nullptr) {
    const Heaps::Stop stop(heaps_);
    collect_all();
    keep_within(0);
    cache_.flush();
    slab = cache_.take(kClass, pages, epoch, era_[epoch], zeroed);
  }
  cache_.flush();
  if (slab == nullptr) {
    errno = ENOMEM;
    return {nullptr, 0};
  }
  slab->busy = 1;
  const std::uint32_t free_word = slab->word(0).bits();
  slab->set_word(0, slab->word(0).taken());
  Heap& central = heaps_.central();
  central.adopt(slab);
  add(central.counted(slab->cell()).allocs, 1);
  add(large_bytes(*slab), slab->bytes());
  base::mark_allocated(slab->begin(), slab->bytes());
  return {slab->begin(), memory::Handle::pack(memory::granule_of(slab), 0, free_word)};
}

// Where the bytes of its larger objects are counted.
stats::Word& SlabStore::large_bytes(const Slab& slab) {
  stats::IncarnationRecord& record = stats::standing_record(segment_, slab.epoch());
  return stands(slab) ? record.large_bytes : record.carried_large_bytes;
}

Found SlabStore::find(std::uint64_t bits) {
  const auto handle = memory::Handle::unpack(bits);
  if (handle.granule < memory::granule_limit()) {
    Slab* const slab = memory::slab_at(handle.granule);
    const memory::SlotWord live(handle.generation, SlotState::kLive);
    if (slab->identity.load(sync::kAcquire) == cache_.identity() &&
        handle.slot < slab->slots.load(sync::kRelaxed) &&
        slab->word(handle.slot).bits() == live.bits())
      return {slab, handle.slot, live, 0};
  }
  return {nullptr, 0, {}, cache_.descriptors().judge(handle)};
}

Found SlabStore::find(const void* address) {
  if (!cache_.pages().was_used(address)) return {nullptr, 0, {}, EINVAL};
  Slab* const slab = cache_.pages().slab_at(address);
  if (slab == nullptr || !slab->stands()) return {nullptr, 0, {}, ESTALE};
  const std::uint32_t slot = slab->is_large() ? (address == slab->begin() ? 0 : memory::kMaxSlots)
                                              : slab->slot_at(address);
  if (slot >= slab->size_class().slots) return {nullptr, 0, {}, EINVAL};
  const memory::SlotWord word = slab->word(slot);
  if (word.state() != SlotState::kLive) return {nullptr, 0, {}, ESTALE};
  return {slab, slot, word, 0};
}

bool SlabStore::free(const Found& found) {
  Slab* const slab = found.slab;
  const std::uint32_t number = slab->owner.load(sync::kRelaxed) & ~memory::kFull;
  if (number != 0 && &heaps_.at(number) != heaps_.holder()) return free_of_other(found);
  if (slab->word(found.slot).bits() != found.word.bits()) return false;
  base::mark_freed(slab->slot_address(found.slot), slab->object_bytes());
  if (slab->is_large()) sub(large_bytes(*slab), slab->bytes());
  if (stands(*slab)) {
    heaps_.at(number).free(slab, found.slot);
    put_emptied();
  } else {
    free_carried(slab, found.slot);
  }
  cache_.flush();
  return true;
}

void SlabStore::free_carried(Slab* slab, std::uint32_t slot) {
  stats::CellWords& of_cell = words(slab->epoch(), slab->class_index());
  const bool was_full = (slab->owner.load(sync::kRelaxed) & memory::kFull) != 0;
  slab->put_slot(slot);
  sub(of_cell.carried_objects, 1);
  add(count(slab->class_index(), ClassCounter::k_frees), 1);
  if (was_full) {
    slab->owner.store(0, sync::kRelaxed);
    sub(of_cell.carried_full_slabs, 1);
    add(of_cell.carried_partial_slabs, 1);
    if (!slab->is_large())
      add(count(slab->class_index(), ClassCounter::k_list_move_full_to_partial), 1);
  }
  if (slab->busy != 0) return;
  carried_.remove(slab);
  sub(of_cell.carried_partial_slabs, 1);
  carried_eras_[slab->epoch()].slab_left(slab->era);
  stats::put(stats::standing_record(segment_, slab->epoch()), carried_figures(slab->epoch()));
  end(slab);
  put_away(slab);
}

// Another heap's slab. Tools that watch the slots must be told before the owner can
// give the slot out again, and only once: nobody is in a section then.
bool SlabStore::free_of_other(const Found& found) {
  Slab* const slab = found.slab;
  const std::uint32_t slot = found.slot;
  Heap& owner = heaps_.at(slab->owner.load(sync::kRelaxed) & ~memory::kFull);
  const std::uint32_t cell = slab->cell();
  std::uint64_t retries = 0;
  Heap::RemoteFree done = Heap::RemoteFree::kLost;
  if (heaps_.holder() == nullptr) heaps_.expect_a_thread_without_heap();
  {
    std::optional<Heaps::Stop> stop;
    if (heaps_.watched()) stop.emplace(heaps_);
    // The word as it was found: the owner may have given the slot out again.
    if (!heaps_.watched() || slab->word(slot).bits() == found.word.bits()) {
      if (heaps_.watched()) base::mark_freed(slab->slot_address(slot), slab->object_bytes());
      done = owner.free_remotely(slab, slot, found.word, &retries);
    }
  }
  if (done == Heap::RemoteFree::kFreed) heaps_.holders().count_remote_free(cell, retries);
  return done != Heap::RemoteFree::kLost;
}

void SlabStore::shrink(Slab* slab, std::size_t bytes) {
  const auto pages = static_cast<std::uint32_t>((bytes + kPageBytes - 1) / kPageBytes);
  if (!slab->is_large() || pages >= slab->pages()) return;
  const std::size_t before = slab->bytes();
  const std::size_t after = std::size_t{pages} * kPageBytes;
  base::mark_shrunk(slab->begin(), before, after);
  cache_.cut(slab, pages);
  sub(large_bytes(*slab), before - after);
}

// ---- what is kept empty ----

// A slab that is in no list any more ends, whatever lives in it.
void SlabStore::end(Slab* slab) {
  slab->end();
  base::mark_no_access(slab->begin(), slab->bytes());
}

// What became empty in heap 0.
void SlabStore::put_emptied() {
  while (Slab* const slab = heaps_.central().pop_empty(0)) put_away(slab);
}

void SlabStore::put_away(Slab* slab) {
  std::size_t spare = cache_.retain_pages() - std::min(cache_.retain_pages(), kept_pages());
  cache_.put(slab, spare);
}

// All heaps are stopped, as below.
void SlabStore::collect_all() {
  for (std::uint32_t number = 1; number <= heaps_.count(); ++number) heaps_.at(number).collect();
}

// Nothing that was freed remotely waits.
void SlabStore::take_empties(Heap& heap, std::size_t most_pages) {
  std::size_t taken = 0;
  for (std::uint32_t shape = 0; shape < memory::kShapeCount && taken < most_pages; ++shape)
    while (Slab* const slab = taken < most_pages ? heap.pop_empty(shape) : nullptr) {
      taken += slab->pages();
      cache_.keep(slab);
    }
}

std::size_t SlabStore::kept_pages() {
  std::size_t pages = cache_.retained_pages();
  for (std::uint32_t number = 1; number <= heaps_.count(); ++number)
    pages += heaps_.at(number).empty_pages();
  return pages;
}

// Nothing that was freed remotely waits. Says how many pages more might be kept.
std::size_t SlabStore::keep_within(std::size_t pages) {
  std::size_t kept = kept_pages();
  std::size_t in_use = 0;
  for (std::uint32_t number = 0; number <= heaps_.count(); ++number)
    in_use += heaps_.at(number).in_use_pages();
  // As far as all slabs in use might be empty.
  if (kept + in_use > pages) {
    for (std::uint32_t number = 0; number <= heaps_.count(); ++number)
      heaps_.at(number).leave_empty_slabs();
    put_emptied();
    kept = kept_pages();
    in_use = 0;
  }
  if (kept > pages) {
    for (std::uint32_t number = 1; number <= heaps_.count(); ++number)
      take_empties(heaps_.at(number), kept);
    cache_.shrink_to(pages);
    kept = cache_.retained_pages();
  }
  return pages - kept - in_use;
}

void SlabStore::trim() {
  const Heaps::Stop stop(heaps_);
  collect_all();
  keep_within(0);
  cache_.flush();
}

void SlabStore::age(std::uint64_t now_ns) {
  if (stats::difference(now_ns, aged_ns_) < kAgeNs) return;
  const bool first = aged_ns_ == 0;
  aged_ns_ = now_ns;
  if (first) return;
  const Heaps::Stop stop(heaps_);
  collect_all();
  for (std::uint32_t number = 1; number <= heaps_.count(); ++number)
    take_empties(heaps_.at(number), (heaps_.at(number).idle_pages() + 1) / 2);
  cache_.shrink_to(cache_.retain_pages());
  cache_.flush();
}

// ---- threads ----

void SlabStore::abandon(Heap& heap) {
  ClosedSlabs met;
  const Heaps::Stop stop(heaps_);
  collect_all();
  for (std::uint32_t epoch = 0; epoch < epoch_count(); ++epoch)
    if (heap.accepts(epoch)) heap.hand_over(epoch, heaps_.central(), &met);
  take_empties(heap, ~std::size_t{0});
  put_emptied();
  cache_.shrink_to(cache_.retain_pages());
  cache_.flush();
}

void SlabStore::after_fork_in_child() {
  heaps_.forget_other_threads();
  for (std::uint32_t number = 1; number <= heaps_.count(); ++number) {
    Heap& heap = heaps_.at(number);
    if (&heap == heaps_.holder() || !heaps_.is_taken(number)) continue;
    abandon(heap);
    heaps_.leave(heap);
  }
}

// ---- epochs ----

void SlabStore::take_from_heaps(std::uint32_t epoch) {
  collect_all();
  Heap& central = heaps_.central();
  for (std::uint32_t number = 1; number <= heaps_.count(); ++number)
    if (heaps_.at(number).accepts(epoch)) heaps_.at(number).hand_over(epoch, central, &met_);
  central.close(epoch, &met_);
  put_emptied();
  spare_pages_ = keep_within(cache_.retain_pages());
}

std::uint64_t SlabStore::drain() {
  const std::uint64_t before = cache_.given_back_bytes();
  cache_.flush();
  count_close();
  return cache_.given_back_bytes() - before;
}

SlabStore::Discarded SlabStore::discard(std::uint32_t epoch) {
  Heap& central = heaps_.central();
  Heap* const holder = heaps_.holder();
  if (base::knows_objects()) for_each_slab(central, epoch, mark_live_objects_freed);
  std::uint64_t objects = 0;
  for (std::uint32_t bits = central.used_classes(epoch); bits != 0; bits &= bits - 1) {
    const std::uint32_t class_index = base::lowest_bit(bits);
    Cell& cell = central.cell(epoch, class_index);
    const std::uint64_t live = live_objects(epoch, class_index);
    add(cell.counted->frees, live);
    objects += live;
    for (SlabList* const list : {&cell.partial, &cell.full})
      while (Slab* const slab = list->pop_front()) {
        sub(list == &cell.full ? cell.counted->full_slabs : cell.counted->partial_slabs, 1);
        if (slab->is_large()) sub(large_bytes(*slab), slab->bytes());
        met_.add(class_index, true);
        end(slab);
        // For the calling thread's next epoch, if what is kept allows it.
        if (holder != nullptr && !slab->is_large() && slab->pages() <= spare_pages_) {
          spare_pages_ -= slab->pages();
          holder->put_empty(slab);
        } else {
          cache_.put(slab, spare_pages_);
        }
      }
  }
  return {objects, drain()};
}

void SlabStore::count_close() {
  for (std::uint32_t bits = met_.classes; bits != 0; bits &= bits - 1) {
    const std::uint32_t i = base::lowest_bit(bits);
    add(count(i, ClassCounter::k_epoch_close_calls), 1);
    add(count(i, ClassCounter::k_epoch_close_scanned_slabs), met_.scanned[i]);
    add(count(i, ClassCounter::k_epoch_close_recycled_slabs), met_.ended[i]);
  }
  closed_classes_ |= met_.classes;
  if (met_.classes != 0) met_ = {};
}

void SlabStore::add_close_time(std::uint64_t begun_ns) {
  if (closed_classes_ == 0) return;
  // A clock that cannot be read gives 0: no figure goes below zero (R-3-1).
  const std::uint64_t took_ns = stats::difference(sync::monotonic_ns(), begun_ns);
  for (std::uint32_t classes = std::exchange(closed_classes_, 0); classes != 0;
       classes &= classes - 1)
    add(count(base::lowest_bit(classes), ClassCounter::k_epoch_close_total_ns), took_ns);
}

bool SlabStore::was_used(std::uint32_t epoch) {
  for (std::uint32_t number = 0; number <= heaps_.count(); ++number)
    if (heaps_.at(number).used_classes(epoch) != 0) return true;
  return false;
}

std::uint64_t SlabStore::live_objects(std::uint32_t epoch) {
  std::uint64_t live = 0;
  for (std::uint32_t bits = heaps_.central().used_classes(epoch); bits != 0; bits &= bits - 1)
    live += live_objects(epoch, base::lowest_bit(bits));
  return live;
}

std::uint64_t SlabStore::live_objects(std::uint32_t epoch, std::uint32_t class_index) {
  return get(words(epoch, class_index).live_objects) +
         stats::sum_shards(segment_, epoch, class_index).live_objects;
}

// An epoch that was never closed may still have slabs in heaps, and empty ones.
stats::CarriedFigures SlabStore::retire_incarnation(std::uint32_t epoch) {
  take_from_heaps(epoch);
  put_emptied();
  Heap& central = heaps_.central();
  std::uint64_t slabs = 0;
  for (std::uint32_t bits = central.used_classes(epoch); bits != 0; bits &= bits - 1) {
    Cell& cell = central.cell(epoch, base::lowest_bit(bits));
    for (SlabList* const list : {&cell.partial, &cell.full})
      for (; Slab* const slab = list->pop_front(); ++slabs) carried_.push_front(slab);
  }
  central.forget_used_classes(epoch);
  const std::uint64_t opened_ns = get(stats::standing_record(segment_, epoch).opened_ns);
  carried_eras_[epoch].carry(era_[epoch], opened_ns == 0 ? created_ns_ : opened_ns, slabs);
  return carried_figures(epoch);
}

void SlabStore::opened(std::uint32_t epoch, std::uint64_t era) {
  era_[epoch] = era;
  // Whoever opens an epoch is likely to use it.
  if (Heap* const heap = heaps_.holder(); heap != nullptr) heap->accept(epoch, era);
}

}  // namespace temporal_slab::heap
