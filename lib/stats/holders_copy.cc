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

std::uint64_t assignment(const HoldersCopy& copy, std::uint64_t place) {
  return place < copy.used ? get(copy.places[place].assigned) : 0;
}

void count_those_with_references(HoldersCopy* out) {
  if (out->used > kMaxHolders) return;
  for (std::uint64_t i = 0; i < out->used; ++i) out->counts[i] = get(out->places[i].refs) != 0;
}

// What was a thread's both before and after was so in between, as no number of an
// assignment comes twice.
bool copy_moving_places(const SegmentView& view, std::size_t table, HoldersCopy* out) {
  HoldersCopy before;
  HoldersCopy after;
  if (!copy_places(view, table, &before) || !copy_places(view, table, out) ||
      !copy_places(view, table, &after))
    return false;
  count_those_with_references(out);
  for (std::uint64_t i = 0; i < kMaxHolders; ++i)
    if (assignment(before, i) == 0 || assignment(before, i) != assignment(after, i))
      out->counts[i] = false;
  return true;
}

}  // namespace

bool copy_holders(const SegmentView& view, std::size_t table, HoldersCopy* out) {
  const std::size_t turn = table + offsetof(HolderTable, turn);
  for (std::uint32_t i = 0; i < kHolderTries; ++i) {
    std::uint64_t before = 0;
    std::uint64_t after = 0;
    if (!copy_word(view, turn, &before) || !copy_places(view, table, out) ||
        !copy_word(view, turn, &after))
      return false;
    if (before == after && before % 2 == 0) {
      count_those_with_references(out);
      return true;
    }
  }
  return copy_moving_places(view, table, out);
}

}  // namespace temporal_slab::stats
