#include "stats/holders_copy.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>

#include "stats/segment_test_support.h"
#include "stats/segment_write.h"
#include "stats/snapshot_build.h"

namespace temporal_slab::stats {
namespace {

// A table whose writer takes a step before each reading of it.
class MovingTable final : public SegmentView {
 public:
  using Step = std::function<void(HolderTable& table, std::uint32_t reading)>;

  explicit MovingTable(Step step) : step_(std::move(step)) {}

  bool read(std::size_t offset, Word* words, std::size_t bytes) const override {
    step_(*table_, readings_++);
    if (offset + bytes > sizeof(HolderTable)) return false;
    const Word* const from = reinterpret_cast<const Word*>(table_.get()) + offset / sizeof(Word);
    for (std::size_t i = 0; i < bytes / sizeof(Word); ++i) put(words[i], get(from[i]));
    return true;
  }
  bool is_whole() const override { return true; }
  HolderTable& table() { return *table_; }
  std::uint32_t readings() const { return readings_; }

 private:
  const std::unique_ptr<HolderTable> table_ = std::make_unique<HolderTable>();
  const Step step_;
  mutable std::uint32_t readings_ = 0;
};

// "name refs, name refs" of those that count.
std::string all(const HoldersCopy& copy) {
  std::string text;
  for (std::uint64_t i = 0; i < copy.used; ++i) {
    if (!copy.counts[i]) continue;
    if (!text.empty()) text += ", ";
    text += text_of(copy.places[i].name) + " " + std::to_string(get(copy.places[i].refs));
  }
  return text;
}

std::string copy_of(const MovingTable& table) {
  HoldersCopy copy;
  EXPECT_TRUE(copy_holders(table, 0, 0, &copy));
  return all(copy);
}

TEST(CopyHolders, GivesThoseWithReferences) {
  MovingTable table([](HolderTable&, std::uint32_t) {});
  EXPECT_EQ(copy_of(table), "");
  hold(table.table(), 0, 2, "first");
  hold(table.table(), 1, 0, "idle");
  hold(table.table(), 2, 1, "third");
  EXPECT_EQ(copy_of(table), "first 2, third 1");
}

// A reference that goes from one thread to the other is never seen twice or not at all.
// R-2.3-1
TEST(CopyHolders, GivesOneMomentWhenATryMeetsNoChange) {
  for (std::uint32_t n = 0; n < 4; ++n) {
    MovingTable table([n](HolderTable& moved, std::uint32_t reading) {
      if (reading != n) return;
      hold(moved, 0, 0, "from");
      hold(moved, 1, 1, "to");
    });
    hold(table.table(), 0, 1, "from");
    const std::string found = copy_of(table);
    EXPECT_EQ(found, n == 0 || table.readings() > 4 ? "to 1" : "from 1") << n;
  }
}

// R-2.3-1
TEST(CopyHolders, AddsWhatHeapsCountAndTakesTheirSites) {
  const auto segment = std::make_unique<Segment>();
  HolderTable& table = standing_holders(*segment, 3);
  hold(table, 0, 0, "armed");
  put(table.places[0].refs, std::uint64_t{0} - 4);
  put(table.places[0].heap, 2);
  hold(table, 1, 1, "shared");
  put(segment->heaps[2].held[3].refs, 8 * kHeldTurn + 6);
  put(segment->heaps[2].held[3].site, 77);
  HoldersCopy copy;
  ASSERT_TRUE(copy_holders(MemoryView(segment.get()), offsetof(Segment, holders[3][0]), 3, &copy));
  EXPECT_EQ(all(copy), "armed 2, shared 1");
  EXPECT_EQ(get(copy.places[0].site), 77u);
  put(table.turn, 1);  // a change that never ends
  ASSERT_TRUE(copy_holders(MemoryView(segment.get()), offsetof(Segment, holders[3][0]), 3, &copy));
  EXPECT_EQ(all(copy), "armed 2, shared 1");
  put(table.places[0].heap, kMaxHeaps);  // R-2.6-3: damaged
  EXPECT_TRUE(copy_holders(MemoryView(segment.get()), offsetof(Segment, holders[3][0]), 3, &copy));
}

// R-3-3
TEST(CopyHolders, GivesNoThreadTheReferencesOfAnotherWhenAllTriesMeetChanges) {
  // Place 0 keeps its thread; place 1 has another one at each reading.
  MovingTable table([](HolderTable& moved, std::uint32_t reading) {
    put(moved.turn, get(moved.turn) + 2);
    hold(moved, 1, 1, "t" + std::to_string(reading));
  });
  hold(table.table(), 0, 3, "steady");
  EXPECT_EQ(copy_of(table), "steady 3");
  EXPECT_GT(table.readings(), 4 * kHolderTries);
}

// As a writer leaves it that was killed or stopped in the midst of a change.
// R-2.6-2
TEST(CopyHolders, GivesWhatStandsWhenAChangeNeverEnds) {
  MovingTable table([](HolderTable&, std::uint32_t) {});
  hold(table.table(), 0, 2, "whole");
  hold(table.table(), 1, 0, "half");
  put(table.table().turn, get(table.table().turn) + 1);
  put(table.table().places[1].assigned, 0);
  EXPECT_EQ(copy_of(table), "whole 2");
}

// R-2.6-3
TEST(CopyHolders, LeavesATableThatIsTooLargeToItsCheck) {
  MovingTable table([](HolderTable&, std::uint32_t) {});
  put(table.table().used, ~std::uint64_t{0});
  HoldersCopy copy;
  EXPECT_TRUE(copy_holders(table, 0, 0, &copy));
  EXPECT_GT(copy.used, kMaxHolders);
  put(table.table().turn, 1);
  EXPECT_TRUE(copy_holders(table, 0, 0, &copy));
}

}  // namespace
}  // namespace temporal_slab::stats
