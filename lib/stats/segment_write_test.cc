// What the writer leaves in the segment, word for word.
#include "stats/segment_write.h"

#include <gtest/gtest.h>

#include <memory>

namespace temporal_slab::stats {
namespace {

constexpr std::uint32_t kEpoch = 5;
constexpr std::uint64_t kOld = 1000;      // and up: of the incarnation that stands
constexpr std::uint64_t kOlder = 500000;  // of the one before, whose record is used again

template <typename Record>
void fill(Record& record, std::uint64_t first) {
  auto* const words = reinterpret_cast<Word*>(&record);
  for (std::size_t i = 0; i < sizeof(Record) / sizeof(Word); ++i) put(words[i], first + i);
}

std::size_t index_of(const IncarnationRecord& record, const Word& word) {
  return static_cast<std::size_t>(&word - reinterpret_cast<const Word*>(&record));
}

// Every word that is not named here must be 0, those too that are added to the record one day.
// R-2.2-1
TEST(OpenIncarnation, LeavesNothingOfFormerOnesButWhatIsCarried) {
  const auto segment = std::make_unique<Segment>();
  EpochSlot& slot = segment->epochs[kEpoch];
  fill(slot.record[0], kOld);
  fill(slot.record[1], kOlder);
  for (std::uint32_t i = 0; i < kMaxClasses; ++i) {
    fill(slot.cells[0][i], kOld);
    fill(slot.cells[1][i], kOlder);
  }
  fill(segment->holders[kEpoch][0], kOld);
  fill(segment->holders[kEpoch][1], kOlder);
  put(slot.has_holders[1], 1);
  open_incarnation(*segment, kEpoch, 77, 88, kMaxClasses, {3, 55});

  const IncarnationRecord& old = slot.record[0];
  const IncarnationRecord& fresh = standing_record(*segment, kEpoch);
  ASSERT_EQ(&fresh, &slot.record[1]);
  EXPECT_EQ(get(standing_holders(*segment, kEpoch).used), 0u);

  std::uint64_t wanted[sizeof(IncarnationRecord) / sizeof(Word)] = {};
  const auto want = [&](const Word& word, std::uint64_t value) {
    wanted[index_of(fresh, word)] = value;
  };
  want(fresh.era, 77);
  want(fresh.opened_ns, 88);
  want(fresh.carried_eras, 3);
  want(fresh.carried_opened_ns, 55);
  want(fresh.carried_large_bytes, get(old.carried_large_bytes) + get(old.large_bytes));
  for (std::uint32_t i = 0; i < kMaxClasses; ++i) {
    const CellWords& was = slot.cells[0][i];
    const CellWords& cell = standing_cell(*segment, kEpoch, i);
    ASSERT_EQ(&cell, &slot.cells[1][i]);
    EXPECT_EQ(get(cell.carried_objects), get(was.carried_objects) + get(was.live_objects));
    EXPECT_EQ(get(cell.carried_partial_slabs),
              get(was.carried_partial_slabs) + get(was.partial_slabs));
    EXPECT_EQ(get(cell.carried_full_slabs), get(was.carried_full_slabs) + get(was.full_slabs));
    for (const Word* word :
         {&cell.live_objects, &cell.partial_slabs, &cell.full_slabs, &cell.reclaimable_slabs})
      EXPECT_EQ(get(*word), 0u);
  }
  // Of the two texts of a label the one that does not stand means nothing.
  const std::uint64_t version = get(fresh.label.version);
  want(fresh.label.version, version);
  for (const Word& word : fresh.label.text[(version + 1) & 1].words) want(word, get(word));

  const auto* const words = reinterpret_cast<const Word*>(&fresh);
  for (std::size_t i = 0; i < std::size(wanted); ++i)
    EXPECT_EQ(get(words[i]), wanted[i]) << "word " << i << " of the record";
}

}  // namespace
}  // namespace temporal_slab::stats
