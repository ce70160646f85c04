#include "stats/holders_copy.h"

#include "stats/segment_write.h"

namespace temporal_slab::stats {
namespace {

bool copy_word(const SegmentView& view, std::size_t offset, std::uint64_t* out) {
  Word word;
  if (!view.read(offset, &word, sizeof(word))) return false;
  *out = get(word);
  return true;
}

// Copies the places that were used by now; each call reads later than the last one.
bool copy_places(const SegmentView& view, std::size_t table, HoldersCopy* out) {
  if (!copy_word(view, table + offsetof(HolderTable, used), &out->used)) return false;
  if (out->used > kMaxHolders) return true;  // refused by check_body
  return out->used == 0 ||
         view.read(table + offsetof(HolderTable, places), reinterpret_cast<Word*>(out->places),
                   out->used * sizeof(HolderWords));
}

using Counts = HeldWords[kMaxHolders];

// What heaps count for the places that say so.
bool copy_counts(const SegmentView& view, std::uint32_t epoch, const HoldersCopy& copy,
                 Counts* out) {
  if (copy.used > kMaxHolders) return true;
  for (std::uint64_t i = 0; i < copy.used; ++i) {
    const std::uint64_t heap = get(copy.places[i].heap);
    if (heap == 0 || heap >= kMaxHeaps) continue;
    const std::size_t offset = offsetof(Segment, heaps) + heap * sizeof(HeapShard) +
                               offsetof(HeapShard, held) + epoch * sizeof(HeldWords);
    if (!view.read(offset, &(*out)[i].refs, sizeof(HeldWords))) return false;
  }
  return true;
}

bool same(const HoldersCopy& copy, const Counts& first, const Counts& second) {
  if (copy.used > kMaxHolders) return true;
  for (std::uint64_t i = 0; i < copy.used; ++i)
    if (get(first[i].refs) != get(second[i].refs) ||
        get(first[i].dropped) != get(second[i].dropped))
      return false;
  return true;
}

// The sum of words that were not read at one instant may be below zero.
void add_counts(const Counts& counts, HoldersCopy* out) {
  if (out->used > kMaxHolders) return;
  for (std::uint64_t i = 0; i < out->used; ++i) {
    HolderWords& place = out->places[i];
    const std::uint64_t heap = get(place.heap);
    if (heap == 0 || heap >= kMaxHeaps) continue;
    const std::uint64_t refs = get(place.refs) + held_count(counts[i]);
    put(place.refs, static_cast<std::int64_t>(refs) < 0 ? 0 : refs);
    add(place.taken, get(counts[i].taken));
    put(place.site, get(counts[i].site));
  }
}

std::uint64_t assignment(const HoldersCopy& copy, std::uint64_t place) {
  return place < copy.used ? get(copy.places[place].assigned) : 0;
}

void count_those_with_references(HoldersCopy* out) {
  if (out->used > kMaxHolders) return;
  for (std::uint64_t i = 0; i < out->used; ++i) out->counts[i] = get(out->places[i].refs) != 0;
}

// What was a thread's both before and after was so in between, as no number of an
// assignment comes twice.
bool copy_moving_places(const SegmentView& view, std::size_t table, std::uint32_t epoch,
                        HoldersCopy* out) {
  HoldersCopy before;
  HoldersCopy after;
  Counts counts;
  if (!copy_places(view, table, &before) || !copy_places(view, table, out) ||
      !copy_counts(view, epoch, *out, &counts) || !copy_places(view, table, &after))
    return false;
  add_counts(counts, out);
  count_those_with_references(out);
  for (std::uint64_t i = 0; i < kMaxHolders; ++i)
    if (assignment(before, i) == 0 || assignment(before, i) != assignment(after, i))
      out->counts[i] = false;
  return true;
}

}  // namespace

bool copy_holders(const SegmentView& view, std::size_t table, std::uint32_t epoch,
                  HoldersCopy* out) {
  const std::size_t turn = table + offsetof(HolderTable, turn);
  for (std::uint32_t i = 0; i < kHolderTries; ++i) {
    std::uint64_t before = 0;
    std::uint64_t after = 0;
    Counts first;
    Counts second;
    if (!copy_word(view, turn, &before) || !copy_places(view, table, out) ||
        !copy_counts(view, epoch, *out, &first) || !copy_counts(view, epoch, *out, &second) ||
        !copy_word(view, turn, &after))
      return false;
    if (before == after && before % 2 == 0 && same(*out, first, second)) {
      add_counts(first, out);
      count_those_with_references(out);
      return true;
    }
  }
  return copy_moving_places(view, table, epoch, out);
}

}  // namespace temporal_slab::stats
