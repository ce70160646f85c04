// References as several threads take and drop them.
#include <gtest/gtest.h>

#include <barrier>

#include "capi/rules_support.h"

namespace temporal_slab::rules {
namespace {

constexpr unsigned kThreads = 8;
constexpr std::uint64_t kCalls = 20000;

// R-2.3-1
TEST(RefcountOfEightThreads, SumsExactly) {
  const Allocator allocator = make_allocator();
  run_threads(kThreads, [&](unsigned) {
    for (std::uint64_t i = 0; i < kCalls; ++i) {
      slab_epoch_inc_refcount(allocator.get(), 0);
      if (i % 4 != 0) slab_epoch_dec_refcount(allocator.get(), 0);
    }
  });
  EXPECT_EQ(slab_epoch_get_refcount(allocator.get(), 0), kThreads * kCalls / 4);
  EXPECT_EQ(global_stats(allocator.get()).refcount_underflows, 0u);
}

// R-2.3-1
TEST(RefcountOfEightThreads, NeverFallsBelowZero) {
  constexpr std::uint64_t kHeld = 1000;
  const Allocator allocator = make_allocator();
  for (std::uint64_t i = 0; i < kHeld; ++i) slab_epoch_inc_refcount(allocator.get(), 0);
  std::atomic<int> wrapped{0};
  run_threads(kThreads, [&](unsigned) {
    for (std::uint64_t i = 0; i < kHeld; ++i) {
      slab_epoch_dec_refcount(allocator.get(), 0);
      if (slab_epoch_get_refcount(allocator.get(), 0) > kHeld) wrapped.fetch_add(1);
    }
  });
  EXPECT_EQ(wrapped.load(), 0);
  EXPECT_EQ(slab_epoch_get_refcount(allocator.get(), 0), 0u);
  EXPECT_EQ(global_stats(allocator.get()).refcount_underflows, (kThreads - 1) * kHeld);
}

// R-2.3-1
TEST(RacingReleasesOfOneReference, SucceedOnce) {
  constexpr int kRounds = 2000;
  const Allocator allocator = make_allocator();
  SlabEpochRef reference{};
  std::atomic<int> released{0};
  int wrong = 0;
  std::barrier step(2);
  run_threads(2, [&](unsigned index) {
    for (int round = 0; round < kRounds; ++round) {
      if (index == 0) reference = slab_epoch_acquire(allocator.get());
      step.arrive_and_wait();
      if (slab_epoch_release(allocator.get(), reference)) released.fetch_add(1);
      step.arrive_and_wait();
      if (index == 0) wrong += released.exchange(0) != 1;
    }
  });
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(global_stats(allocator.get()).refcount_underflows, std::uint64_t{kRounds});
}

// R-2.3-1
TEST(GetRefcount, LiesBetweenWhatHadEndedAndWhatHadBegun) {
  const Allocator allocator = make_allocator();
  std::atomic<std::uint64_t> begun{0};
  std::atomic<std::uint64_t> ended{0};
  std::atomic<unsigned> counting{3};
  std::uint64_t wrong = 0;
  run_threads(4, [&](unsigned index) {
    if (index < 3) {
      for (std::uint64_t i = 0; i < kCalls; ++i) {
        begun.fetch_add(1);
        slab_epoch_inc_refcount(allocator.get(), 0);
        ended.fetch_add(1);
      }
      counting.fetch_sub(1);
      return;
    }
    while (counting.load() != 0) {
      const std::uint64_t least = ended.load();
      const std::uint64_t count = slab_epoch_get_refcount(allocator.get(), 0);
      const std::uint64_t most = begun.load();
      wrong += count < least || count > most;
    }
  });
  EXPECT_EQ(wrong, 0u);
  EXPECT_EQ(slab_epoch_get_refcount(allocator.get(), 0), 3 * kCalls);
}

// R-2.3-1
TEST(GetRefcount, NeverShowsAReferenceThatOnlyMovedAsTwoOrNone) {
  // One reference, handed to and fro: each thread takes its own before the other
  // drops the former one, so there are always one or two.
  const Allocator allocator = make_allocator();
  slab_epoch_inc_refcount(allocator.get(), 0);
  std::atomic<bool> done{false};
  std::uint64_t wrong = 0;
  std::barrier step(2);
  run_threads(3, [&](unsigned index) {
    if (index < 2) {
      for (int i = 0; i < 4000; ++i) {
        if (i % 2 == static_cast<int>(index)) slab_epoch_inc_refcount(allocator.get(), 0);
        step.arrive_and_wait();
        if (i % 2 != static_cast<int>(index)) slab_epoch_dec_refcount(allocator.get(), 0);
        step.arrive_and_wait();
      }
      if (index == 0) done.store(true);
      return;
    }
    while (!done.load()) {
      const std::uint64_t count = slab_epoch_get_refcount(allocator.get(), 0);
      wrong += count < 1 || count > 2;
    }
  });
  EXPECT_EQ(wrong, 0u);
}

// R-2.3-2 R-2.2-2
TEST(AcquiredIncarnation, StandsUntilItIsReleasedHoweverTheRingTurns) {
  const Allocator allocator = make_allocator();
  std::atomic<unsigned> holding{3};
  std::atomic<int> wrong{0};
  run_threads(5, [&](unsigned index) {
    if (index >= 3) {
      while (holding.load() != 0) epoch_advance(allocator.get());
      return;
    }
    for (int i = 0; i < 3000; ++i) {
      const SlabEpochRef reference = slab_epoch_acquire(allocator.get());
      for (int look = 0; look < 3; ++look) {
        if (slab_epoch_era(allocator.get(), reference.epoch) != reference.era ||
            slab_epoch_get_refcount(allocator.get(), reference.epoch) == 0) {
          wrong.fetch_add(1);
        }
      }
      if (!slab_epoch_release(allocator.get(), reference)) wrong.fetch_add(1);
    }
    holding.fetch_sub(1);
  });
  EXPECT_EQ(wrong.load(), 0);
  const SlabGlobalStats stats = global_stats(allocator.get());
  EXPECT_EQ(stats.stale_releases + stats.refcount_underflows + stats.abandoned_refs, 0u);
  for (EpochId epoch = 0; epoch < kEpochs; ++epoch) {
    EXPECT_EQ(slab_epoch_get_refcount(allocator.get(), epoch), 0u);
  }
}

// R-2.3-3
TEST(ReferencesHandedFromThreadToThread, AllComeBack) {
  constexpr int kRounds = 1000;
  const Allocator allocator = make_allocator();
  std::vector<SlabEpochRef> boxes(4);
  std::atomic<int> refused{0};
  std::barrier step(4);
  run_threads(4, [&](unsigned index) {
    for (int round = 0; round < kRounds; ++round) {
      boxes[index] = slab_epoch_acquire(allocator.get());
      step.arrive_and_wait();
      if (index == 0) epoch_advance(allocator.get());
      if (!slab_epoch_release(allocator.get(), boxes[(index + 1) % 4])) refused.fetch_add(1);
      step.arrive_and_wait();
    }
  });
  EXPECT_EQ(refused.load(), 0);
  for (EpochId epoch = 0; epoch < kEpochs; ++epoch) {
    EXPECT_EQ(slab_epoch_get_refcount(allocator.get(), epoch), 0u);
  }
}

// R-2.3-4
TEST(TryCloseAgainstAcquire, NeverBothWinOneIncarnation) {
  constexpr int kRounds = 4000;
  const Allocator allocator = make_allocator();
  SlabEpochRef target{};
  SlabEpochRef acquired{};
  bool closed = false;
  int both = 0;
  int neither = 0;
  std::barrier step(2);
  run_threads(2, [&](unsigned index) {
    for (int round = 0; round < kRounds; ++round) {
      if (index == 0) {
        const EpochId current = epoch_current(allocator.get());
        target = {current, 0, slab_epoch_era(allocator.get(), current)};
      }
      step.arrive_and_wait();
      if (index == 0) {
        closed = slab_epoch_try_close(allocator.get(), target.epoch);
      } else {
        acquired = slab_epoch_acquire(allocator.get());
      }
      step.arrive_and_wait();
      if (index == 0) {
        const bool held = acquired.epoch == target.epoch && acquired.era == target.era;
        both += closed && held;
        neither += !closed && !held;
        slab_epoch_release(allocator.get(), acquired);
      }
    }
  });
  EXPECT_EQ(both, 0);
  EXPECT_EQ(neither, 0);
}

// R-2.3-4
TEST(TryCloseAgainstTryClose, ClosesOnce) {
  constexpr int kRounds = 2000;
  const Allocator allocator = make_allocator();
  std::barrier step(2);
  run_threads(2, [&](unsigned) {
    for (int round = 0; round < kRounds; ++round) {
      const EpochId current = epoch_current(allocator.get());
      step.arrive_and_wait();
      slab_epoch_try_close(allocator.get(), current);
      step.arrive_and_wait();
    }
  });
  EXPECT_EQ(global_stats(allocator.get()).epochs_closed, std::uint64_t{kRounds});
  EXPECT_EQ(slab_epoch_era(allocator.get(), epoch_current(allocator.get())),
            std::uint64_t{kRounds});
}

}  // namespace
}  // namespace temporal_slab::rules
