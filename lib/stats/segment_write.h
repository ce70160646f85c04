// How the allocator writes its segment: single words, texts, labels, incarnations.
//
// Threads. Every function here needs the one writer at a time that the
// allocator's mutex makes, or for a shard its thread; readers run meanwhile (see
// segment_layout.h).
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "stats/segment_layout.h"

namespace temporal_slab::stats {

// Release: a reader that sees this value of a word that is being refilled also
// sees the version that went before the refill (invariant 3).
inline void put(Word& word, std::uint64_t value) { word.store(value, sync::kRelease); }

// Relaxed: only writers call it, and the mutex orders them.
inline std::uint64_t get(const Word& word) { return word.load(sync::kRelaxed); }

inline void add(Word& word, std::uint64_t amount) { put(word, get(word) + amount); }
inline void sub(Word& word, std::uint64_t amount) { put(word, get(word) - amount); }
// One more, of a word that the calling thread alone writes.
inline void add_own(Word& word) { sync::add_own(word, 1); }

inline Word& counter(Segment& segment, GlobalCounter which) {
  return segment.counters[static_cast<std::uint32_t>(which)];
}

inline Word& counter(Segment& segment, std::uint32_t class_index, ClassCounter which) {
  return segment.classes[class_index].counters[static_cast<std::uint32_t>(which)];
}

// Cuts at N - 1 bytes; the caller has cut at a character before.
template <std::uint32_t N>
void store_text(TextWords<N>& to, std::string_view text) {
  char bytes[N] = {};
  std::copy_n(text.begin(), std::min<std::size_t>(text.size(), N - 1), bytes);
  for (std::uint32_t i = 0; i < N / 8; ++i) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes + 8 * i, 8);
    put(to.words[i], word);
  }
}

// Fills the text that does not stand, then lets it stand (invariant 4).
inline void write_label(LatchedLabel& label, std::string_view text) {
  const std::uint64_t next = get(label.version) + 1;
  store_text(label.text[next & 1], text);
  put(label.version, next);
}

inline IncarnationRecord& standing_record(Segment& segment, std::uint32_t epoch) {
  EpochSlot& slot = segment.epochs[epoch];
  return slot.record[get(slot.version) & 1];
}

// The words of one class in the incarnation that stands, shards aside.
inline CellWords& standing_cell(Segment& segment, std::uint32_t epoch, std::uint32_t class_index) {
  EpochSlot& slot = segment.epochs[epoch];
  return slot.cells[get(slot.version) & 1][class_index];
}

inline HolderTable& standing_holders(Segment& segment, std::uint32_t epoch) {
  return segment.holders[epoch][get(segment.epochs[epoch].version) & 1];
}

// 0 before its first use: then it is not touched.
inline Word& has_standing_holders(Segment& segment, std::uint32_t epoch) {
  EpochSlot& slot = segment.epochs[epoch];
  return slot.has_holders[get(slot.version) & 1];
}

inline HolderTable& next_holders(Segment& segment, std::uint32_t epoch) {
  return segment.holders[epoch][(get(segment.epochs[epoch].version) + 1) & 1];
}

inline std::uint64_t held_count(const HeldWords& held) {
  return held_count(get(held.refs), get(held.dropped));
}

// What all shards count of references on an epoch.
inline std::uint64_t held_by_heaps(const Segment& segment, std::uint32_t epoch) {
  std::uint64_t refs = 0;
  for (std::uint64_t i = 0; i < get(segment.heap_count); ++i)
    refs += held_count(segment.heaps[i].held[epoch]);
  return refs;
}

// What a place of the holders that stand has in all.
inline std::uint64_t refs_of(const Segment& segment, std::uint32_t epoch,
                             const HolderWords& holder) {
  const std::uint64_t heap = get(holder.heap);
  return get(holder.refs) + (heap == 0 ? 0 : held_count(segment.heaps[heap].held[epoch]));
}

// What it has taken in all.
inline std::uint64_t taken_of(const Segment& segment, std::uint32_t epoch,
                              const HolderWords& holder) {
  const std::uint64_t heap = get(holder.heap);
  return get(holder.taken) + (heap == 0 ? 0 : get(segment.heaps[heap].held[epoch].taken));
}

