#include "epoch/holders.h"

#include <gtest/gtest.h>
#include <pthread.h>

#include <memory>
#include <string>
#include <thread>

#include "stats/segment_write.h"
#include "stats/snapshot_build.h"

namespace temporal_slab::epoch {
namespace {

using stats::get;
using stats::HolderTable;
using stats::HolderWords;
using stats::kMaxHolders;

class Holders : public testing::Test {
 protected:
  // On a thread that ends, by this name.
  template <typename Work>
  void on_thread(const std::string& name, const Work& work) {
    std::thread([&] {
      pthread_setname_np(pthread_self(), name.c_str());
      work();
    }).join();
  }
  void take_on_thread(const std::string& name, std::uint64_t site = 7) {
    on_thread(name, [&] { take_reference(*table_, site); });
  }

  // "name refs, name refs", of those that hold any.
  std::string all() const {
    std::string text;
    for (std::uint64_t i = 0; i < get(table_->used); ++i) {
      const HolderWords& holder = table_->places[i];
      if (get(holder.refs) == 0) continue;
      if (!text.empty()) text += ", ";
      text += stats::text_of(holder.name) + " " + std::to_string(get(holder.refs));
    }
    return text;
  }

  const std::unique_ptr<HolderTable> table_ = std::make_unique<HolderTable>();
};

// R-2.3-3
TEST_F(Holders, AThreadThatEndedKeepsItsReferencesAndItsName) {
  on_thread("leaker", [&] {
    take_reference(*table_, 7);
    take_reference(*table_, 8);
  });
  EXPECT_EQ(all(), "leaker 2");
  EXPECT_EQ(get(table_->places[0].site), 8u) << "where the last was taken";
  EXPECT_NE(get(table_->places[0].tid), 0u);
}

// R-2.3-3
TEST_F(Holders, ADropIsChargedToTheThreadsOwnReferencesFirst) {
  take_on_thread("first");
  on_thread("second", [&] {
    take_reference(*table_, 7);
    take_reference(*table_, 7);
    drop_reference(*table_);
  });
  EXPECT_EQ(all(), "first 1, second 1");
}

// R-2.3-3
TEST_F(Holders, ADropByOneWhoHoldsNoneIsChargedToTheLastWhoTookOne) {
  take_on_thread("old leaker");
  take_on_thread("producer");
  on_thread("consumer", [&] { drop_reference(*table_); });
  EXPECT_EQ(all(), "old leaker 1") << "what leaked long ago stays in sight";
}

// R-2.3-3
TEST_F(Holders, APlaceThatHoldsNothingIsUsedAgain) {
  for (std::uint32_t i = 0; i < 3 * kMaxHolders; ++i)
    on_thread("passing", [&] {
      take_reference(*table_, 7);
      drop_reference(*table_);
    });
  take_on_thread("late leaker");
  EXPECT_EQ(all(), "late leaker 1");
}

// R-2.3-3
TEST_F(Holders, MoreThreadsThanPlacesAreCountedTogether) {
  for (std::uint32_t i = 0; i < kMaxHolders + 5; ++i) take_on_thread("t");
  EXPECT_EQ(get(table_->used), kMaxHolders);
  EXPECT_TRUE(all().ends_with("t 1, further threads 6")) << all();
  on_thread("t", [&] { drop_reference(*table_); });
  EXPECT_TRUE(all().ends_with("t 1, further threads 5")) << "not to one with a name: " << all();
}

// R-2.2-3
TEST_F(Holders, ARecordOfAbandonedReferencesKeepsTheirSum) {
  for (std::uint32_t i = 0; i < stats::kAbandonedHolders + 4; ++i)
    take_on_thread("t" + std::to_string(i));
  stats::AbandonedRecord record{};
  copy_holders(*table_, record);
  std::uint64_t refs = 0;
  for (const stats::AbandonedHolder& holder : record.holders) refs += get(holder.refs);
  EXPECT_EQ(refs, stats::kAbandonedHolders + 4);
  EXPECT_EQ(stats::text_of(record.holders[0].name), "t0");
  EXPECT_EQ(stats::text_of(record.holders[stats::kAbandonedHolders - 1].name), "further threads");

  copy_holders(HolderTable{}, record);
  for (const stats::AbandonedHolder& holder : record.holders) EXPECT_EQ(get(holder.refs), 0u);
}

TEST_F(Holders, TurnIsEvenBetweenChangesAndMovesWithEach) {
  const std::uint64_t before = get(table_->turn);
  take_reference(*table_, 7);
  const std::uint64_t taken = get(table_->turn);
  drop_reference(*table_);
  EXPECT_NE(taken, before);
  EXPECT_NE(get(table_->turn), taken);
  EXPECT_EQ((before | taken | get(table_->turn)) % 2, 0u);
}

}  // namespace
}  // namespace temporal_slab::epoch
