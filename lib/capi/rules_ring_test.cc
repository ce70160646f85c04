// The ring as one thread sees it: which epoch is next, and what a new incarnation
// begins with.
#include <gtest/gtest.h>

#include <ctime>

#include "capi/rules_json_support.h"

namespace temporal_slab::rules {
namespace {

std::uint64_t monotonic_ns() {
  timespec now;
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000u +
         static_cast<std::uint64_t>(now.tv_nsec);
}

unsigned active_epochs(SlabAllocator* allocator) {
  unsigned active = 0;
  for (EpochId e = 0; e < kEpochs; ++e) active += slab_epoch_state(allocator, e) == EPOCH_ACTIVE;
  return active;
}

// R-2.2-1
TEST(FreshRing, StandsAtEpochZeroWithEraZero) {
  const Allocator allocator = make_allocator();
  EXPECT_EQ(epoch_current(allocator.get()), 0u);
  EXPECT_EQ(slab_epoch_era(allocator.get(), 0), 0u);
}

// R-2.2-1
TEST(FreshRing, HasSixteenActiveEpochsWithNothingInThem) {
  const Allocator allocator = make_allocator();
  const Json fresh = snapshot(allocator.get());
  for (const Json& row : fresh["epochs"]) {
    EXPECT_EQ(row["state"], "ACTIVE");
    EXPECT_EQ(row["label"], "");
    for (const char* name : {"epoch_era", "age_sec", "refcount", "live_objects", "carried_slabs",
                             "total_partial_slabs", "total_full_slabs", "total_reclaimable_slabs",
                             "estimated_rss_bytes", "slow_path_hits", "rss_before_close",
                             "rss_after_close", "close_madvise_bytes"}) {
      EXPECT_EQ(row[name], 0u) << name;
    }
  }
}

// R-2.2-1
TEST(FreshRing, AcceptsAllocationsInEpochsNeverOpened) {
  const Allocator allocator = make_allocator();
  for (EpochId epoch = 0; epoch < kEpochs; ++epoch) {
    EXPECT_NE(slab_malloc_epoch(allocator.get(), 64, epoch), nullptr) << epoch;
  }
}

// R-2.2-1 R-2.2-2
TEST(Advance, GoesToTheNextEpochWithTheNextEra) {
  const Allocator allocator = make_allocator();
  for (std::uint64_t k = 1; k <= 100; ++k) {
    epoch_advance(allocator.get());
    ASSERT_EQ(epoch_current(allocator.get()), k % kEpochs);
    ASSERT_EQ(slab_epoch_era(allocator.get(), static_cast<EpochId>(k % kEpochs)), k);
  }
}

// R-2.2-1
TEST(Advance, ClosesTheEpochThatWasCurrentAndOpensTheNext) {
  const Allocator allocator = make_allocator();
  for (int turn = 0; turn < 40; ++turn) {
    const EpochId former = epoch_current(allocator.get());
    epoch_advance(allocator.get());
    EXPECT_EQ(slab_epoch_state(allocator.get(), former), EPOCH_CLOSING);
    EXPECT_EQ(slab_epoch_state(allocator.get(), epoch_current(allocator.get())), EPOCH_ACTIVE);
  }
}

// R-2.2-1
TEST(Advance, LeavesOneActiveEpochOnceTheRingCameRound) {
  const Allocator allocator = make_allocator();
  advance(allocator.get(), 15);
  for (int turn = 0; turn < 40; ++turn) {
    EXPECT_EQ(active_epochs(allocator.get()), 1u);
    epoch_advance(allocator.get());
  }
}

// R-2.2-1
TEST(Advance, LeavesTheOtherEpochsAlone) {
  const Allocator allocator = make_allocator();
  advance(allocator.get(), 20);
  const Json before = still_snapshot(allocator.get())["epochs"];
  epoch_advance(allocator.get());  // from epoch 4 to 5
  const Json after = still_snapshot(allocator.get())["epochs"];
  for (EpochId epoch = 0; epoch < kEpochs; ++epoch) {
    if (epoch == 4 || epoch == 5) continue;
    EXPECT_EQ(changes(before[epoch], after[epoch]), "") << epoch;
  }
}

// R-2.2-1
TEST(NewIncarnation, HasNoLabelOfTheFormerOne) {
  const Allocator allocator = make_allocator();
  slab_epoch_set_label(allocator.get(), 0, "former");
  slab_epoch_set_label(allocator.get(), 1, "set before it was opened");
  advance(allocator.get(), 16);
  EXPECT_EQ(label_of(allocator.get(), 0), "");
  EXPECT_EQ(label_of(allocator.get(), 1), "");
}

// R-2.2-1
TEST(NewIncarnation, IsActiveAlsoIfTheFormerOneWasClosedByHand) {
  const Allocator allocator = make_allocator();
  epoch_close(allocator.get(), 1);
  EXPECT_EQ(slab_epoch_state(allocator.get(), 1), EPOCH_CLOSING);
  epoch_advance(allocator.get());
  EXPECT_EQ(slab_epoch_state(allocator.get(), 1), EPOCH_ACTIVE);
  EXPECT_NE(slab_malloc_epoch(allocator.get(), 64, 1), nullptr);
}

// R-2.2-1
TEST(NewIncarnation, HasNoReferenceOfTheFormerOne) {
  const Allocator allocator = make_allocator();
  for (int turn = 0; turn < 40; ++turn) {  // from the 16th on a place is taken over
    const EpochId current = epoch_current(allocator.get());
    ASSERT_EQ(slab_epoch_get_refcount(allocator.get(), current), 0u) << "turn " << turn;
    slab_epoch_inc_refcount(allocator.get(), current);
    epoch_advance(allocator.get());
  }
}

// R-2.2-1
TEST(NewIncarnation, IsOpenedNow) {
  const Allocator allocator = make_allocator();
  for (int turn = 0; turn < 20; ++turn) {
    const std::uint64_t before = monotonic_ns();
    epoch_advance(allocator.get());
    const std::uint64_t after = monotonic_ns();
    const std::uint64_t opened =
        epoch_stats(allocator.get(), 0, epoch_current(allocator.get())).open_since_ns;
    EXPECT_GE(opened, before);
    EXPECT_LE(opened, after);
  }
}

// R-2.2-1
TEST(NewIncarnation, HasNoFigureOfAFormerOne) {
  const Allocator allocator = make_allocator();
  Json fresh = snapshot(allocator.get())["epochs"][0];
  fresh["age_sec"] = 0;
  // Each place gets slow paths, a label, and a close that gives something back;
  // three times over, so that a figure kept for the next but one is seen too.
  for (std::uint64_t turn = 0; turn < 3 * kEpochs; ++turn) {
    const EpochId current = epoch_current(allocator.get());
    Json row = snapshot(allocator.get())["epochs"][current];
    ASSERT_EQ(row["epoch_era"], turn);
    row["epoch_era"] = 0;
    row["epoch_id"] = 0;
    row["age_sec"] = 0;  // on a slow machine it may be a second already
    ASSERT_EQ(changes(fresh, row), "") << "era " << turn;
    free_objects(allocator.get(), make_objects(allocator.get(), 6000, 768, current));
    slab_epoch_set_label(allocator.get(), current, "busy");
    epoch_close(allocator.get(), current);
  }
}

// R-2.2-2
TEST(ReferencedEpoch, IsSteppedOver) {
  const Allocator allocator = make_allocator();
  advance(allocator.get(), 3);
  slab_epoch_inc_refcount(allocator.get(), 3);
  for (std::uint64_t k = 4; k < 200; ++k) {
    epoch_advance(allocator.get());
    ASSERT_NE(epoch_current(allocator.get()), 3u);
    ASSERT_EQ(slab_epoch_era(allocator.get(), epoch_current(allocator.get())), k);
  }
  EXPECT_EQ(slab_epoch_era(allocator.get(), 3), 3u);
  EXPECT_EQ(slab_epoch_get_refcount(allocator.get(), 3), 1u);
}

// R-2.2-2
TEST(ReferencedEpoch, KeepsItsLabel) {
  const Allocator allocator = make_allocator();
  slab_epoch_inc_refcount(allocator.get(), 0);
  slab_epoch_set_label(allocator.get(), 0, "leaked");
  advance(allocator.get(), 100);
  EXPECT_EQ(label_of(allocator.get(), 0), "leaked");
}

// R-2.2-2
TEST(ReferencedEpoch, IsSteppedOverAlsoIfItWasNeverOpened) {
  const Allocator allocator = make_allocator();
  slab_epoch_inc_refcount(allocator.get(), 1);
  epoch_advance(allocator.get());
  EXPECT_EQ(epoch_current(allocator.get()), 2u);
  EXPECT_EQ(slab_epoch_era(allocator.get(), 2), 1u);
}

// R-2.2-2
TEST(ReferencedEpochs, AreAllSteppedOverAtOnce) {
  const Allocator allocator = make_allocator();
  for (EpochId epoch = 1; epoch < 15; ++epoch) slab_epoch_inc_refcount(allocator.get(), epoch);
  for (int turn = 0; turn < 20; ++turn) {
    epoch_advance(allocator.get());
    ASSERT_EQ(epoch_current(allocator.get()), turn % 2 == 0 ? 15u : 0u);
  }
  EXPECT_EQ(global_stats(allocator.get()).abandoned_refs, 0u);
}

// R-2.2-2
TEST(ReferencedEpoch, IsUsedAgainOnceItsReferenceIsDropped) {
  const Allocator allocator = make_allocator();
  const SlabEpochRef reference = slab_epoch_acquire(allocator.get());
  advance(allocator.get(), 30);
  EXPECT_EQ(slab_epoch_era(allocator.get(), 0), 0u);
  EXPECT_TRUE(slab_epoch_release(allocator.get(), reference));
  advance(allocator.get(), 16);
  EXPECT_GT(slab_epoch_era(allocator.get(), 0), 30u);
}

// R-2.2-2
TEST(CurrentEpochsOwnReference, DoesNotKeepTheRingFromAdvancing) {
  const Allocator allocator = make_allocator();
  slab_epoch_inc_refcount(allocator.get(), 0);
  epoch_advance(allocator.get());
  EXPECT_EQ(epoch_current(allocator.get()), 1u);
  EXPECT_EQ(slab_epoch_state(allocator.get(), 0), EPOCH_CLOSING);
}

}  // namespace
}  // namespace temporal_slab::rules