// What all shards say of a class in an epoch.
struct ShardSums {
  std::uint64_t live_objects = 0;
  std::uint64_t partial_slabs = 0;
  std::uint64_t full_slabs = 0;
  std::uint64_t in_use_slabs = 0;
};
inline ShardSums sum_shards(const Segment& segment, std::uint32_t epoch,
                            std::uint32_t class_index) {
  ShardSums sums;
  const std::uint64_t heaps = class_index < kMaxHeapClasses ? get(segment.heap_count) : 0;
  for (std::uint64_t i = 0; i < heaps; ++i) {
    const HeapCellWords& cell = segment.heaps[i].cells[epoch][class_index];
    sums.live_objects += get(cell.allocs) - get(cell.frees);
    sums.partial_slabs += get(cell.partial_slabs);
    sums.full_slabs += get(cell.full_slabs);
    sums.in_use_slabs += get(cell.in_use_slabs);
  }
  return sums;
}

// Which eras are carried at an epoch.
struct CarriedFigures {
  std::uint64_t eras = 0;
  std::uint64_t opened_ns = 0;  // when the oldest of them was opened; 0: none is carried
};
inline void put(IncarnationRecord& record, CarriedFigures carried) {
  put(record.carried_eras, carried.eras);
  put(record.carried_opened_ns, carried.opened_ns);
}

// Fills the record and the cells that do not stand for a new incarnation of an epoch,
// then lets them stand (invariants 3 and 8). What lives in the epoch becomes carried.
// No heap has slabs in it, or counts references on it meanwhile.
// `fill(record, holders, has_holders)` is called before they stand: nobody sees them without what
// it writes.
template <typename Fill>
void open_incarnation(Segment& segment, std::uint32_t epoch, std::uint64_t era,
                      std::uint64_t opened_ns, std::uint32_t class_count, CarriedFigures carried,
                      const Fill& fill) {
  EpochSlot& slot = segment.epochs[epoch];
  const std::uint64_t next = get(slot.version) + 1;
  const IncarnationRecord& old = slot.record[(next - 1) & 1];
  IncarnationRecord& fresh = slot.record[next & 1];
  put(fresh.era, era);
  put(fresh.opened_ns, opened_ns);
  put(fresh.state, 0);  // EpochState::kActive
  put(fresh.refcount, -held_by_heaps(segment, epoch));
  write_label(fresh.label, {});
  put(fresh.slow_path_hits, 0);
  put(fresh.closing_ns, 0);
  put(fresh.rss_before_close, 0);
  put(fresh.rss_after_close, 0);
  put(fresh.close_madvise_bytes, 0);
  put(fresh.large_bytes, 0);
  put(fresh.carried_large_bytes, get(old.carried_large_bytes) + get(old.large_bytes));
  put(fresh, carried);
  for (std::uint32_t i = 0; i < class_count; ++i) {
    const CellWords& was = slot.cells[(next - 1) & 1][i];
    CellWords& cell = slot.cells[next & 1][i];
    const ShardSums sums = sum_shards(segment, epoch, i);
    put(cell.live_objects, -sums.live_objects);
    put(cell.partial_slabs, -sums.partial_slabs);
    put(cell.full_slabs, -sums.full_slabs);
    put(cell.reclaimable_slabs, 0);
    put(cell.carried_objects, get(was.carried_objects) + get(was.live_objects) + sums.live_objects);
    put(cell.carried_partial_slabs,
        get(was.carried_partial_slabs) + get(was.partial_slabs) + sums.partial_slabs);
    put(cell.carried_full_slabs,
        get(was.carried_full_slabs) + get(was.full_slabs) + sums.full_slabs);
  }
  // A table that nobody used yet stays untouched: it has no memory.
  HolderTable& table = segment.holders[epoch][next & 1];
  if (get(slot.has_holders[next & 1]) != 0) put(table.used, 0);
  fill(fresh, table, slot.has_holders[next & 1]);
  put(slot.version, next);
}
inline void open_incarnation(Segment& segment, std::uint32_t epoch, std::uint64_t era,
                             std::uint64_t opened_ns, std::uint32_t class_count,
                             CarriedFigures carried = {}) {
  open_incarnation(segment, epoch, era, opened_ns, class_count, carried,
                   [](IncarnationRecord&, HolderTable&, Word&) {});
}

}  // namespace temporal_slab::stats
