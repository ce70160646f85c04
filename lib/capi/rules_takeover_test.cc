// What happens when all other epochs have references: the oldest one is taken
// over, and a record of its references stays.
#include <gtest/gtest.h>

#include "capi/rules_json_support.h"

namespace temporal_slab::rules {
namespace {

// References the current epoch `references` times, labels it by its era, advances.
void leak_one(SlabAllocator* allocator, std::uint64_t references = 1) {
  const EpochId current = epoch_current(allocator);
  for (std::uint64_t i = 0; i < references; ++i) slab_epoch_inc_refcount(allocator, current);
  const std::uint64_t era = slab_epoch_era(allocator, current);
  slab_epoch_set_label(allocator, current, ("leak-" + std::to_string(era)).c_str());
  epoch_advance(allocator);
}

// A ring whose epochs have a reference each and eras 0..15; 15 is current.
Allocator make_full_ring() {
  Allocator allocator = make_allocator();
  for (int i = 0; i < 15; ++i) leak_one(allocator.get());
  EXPECT_EQ(epoch_current(allocator.get()), 15u);
  slab_epoch_inc_refcount(allocator.get(), 15);
  EXPECT_EQ(global_stats(allocator.get()).abandoned_refs, 0u);
  return allocator;
}

// R-2.2-3
TEST(FullRing, TakesTheOldestEraOver) {
  const Allocator allocator = make_full_ring();
  epoch_advance(allocator.get());
  EXPECT_EQ(epoch_current(allocator.get()), 0u);
  EXPECT_EQ(slab_epoch_era(allocator.get(), 0), 16u);
  EXPECT_EQ(slab_epoch_get_refcount(allocator.get(), 0), 0u);
}

// R-2.2-3
TEST(FullRing, TakesTheOldestEraOverWhereverItStands) {
  const Allocator allocator = make_full_ring();
  // Epochs 0 and 1 are let go and opened anew, so that behind the current one, 0,
  // stands era 17 in epoch 1, and the oldest is era 2 in epoch 2.
  slab_epoch_dec_refcount(allocator.get(), 0);
  slab_epoch_dec_refcount(allocator.get(), 1);
  epoch_advance(allocator.get());
  epoch_advance(allocator.get());
  ASSERT_EQ(epoch_current(allocator.get()), 1u);
  slab_epoch_inc_refcount(allocator.get(), 1);
  epoch_advance(allocator.get());
  ASSERT_EQ(epoch_current(allocator.get()), 0u);
  slab_epoch_inc_refcount(allocator.get(), 0);
  ASSERT_EQ(global_stats(allocator.get()).abandoned_refs, 0u);

  epoch_advance(allocator.get());
  EXPECT_EQ(epoch_current(allocator.get()), 2u);
  EXPECT_EQ(slab_epoch_era(allocator.get(), 2), 19u);
}

// R-2.2-3
TEST(FullRing, GivesNothingUpWhileOneEpochIsFree) {
  const Allocator allocator = make_full_ring();
  slab_epoch_dec_refcount(allocator.get(), 9);
  epoch_advance(allocator.get());
  EXPECT_EQ(epoch_current(allocator.get()), 9u);
  EXPECT_EQ(global_stats(allocator.get()).abandoned_refs, 0u);
}

// R-2.2-3
TEST(Takeover, CountsTheReferencesItAbandons) {
  const Allocator allocator = make_allocator();
  leak_one(allocator.get(), 7);
  for (int i = 0; i < 15; ++i) leak_one(allocator.get());
  EXPECT_EQ(global_stats(allocator.get()).abandoned_refs, 7u);
  epoch_advance(allocator.get());  // the current one has none: no takeover
  EXPECT_EQ(global_stats(allocator.get()).abandoned_refs, 7u);
}

// R-2.2-3
TEST(Takeover, KeepsARecordOfWhatItAbandons) {
  const Allocator allocator = make_allocator();
  leak_one(allocator.get(), 7);
  for (int i = 0; i < 14; ++i) leak_one(allocator.get());
  EXPECT_TRUE(snapshot(allocator.get())["abandoned"].empty());
  leak_one(allocator.get());
  const Json abandoned = snapshot(allocator.get())["abandoned"];
  ASSERT_EQ(abandoned.size(), 1u);
  EXPECT_EQ(abandoned[0]["epoch_id"], 0u);
  EXPECT_EQ(abandoned[0]["epoch_era"], 0u);
  EXPECT_EQ(abandoned[0]["label"], "leak-0");
  EXPECT_EQ(abandoned[0]["refcount"], 7u);
  EXPECT_LE(abandoned[0]["age_sec"], 60u);
  EXPECT_TRUE(abandoned[0]["holders"].is_array());
}

// R-2.2-3
TEST(Takeover, KeepsTheLastSixtyFourRecordsOldestFirst) {
  constexpr std::uint64_t kTakeovers = 100;
  const Allocator allocator = make_full_ring();
  for (std::uint64_t i = 0; i < kTakeovers; ++i) leak_one(allocator.get());
  const Json abandoned = snapshot(allocator.get())["abandoned"];
  ASSERT_EQ(abandoned.size(), 64u);
  for (std::uint64_t i = 0; i < 64; ++i) {
    const std::uint64_t era = kTakeovers - 64 + i;
    EXPECT_EQ(abandoned[i]["epoch_era"], era);
    EXPECT_EQ(abandoned[i]["epoch_id"], era % kEpochs);
    EXPECT_EQ(abandoned[i]["label"], "leak-" + std::to_string(era));
  }
  EXPECT_EQ(global_stats(allocator.get()).abandoned_refs, kTakeovers + 1) << "era 15 had two";
}

// R-2.2-3 R-2.3-2
TEST(Takeover, MakesTheAbandonedReferencesStale) {
  const Allocator allocator = make_allocator();
  const SlabEpochRef reference = slab_epoch_acquire(allocator.get());
  for (int i = 0; i < 16; ++i) leak_one(allocator.get());
  ASSERT_GT(slab_epoch_era(allocator.get(), 0), 0u);
  slab_epoch_inc_refcount(allocator.get(), 0);
  EXPECT_EQ(errno_after([&] { EXPECT_FALSE(slab_epoch_release(allocator.get(), reference)); }),
            ESTALE);
  EXPECT_EQ(slab_epoch_get_refcount(allocator.get(), 0), 1u);
  EXPECT_EQ(global_stats(allocator.get()).stale_releases, 1u);
}

// R-2.2-3 R-2.1-3
TEST(Takeover, LeavesTheObjectsOfTheIncarnationValid) {
  const Allocator allocator = make_allocator();
  const auto objects = make_objects(allocator.get(), 100, 64, 0);
  for (int i = 0; i < 16; ++i) leak_one(allocator.get());
  EXPECT_EQ(free_objects(allocator.get(), objects), objects.size());
}

// R-2.2-3 R-2.2-5
TEST(FullRing, IsTakenOverAlsoByAClose) {
  const Allocator allocator = make_full_ring();
  epoch_close(allocator.get(), 15);
  EXPECT_EQ(epoch_current(allocator.get()), 0u);
  EXPECT_EQ(slab_epoch_state(allocator.get(), 0), EPOCH_ACTIVE);
  EXPECT_EQ(slab_epoch_state(allocator.get(), 15), EPOCH_CLOSING);
  EXPECT_EQ(global_stats(allocator.get()).abandoned_refs, 1u);
}

// R-2.2-3
TEST(FullRing, AdvancesForEverWithErasThatFollowEachOther) {
  const Allocator allocator = make_full_ring();
  for (std::uint64_t era = 16; era < 1000; ++era) {
    leak_one(allocator.get(), 2);
    ASSERT_EQ(slab_epoch_era(allocator.get(), epoch_current(allocator.get())), era);
  }
}

}  // namespace
}  // namespace temporal_slab::rules
