// A cell: the slabs of one class in one epoch, each in the list of its kind.
//
// A slab's kind is read off the slab itself, so no second record of it can be
// wrong; `settle` is the one place where a slab moves from list to list and the
// segment's figures of slabs follow (R-3-4).
//
// Threads. The allocator's mutex guards everything.
#pragma once

#include <array>
#include <cstdint>

#include "heap/slab_list.h"
#include "memory/record_pool.h"
#include "stats/segment_write.h"

namespace temporal_slab::heap {

enum class SlabKind : std::uint8_t { kPartial, kFull, kEmpty, kCarriedPartial, kCarriedFull };
inline constexpr std::uint32_t kSlabKinds = 5;

// A slab without live objects is empty even when its slots are all retired; one
// that is carried leaves its cell when it becomes empty, so it needs no kind.
inline SlabKind kind_of(const memory::Slab& slab, std::uint64_t standing_era) {
  if (slab.era != standing_era)
    return slab.free_bits == 0 ? SlabKind::kCarriedFull : SlabKind::kCarriedPartial;
  if (slab.live == 0) return SlabKind::kEmpty;
  return slab.free_bits == 0 ? SlabKind::kFull : SlabKind::kPartial;
}

// Of a slab of the incarnation that stands.
inline SlabKind kind_of(const memory::Slab& slab) { return kind_of(slab, slab.era); }

struct Cell {
  memory::Slab* in_use = nullptr;  // where the next object goes, if it has room
  std::array<SlabList, kSlabKinds> lists;
  memory::RecordPool descriptors;

  SlabList& list(SlabKind kind) { return lists[static_cast<std::uint32_t>(kind)]; }
};

// The word of the segment that counts the slabs of a kind.
inline stats::Word& word_of(stats::CellWords& words, SlabKind kind) {
  switch (kind) {
    case SlabKind::kPartial:
      return words.partial_slabs;
    case SlabKind::kFull:
      return words.full_slabs;
    case SlabKind::kEmpty:
      return words.reclaimable_slabs;
    case SlabKind::kCarriedPartial:
      return words.carried_partial_slabs;
    case SlabKind::kCarriedFull:
      break;
  }
  return words.carried_full_slabs;
}

inline void enter(Cell& cell, stats::CellWords& words, memory::Slab* slab, SlabKind kind) {
  cell.list(kind).push_front(slab);
  stats::add(word_of(words, kind), 1);
}

inline void leave(Cell& cell, stats::CellWords& words, memory::Slab* slab, SlabKind kind) {
  cell.list(kind).remove(slab);
  stats::sub(word_of(words, kind), 1);
}

}  // namespace temporal_slab::heap
