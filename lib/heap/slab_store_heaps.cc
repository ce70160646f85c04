// What a heap cannot do by itself: get slabs, part with them, take in what other threads
// freed.
#include <cerrno>
#include <optional>
#include <utility>

#include "base/memory_marks.h"
#include "heap/slab_store.h"

namespace temporal_slab::heap {

using memory::Slab;
using memory::SlotState;
using memory::SlotWord;
using stats::add;
using stats::ClassCounter;
using stats::sub;

namespace {

// A heap's empty slabs besides those in use: enough for the mutex to be far away, few
// enough for what idle threads have to be little.
constexpr std::size_t kMostEmptyPages = 64;

}  // namespace

Object SlabStore::allocate_in(Heap& heap, std::uint32_t class_index, std::uint32_t epoch) {
  Slab* slab = heap.with_room(epoch, class_index);
  if (slab == nullptr) {
    collect(heap);
    flush();
    slab = heap.with_room(epoch, class_index);
  }
  if (slab == nullptr) slab = slab_for(heap, class_index, epoch);
  if (slab == nullptr) return {nullptr, 0};
  Object object{};
  heap.take(slab, &object);
  base::mark_allocated(object.address, slab->object_bytes());
  return object;
}

// No slab is to be had: what others freed and what heaps keep empty may make room for
// one, and at last what has room is taken from the heap that has it. nullptr with
// ENOMEM.
Slab* SlabStore::slab_when_short(std::uint32_t class_index, std::uint32_t epoch) {
  if (heaps_.count() != 0) {
    const Heaps::Stop stop(heaps_);
    empty_heaps();
    Slab* slab = cells_[epoch][class_index].list(SlabKind::kPartial).front();
    if (slab == nullptr)
      slab = new_slab(class_index, epoch, memory::kSizeClasses[class_index].slab_pages());
    if (slab == nullptr) slab = take_with_room(class_index, epoch);
    if (slab != nullptr) return slab;
  }
  errno = ENOMEM;
  return nullptr;
}

// All heaps are stopped, and nothing that was freed remotely waits.
Slab* SlabStore::take_with_room(std::uint32_t class_index, std::uint32_t epoch) {
  for (std::uint32_t number = 1; number <= heaps_.count(); ++number) {
    Heap& heap = heaps_.at(number);
    Slab*& in_use = heap.in_use(epoch, class_index);
    Slab* slab = heap.lists_[epoch][class_index].partial.front();
    if (slab != nullptr) {
      heap.lists_[epoch][class_index].partial.remove(slab);
    } else if (in_use != nullptr && in_use->free_bits != 0) {
      keep_no_more(heap, epoch, class_index);
      slab = std::exchange(in_use, nullptr);
    } else {
      continue;
    }
    take_in(slab, kind_of(*slab));
    return slab;
  }
  return nullptr;
}

// A slab without owner that has room, or a new one, becomes the heap's.
Slab* SlabStore::slab_for(Heap& heap, std::uint32_t class_index, std::uint32_t epoch) {
  Slab*& in_use = heap.in_use(epoch, class_index);
  add(count(class_index, ClassCounter::k_slow_path_hits), 1);
  add(stats::standing_record(segment_, epoch).slow_path_hits, 1);
  add(count(class_index, in_use == nullptr ? ClassCounter::k_current_partial_null
                                           : ClassCounter::k_current_partial_full),
      1);
  Cell& c = cells_[epoch][class_index];
  SlabKind kind = SlabKind::kPartial;
  Slab* slab = c.list(kind).front();
  if (slab == nullptr) {
    kind = SlabKind::kEmpty;
    slab = c.list(kind).front();
  }
  // One whose slots are all retired is empty without room.
  if (slab == nullptr || slab->free_bits == 0)
    slab = new_slab(class_index, epoch, memory::kSizeClasses[class_index].slab_pages());
  if (slab == nullptr) slab = slab_when_short(class_index, epoch);
  if (slab == nullptr) return nullptr;
  kind = kind_of(*slab);
  c.list(kind).remove(slab);
  if (kind == SlabKind::kEmpty) attached_empty_pages_ -= slab->pages();
  if (c.in_use == slab) c.in_use = nullptr;
  heap.attached_ |= std::uint32_t{1} << epoch;
  slab->owner.store(static_cast<std::uint8_t>(heap.number()), sync::kRelaxed);
  // It had no room; what was collected meanwhile may have given it some.
  Slab* const former = std::exchange(in_use, slab);
  if (former == nullptr) return slab;
  switch (kind_of(*former)) {
    case SlabKind::kEmpty:
      if (former->remote.load(sync::kRelaxed) != 0) collect(heap);
      end_owned(heap, former, SlabKind::kEmpty);
      flush();
      break;
    case SlabKind::kFull:
      heap.lists(*former).full.push_front(former);
      break;
    default:
      heap.lists(*former).partial.push_front(former);
  }
  return slab;
}

// By the owner, for what a section leaves to the mutex.
void SlabStore::free_own(Heap& heap, Slab* slab, std::uint32_t slot) {
  base::mark_freed(slab->slot_address(slot), slab->object_bytes());
  add(heap.words(*slab).frees, 1);
  if (slab->live == 1 && !may_keep(heap, *slab)) warm_older_half(heap, slab->epoch);
  put_slot(heap, slab, slot);
  flush();
}

// A slot of the heap's is free from here on: it was counted before.
void SlabStore::put_slot(Heap& heap, Slab* slab, std::uint32_t slot) {
  const SlabKind before = kind_of(*slab);
  const std::uint8_t live = slab->live;
  slab->put_slot(slot);
  if (slab->live == 0 && !(slab->free_bits != 0 && may_keep(heap, *slab)))
    send_away_owned(heap, slab, before);
  else if (kind_of(*slab) != before)
    heap.turn_kind(slab, live, before == SlabKind::kFull);
}

// Another heap's slab. Tools that watch the slots must be told before the owner can
// give the slot out again, and only once: nobody is in a section then.
bool SlabStore::free_of_other(const Found& found) {
  Slab* const slab = found.slab;
  const std::uint32_t slot = found.slot;
  Heap& owner = heaps_.at(slab->owner.load(sync::kRelaxed));
  Heap* const mine = heaps_.holder();
  const bool watched = heaps_.watched();
  std::uint64_t retries = 0;
  Heap::RemoteFree done = Heap::RemoteFree::kLost;
  {
    std::optional<Heaps::Stop> stop;
    if (watched) stop.emplace(heaps_);
    if (slab->word(slot).bits() == found.word.bits()) {
      if (watched) base::mark_freed(slab->slot_address(slot), slab->object_bytes());
      // The word as it was found: the owner may have given the slot out again.
      done = owner.free_remotely(slab, slot, found.word, &retries);
    }
  }
  if (done == Heap::RemoteFree::kLost) return false;
  if (done == Heap::RemoteFree::kCountedBefore) return true;
  if (mine != nullptr) {
    mine->count_remote_free(*slab, retries);
    return true;
  }
  sub(words(slab->epoch, slab->class_index).live_objects, 1);
  add(count(slab->class_index, ClassCounter::k_frees), 1);
  add(count(slab->class_index, ClassCounter::k_remote_frees), 1);
  if (retries != 0) add(count(slab->class_index, ClassCounter::k_remote_free_retries), retries);
  return true;
}

// Takes in what other threads freed: by the owner, or while all heaps are stopped.
void SlabStore::collect(Heap& heap) {
  // Acquire: the links that were pushed.
  Slab* slab = heap.first_remote_.exchange(nullptr, sync::kAcquire);
  while (slab != nullptr) {
    Slab* const next = slab->next_remote;
    // Acquire: the slots' words, and what their users did. Release: the link was read.
    std::uint64_t bits = slab->remote.exchange(0, sync::kAcqRel);
    for (; bits != 0; bits &= bits - 1) {
      const std::uint32_t slot = base::lowest_bit(bits);
      if (slab->word(slot).state() == SlotState::kFreedRemotely) {
        put_slot(heap, slab, slot);
        continue;
      }
      // The second of two frees at the same moment: it was counted, and freed nothing.
      // The owner counted the first one in the same word.
      sub(heap.words(*slab).frees, 1);
    }
    slab = next;
  }
}

// All heaps are stopped.
void SlabStore::collect_all() {
  for (std::uint32_t number = 1; number <= heaps_.count(); ++number) collect(heaps_.at(number));
}

// Whether a slab that is or becomes empty may stay: within what is retained. The one in
// use then may for as long as its cell has slabs.
bool SlabStore::may_keep(Heap& heap, const Slab& slab) {
  if (heap.may_empty(slab)) return true;
  if (&slab != heap.in_use(slab.epoch, slab.class_index)) return find_room(heap, slab.pages());
  if (!may_retain(slab.pages())) return false;
  reserve(heap, slab.pages());
  return heap.may_empty(slab);
}

void SlabStore::reserve(Heap& heap, std::size_t pages) {
  heap.room_pages_ += pages;
  heap.reserved_pages_ += pages;
  kept_pages_ += pages;
}

// As much again as the heap has empty, so that it seldom asks. Half of what is retained
// is for everybody.
bool SlabStore::find_room(Heap& heap, std::uint32_t pages) {
  const std::size_t has = heap.empty_pages_ + heap.room_pages_;
  for (const std::size_t more : {has + pages, std::size_t{pages}})
    if (has + more <= kMostEmptyPages && kept_pages_ + more <= retain_pages_ / 2 &&
        may_retain(more)) {
      reserve(heap, more);
      return true;
    }
  return false;
}

void SlabStore::give_up_room(Heap& heap, std::size_t pages) {
  heap.room_pages_ -= pages;
  heap.reserved_pages_ -= pages;
  kept_pages_ -= pages;
}

void SlabStore::keep_no_more(Heap& heap, std::uint32_t epoch, std::uint32_t class_index) {
  const std::uint32_t bit = std::uint32_t{1} << class_index;
  if ((heap.kept_[epoch] & bit) == 0) return;
  heap.kept_[epoch] &= ~bit;
  heap.reserved_pages_ -= memory::kSizeClasses[class_index].slab_pages();
  kept_pages_ -= memory::kSizeClasses[class_index].slab_pages();
}

// An empty slab that is some heap's, and what was reserved for it. `kind` is what it was
// counted as.
void SlabStore::send_away_owned(Heap& heap, Slab* slab, SlabKind kind) {
  // Left from second frees at the same moment, it is in the list of what to collect.
  if (slab->remote.load(sync::kRelaxed) != 0) collect(heap);
  Slab*& in_use = heap.in_use(slab->epoch, slab->class_index);
  if (in_use == slab) {
    in_use = nullptr;
    keep_no_more(heap, slab->epoch, slab->class_index);
  } else if (kind == SlabKind::kEmpty) {
    heap.take_empty(slab);
    give_up_room(heap, slab->pages());
  } else {
    (kind == SlabKind::kFull ? heap.lists(*slab).full : heap.lists(*slab).partial).remove(slab);
  }
  end_owned(heap, slab, kind);
}

// It is in no list any more.
void SlabStore::end_owned(Heap& heap, Slab* slab, SlabKind kind) {
  stats::HeapCellWords& w = heap.words(*slab);
  sub(kind == SlabKind::kEmpty  ? w.reclaimable_slabs
      : kind == SlabKind::kFull ? w.full_slabs
                                : w.partial_slabs,
      1);
  slab->owner.store(0, sync::kRelaxed);
  part_with(slab);
}

// The heap has as much empty as it may: to the warm reserve, while that has room, so that
// the heap has some for the next ones; those of the epoch last. Nothing is collected: a
// slot that was looked at stays what it is.
void SlabStore::warm_older_half(Heap& heap, std::uint32_t epoch) {
  const std::size_t half = heap.empty_pages_ / 2;
  for (std::uint32_t i = 1; i <= kEpochCount; ++i) {
    const std::uint32_t e = (epoch + i) % kEpochCount;
    for (std::uint32_t bits = heap.empties_[e]; bits != 0; bits &= bits - 1) {
      const SlabList& empty = heap.lists_[e][base::lowest_bit(bits)].empty;
      while (Slab* const slab = empty.back()) {
        if (heap.empty_pages_ <= half || !may_retain(slab->pages()) ||
            slab->remote.load(sync::kRelaxed) != 0)
          break;
        heap.take_empty(slab);
        end_owned(heap, slab, SlabKind::kEmpty);
      }
    }
  }
}

}  // namespace temporal_slab::heap
