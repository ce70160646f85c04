// The ring as several threads turn it.
#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

#include "capi/rules_support.h"

namespace temporal_slab::rules {
namespace {

constexpr unsigned kThreads = 8;
constexpr unsigned kAdvances = 1000;

// R-2.2-4
TEST(RacingAdvances, AreEachOneWholeStep) {
  const Allocator allocator = make_allocator();
  run_threads(kThreads, [&](unsigned) { advance(allocator.get(), kAdvances); });
  constexpr std::uint64_t kTotal = std::uint64_t{kThreads} * kAdvances;
  EXPECT_EQ(epoch_current(allocator.get()), kTotal % kEpochs);
  EXPECT_EQ(slab_epoch_era(allocator.get(), kTotal % kEpochs), kTotal);
}

// R-2.2-4
TEST(RacingAdvances, LeaveErasWithoutGapsAndOneActiveEpoch) {
  const Allocator allocator = make_allocator();
  run_threads(kThreads, [&](unsigned) { advance(allocator.get(), kAdvances); });
  std::vector<std::uint64_t> eras;
  unsigned active = 0;
  for (EpochId epoch = 0; epoch < kEpochs; ++epoch) {
    eras.push_back(slab_epoch_era(allocator.get(), epoch));
    active += slab_epoch_state(allocator.get(), epoch) == EPOCH_ACTIVE;
  }
  std::sort(eras.begin(), eras.end());
  for (std::size_t i = 0; i < eras.size(); ++i) {
    EXPECT_EQ(eras[i], std::uint64_t{kThreads} * kAdvances - 15 + i);
  }
  EXPECT_EQ(active, 1u);
  EXPECT_EQ(global_stats(allocator.get()).epochs_closed, std::uint64_t{kThreads} * kAdvances);
}

// R-2.2-4
TEST(RacingAdvances, HandOutNoEraTwice) {
  const Allocator allocator = make_allocator();
  std::vector<std::vector<std::uint64_t>> seen(4);
  run_threads(4, [&](unsigned index) {
    for (unsigned i = 0; i < kAdvances; ++i) {
      // The reference pins the incarnation, so its era can be read at leisure.
      const SlabEpochRef reference = slab_epoch_acquire(allocator.get());
      epoch_advance(allocator.get());
      seen[index].push_back(reference.era << 8 | reference.epoch);
      slab_epoch_release(allocator.get(), reference);
    }
  });
  // One era stands in one epoch only.
  std::vector<std::uint64_t> all;
  for (const auto& part : seen) all.insert(all.end(), part.begin(), part.end());
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  for (std::size_t i = 1; i < all.size(); ++i) EXPECT_NE(all[i - 1] >> 8, all[i] >> 8);
}

// R-2.2-4
TEST(EpochCurrent, IsAlwaysInRangeWhileThreadsTurnTheRing) {
  const Allocator allocator = make_allocator();
  // The ring turns until its turning was seen: each change is a read between two advances.
  constexpr unsigned kChanges = 200;
  std::atomic<unsigned> changes{0};
  unsigned out_of_range = 0;
  run_threads(4, [&](unsigned index) {
    if (index < 3) {
      while (changes.load() < kChanges) epoch_advance(allocator.get());
      return;
    }
    for (EpochId last = epoch_current(allocator.get()); changes.load() < kChanges;) {
      const EpochId current = epoch_current(allocator.get());
      out_of_range += current >= kEpochs;
      if (current != std::exchange(last, current)) changes.fetch_add(1);
    }
  });
  EXPECT_EQ(out_of_range, 0u);
}

// R-2.2-4
TEST(EpochCurrent, NeverGoesBackInTimeWhileAThreadTurnsTheRing) {
  const Allocator allocator = make_allocator();
  std::atomic<bool> turning{true};
  unsigned backwards = 0;
  run_threads(2, [&](unsigned index) {
    if (index == 0) {
      advance(allocator.get(), 8 * kAdvances);
      turning.store(false);
    } else {
      // The place that was current has, when its era is read, that era or a later
      // one, and no later one than is current then.
      for (std::uint64_t last = 0; turning.load();) {
        const std::uint64_t era = slab_epoch_era(allocator.get(), epoch_current(allocator.get()));
        backwards += era < last;
        last = era;
      }
    }
  });
  EXPECT_EQ(backwards, 0u);
}

// R-2.2-4
TEST(EpochCurrent, WasActiveWhenItWasRead) {
  const Allocator allocator = make_allocator();
  std::atomic<bool> turning{true};
  unsigned wrong = 0;
  run_threads(2, [&](unsigned index) {
    if (index == 0) {
      advance(allocator.get(), 8 * kAdvances);
      turning.store(false);
    } else {
      while (turning.load()) {
        // CLOSING can only be seen if the ring moved on in between.
        const EpochId current = epoch_current(allocator.get());
        const std::uint64_t era = slab_epoch_era(allocator.get(), current);
        if (slab_epoch_state(allocator.get(), current) == EPOCH_CLOSING) {
          const EpochId now = epoch_current(allocator.get());
          wrong += slab_epoch_era(allocator.get(), now) == era;
        }
      }
    }
  });
  EXPECT_EQ(wrong, 0u);
}

// R-2.2-4
TEST(RacingCloses, OfTheCurrentEpochLeaveOneCurrentEpoch) {
  const Allocator allocator = make_allocator();
  run_threads(4, [&](unsigned) {
    for (unsigned i = 0; i < kAdvances; ++i) {
      epoch_close(allocator.get(), epoch_current(allocator.get()));
    }
  });
  const SlabGlobalStats stats = global_stats(allocator.get());
  const EpochId current = epoch_current(allocator.get());
  EXPECT_EQ(slab_epoch_state(allocator.get(), current), EPOCH_ACTIVE);
  // Every close of an ACTIVE current epoch was one advance, and none was lost.
  EXPECT_EQ(stats.epochs_closed, slab_epoch_era(allocator.get(), current));
}

// R-2.2-4 R-2.2-2
TEST(RacingAdvances, StepOverAReferencedEpochAlways) {
  const Allocator allocator = make_allocator();
  advance(allocator.get(), 5);
  slab_epoch_inc_refcount(allocator.get(), 5);
  run_threads(kThreads, [&](unsigned) { advance(allocator.get(), kAdvances); });
  EXPECT_EQ(slab_epoch_era(allocator.get(), 5), 5u);
  EXPECT_EQ(slab_epoch_get_refcount(allocator.get(), 5), 1u);
  EXPECT_EQ(global_stats(allocator.get()).abandoned_refs, 0u);
}

}  // namespace
}  // namespace temporal_slab::rules
