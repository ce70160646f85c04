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

class HoldersTest : public testing::Test {
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
    on_thread(name, [&] { holders_.take(site, 0); });
  }

  // "name refs, name refs", of those that hold any.
  std::string all() const {
    std::string text;
    for (std::uint64_t i = 0; i < get(table_->used); ++i) {
      const HolderWords& holder = table_->places[i];
      const std::uint64_t refs = holders_.refs_of(holder);
      if (refs == 0) continue;
      if (!text.empty()) text += ", ";
      text += stats::text_of(holder.name) + " " + std::to_string(refs);
    }
    return text;
  }

  const std::unique_ptr<stats::Segment> segment_ = std::make_unique<stats::Segment>();
  HolderTable* const table_ = &segment_->holders[0][0];
  Holders holders_{*segment_, 0};
};

// R-2.3-3
TEST_F(HoldersTest, AThreadThatEndedKeepsItsReferencesAndItsName) {
  on_thread("leaker", [&] {
    holders_.take(7, 0);
    holders_.take(8, 0);
  });
  EXPECT_EQ(all(), "leaker 2");
  EXPECT_EQ(get(table_->places[0].site), 8u) << "where the last was taken";
  EXPECT_NE(get(table_->places[0].tid), 0u);
}

// R-2.3-3
TEST_F(HoldersTest, ADropIsChargedToTheThreadsOwnReferencesFirst) {
  take_on_thread("first");
  on_thread("second", [&] {
    holders_.take(7, 0);
    holders_.take(7, 0);
    holders_.drop();
  });
  EXPECT_EQ(all(), "first 1, second 1");
}

// R-2.3-3
TEST_F(HoldersTest, ADropByOneWhoHoldsNoneIsChargedToTheLastWhoTookOne) {
  take_on_thread("old leaker");
  take_on_thread("producer");
  on_thread("consumer", [&] { holders_.drop(); });
  EXPECT_EQ(all(), "old leaker 1") << "what leaked long ago stays in sight";
}

// R-2.3-3
TEST_F(HoldersTest, APlaceThatHoldsNothingIsUsedAgain) {
  for (std::uint32_t i = 0; i < 3 * kMaxHolders; ++i)
    on_thread("passing", [&] {
      holders_.take(7, 0);
      holders_.drop();
    });
  take_on_thread("late leaker");
  EXPECT_EQ(all(), "late leaker 1");
}

// R-2.3-3
TEST_F(HoldersTest, MoreThreadsThanPlacesAreCountedTogether) {
  for (std::uint32_t i = 0; i < kMaxHolders + 5; ++i) take_on_thread("t");
  EXPECT_EQ(get(table_->used), kMaxHolders);
  EXPECT_TRUE(all().ends_with("t 1, further threads 6")) << all();
  on_thread("t", [&] { holders_.drop(); });
  EXPECT_TRUE(all().ends_with("t 1, further threads 5")) << "not to one with a name: " << all();
}

// R-2.3-1 R-2.3-3
TEST_F(HoldersTest, WhatAHeapCountsIsItsThreadsUntilItIsSettled) {
  stats::HeldWords& counted = segment_->heaps[3].held[0];
  stats::put(counted.refs, 5);  // of incarnations before
  stats::put(segment_->heap_count, 4);
  on_thread("owner", [&] {
    const HolderWords& mine = holders_.take(7, 3);
    EXPECT_EQ(get(mine.heap), 3u);
    stats::add(counted.refs, 2 * stats::kHeldTurn + 1);  // as a section does
    EXPECT_EQ(holders_.own(), 2u);
    holders_.move_site(8);
    EXPECT_EQ(get(counted.site), 8u);
  });
  take_on_thread("without a heap");
  on_thread("another", [&] { EXPECT_EQ(holders_.own(), 0u); });
  EXPECT_FALSE(holders_.settle(3, true)) << "it holds some";
  ASSERT_TRUE(holders_.settle(3, false));
  stats::add(counted.refs, 2 * stats::kHeldTurn + 1);  // the next thread's
  EXPECT_EQ(all(), "owner 2, without a heap 1");
  EXPECT_EQ(get(table_->places[0].site), 8u);
}

// R-2.3-3
TEST_F(HoldersTest, AThreadWhoseHeapMayCountKeepsItsPlace) {
  on_thread("armed", [&] {
    holders_.take(7, 1);
    holders_.drop();
  });
  for (std::uint32_t i = 1; i < kMaxHolders - 1; ++i) take_on_thread("t");
  EXPECT_FALSE(holders_.has_place());
  EXPECT_TRUE(holders_.settle(1, true));
  EXPECT_TRUE(holders_.has_place());
  take_on_thread("late");
  EXPECT_TRUE(all().starts_with("late 1, t 1")) << all();
}

// R-2.2-3
TEST_F(HoldersTest, ARecordOfAbandonedReferencesKeepsTheirSum) {
  for (std::uint32_t i = 0; i < stats::kAbandonedHolders + 4; ++i)
    take_on_thread("t" + std::to_string(i));
  stats::AbandonedRecord record{};
  holders_.copy(record, 0);
  std::uint64_t refs = 0;
  for (const stats::AbandonedHolder& holder : record.holders) refs += get(holder.refs);
  EXPECT_EQ(refs, stats::kAbandonedHolders + 4);
  EXPECT_EQ(stats::text_of(record.holders[0].name), "t0");
  EXPECT_EQ(stats::text_of(record.holders[stats::kAbandonedHolders - 1].name), "further threads");

  Holders(*segment_, 1).copy(record, 0);
  for (const stats::AbandonedHolder& holder : record.holders) EXPECT_EQ(get(holder.refs), 0u);
}

TEST_F(HoldersTest, TurnIsEvenBetweenChangesAndMovesWithEach) {
  const std::uint64_t before = get(table_->turn);
  holders_.take(7, 0);
  const std::uint64_t taken = get(table_->turn);
  holders_.drop();
  EXPECT_NE(taken, before);
  EXPECT_NE(get(table_->turn), taken);
  EXPECT_EQ((before | taken | get(table_->turn)) % 2, 0u);
}

}  // namespace
}  // namespace temporal_slab::epoch
