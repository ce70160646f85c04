// How a domain's end closes its incarnation: once, and never another one.
#include <gtest/gtest.h>
#include <temporal_slab/epoch_domain.h>

#include <barrier>

#include "capi/rules_support.h"

namespace temporal_slab::rules {
namespace {

// R-2.5-4
TEST(LastExit, WithAutoCloseClosesTheIncarnation) {
  const Allocator allocator = make_allocator();
  epoch_domain_t* domain = epoch_domain_wrap(allocator.get(), 0, true);
  epoch_domain_enter(domain);
  epoch_domain_enter(domain);
  EXPECT_TRUE(epoch_domain_exit(domain));
  EXPECT_EQ(slab_epoch_state(allocator.get(), 0), EPOCH_ACTIVE);
  EXPECT_TRUE(epoch_domain_exit(domain));
  EXPECT_EQ(slab_epoch_state(allocator.get(), 0), EPOCH_CLOSING);
  EXPECT_EQ(epoch_current(allocator.get()), 1u);
  EXPECT_EQ(global_stats(allocator.get()).epochs_closed, 1u);
}

// R-2.5-4
TEST(LastExit, WithoutAutoCloseLeavesTheIncarnationActive) {
  const Allocator allocator = make_allocator();
  for (epoch_domain_t* domain :
       {epoch_domain_create(allocator.get()), epoch_domain_wrap(allocator.get(), 0, false)}) {
    epoch_domain_enter(domain);
    epoch_domain_exit(domain);
    EXPECT_EQ(slab_epoch_state(allocator.get(), 0), EPOCH_ACTIVE);
  }
}

// R-2.5-4
TEST(ExitOfOneOfTwoDomains, DoesNotClose) {
  const Allocator allocator = make_allocator();
  epoch_domain_t* a = epoch_domain_wrap(allocator.get(), 0, true);
  epoch_domain_t* b = epoch_domain_wrap(allocator.get(), 0, true);
  epoch_domain_enter(a);
  epoch_domain_enter(b);
  EXPECT_TRUE(epoch_domain_exit(b));
  EXPECT_EQ(slab_epoch_state(allocator.get(), 0), EPOCH_ACTIVE);
  EXPECT_TRUE(epoch_domain_exit(a));
  EXPECT_EQ(slab_epoch_state(allocator.get(), 0), EPOCH_CLOSING);
}

// R-2.5-4
TEST(LastExit, WithAReferenceOutsideOfDomainsDoesNotClose) {
  const Allocator allocator = make_allocator();
  slab_epoch_inc_refcount(allocator.get(), 0);
  epoch_domain_t* domain = epoch_domain_wrap(allocator.get(), 0, true);
  epoch_domain_enter(domain);
  EXPECT_TRUE(epoch_domain_exit(domain));
  EXPECT_EQ(slab_epoch_state(allocator.get(), 0), EPOCH_ACTIVE);
  EXPECT_EQ(slab_epoch_get_refcount(allocator.get(), 0), 1u);
}

// R-2.5-4
TEST(LastExit, WithLiveObjectsClosesAndKeepsThem) {
  const Allocator allocator = make_allocator();
  epoch_domain_t* domain = epoch_domain_wrap(allocator.get(), 0, true);
  epoch_domain_enter(domain);
  const Object object = make_object(allocator.get(), 64, 0);
  epoch_domain_exit(domain);
  EXPECT_EQ(slab_epoch_state(allocator.get(), 0), EPOCH_CLOSING);
  EXPECT_TRUE(free_obj(allocator.get(), object.handle));
}

// R-2.5-4
TEST(LastExit, OfAnIncarnationClosedMeanwhileClosesNothingElse) {
  const Allocator allocator = make_allocator();
  epoch_domain_t* domain = epoch_domain_wrap(allocator.get(), 0, true);
  epoch_domain_enter(domain);
  epoch_close(allocator.get(), 0);
  EXPECT_TRUE(epoch_domain_exit(domain));
  EXPECT_EQ(global_stats(allocator.get()).epochs_closed, 1u);
  EXPECT_EQ(epoch_current(allocator.get()), 1u);
}

// Enters a domain of epoch 0 and has that taken over; epoch 0 is current anew.
epoch_domain_t* enter_one_that_is_taken_over(SlabAllocator* allocator) {
  epoch_domain_t* domain = epoch_domain_wrap(allocator, 0, true);
  epoch_domain_enter(domain);
  for (EpochId epoch = 1; epoch < kEpochs; ++epoch) {
    epoch_advance(allocator);
    slab_epoch_inc_refcount(allocator, epoch);
  }
  epoch_advance(allocator);
  EXPECT_EQ(epoch_current(allocator), 0u);
  EXPECT_EQ(slab_epoch_era(allocator, 0), 16u);
  return domain;
}

// R-2.5-4 R-2.3-2
TEST(LastExit, OfAnIncarnationTakenOverDoesNotTouchTheOneThatHasItsPlace) {
  const Allocator allocator = make_allocator();
  epoch_domain_t* domain = enter_one_that_is_taken_over(allocator.get());
  slab_epoch_inc_refcount(allocator.get(), 0);
  EXPECT_TRUE(epoch_domain_exit(domain));
  EXPECT_EQ(slab_epoch_get_refcount(allocator.get(), 0), 1u);
  EXPECT_EQ(slab_epoch_state(allocator.get(), 0), EPOCH_ACTIVE);
  EXPECT_EQ(global_stats(allocator.get()).stale_releases, 1u);
  EXPECT_EQ(global_stats(allocator.get()).refcount_underflows, 0u);
}

// R-2.5-4
TEST(LastExit, OfAnIncarnationTakenOverLeavesTheScope) {
  const Allocator allocator = make_allocator();
  epoch_domain_t* domain = enter_one_that_is_taken_over(allocator.get());
  EXPECT_TRUE(epoch_domain_exit(domain));
  EXPECT_EQ(epoch_domain_current(), nullptr);
  EXPECT_TRUE(epoch_domain_destroy(domain));
}

// R-2.5-1
TEST(InnerEnter, OfAnIncarnationTakenOverIsRefused) {
  const Allocator allocator = make_allocator();
  epoch_domain_t* domain = enter_one_that_is_taken_over(allocator.get());
  EXPECT_EQ(errno_after([&] { EXPECT_FALSE(epoch_domain_enter(domain)); }), ESTALE);
  EXPECT_TRUE(epoch_domain_exit(domain));
  EXPECT_EQ(epoch_domain_current(), nullptr);
}

// R-2.5-4
TEST(LastExit, WhoseReferenceSomebodyElseDroppedCloses) {
  const Allocator allocator = make_allocator();
  epoch_domain_t* domain = epoch_domain_wrap(allocator.get(), 0, true);
  epoch_domain_enter(domain);
  slab_epoch_dec_refcount(allocator.get(), 0);
  EXPECT_TRUE(epoch_domain_exit(domain));
  EXPECT_EQ(slab_epoch_state(allocator.get(), 0), EPOCH_CLOSING);
  EXPECT_EQ(global_stats(allocator.get()).refcount_underflows, 1u);
  EXPECT_EQ(global_stats(allocator.get()).epochs_closed, 1u);
}

// R-2.5-1
TEST(ForceClose, ClosesWhateverTheRefcount) {
  const Allocator allocator = make_allocator();
  epoch_domain_t* domain = epoch_domain_create(allocator.get());
  epoch_domain_enter(domain);
  slab_epoch_inc_refcount(allocator.get(), 0);
  EXPECT_TRUE(epoch_domain_force_close(domain));
  EXPECT_EQ(slab_epoch_state(allocator.get(), 0), EPOCH_CLOSING);
  EXPECT_EQ(slab_epoch_get_refcount(allocator.get(), 0), 2u);
  EXPECT_EQ(epoch_domain_current(), domain);
  EXPECT_TRUE(epoch_domain_exit(domain));
}

// R-2.5-1
TEST(ForceClose, TwiceIsHarmless) {
  const Allocator allocator = make_allocator();
  epoch_domain_t* domain = epoch_domain_create(allocator.get());
  EXPECT_TRUE(epoch_domain_force_close(domain));
  EXPECT_TRUE(epoch_domain_force_close(domain));
  EXPECT_EQ(epoch_current(allocator.get()), 1u);
  EXPECT_EQ(global_stats(allocator.get()).epochs_closed, 1u);
}

// Threads that each enter a domain of one incarnation, then all leave at once.
// Returns how many rounds did not end in exactly one close.
int rounds_gone_wrong(unsigned threads, int rounds, bool turn_the_ring) {
  const Allocator allocator = make_allocator();
  EpochId target = 0;
  std::uint64_t closed_before = 0;
  int wrong = 0;
  std::barrier step(threads);
  run_threads(threads, [&](unsigned index) {
    for (int round = 0; round < rounds; ++round) {
      if (index == 0) {
        target = epoch_current(allocator.get());
        closed_before = global_stats(allocator.get()).epochs_closed;
      }
      step.arrive_and_wait();
      epoch_domain_t* domain = epoch_domain_wrap(allocator.get(), target, true);
      epoch_domain_enter(domain);
      step.arrive_and_wait();
      if (turn_the_ring && index == 0) epoch_advance(allocator.get());
      epoch_domain_exit(domain);
      epoch_domain_destroy(domain);
      step.arrive_and_wait();
      if (index == 0) {
        const bool closed = slab_epoch_state(allocator.get(), target) == EPOCH_CLOSING;
        const std::uint64_t closes = global_stats(allocator.get()).epochs_closed - closed_before;
        wrong += !closed || closes != 1 || slab_epoch_get_refcount(allocator.get(), target) != 0;
      }
    }
  });
  return wrong;
}

// R-2.5-4
TEST(LastExitsOfTwoThreadsAtOnce, CloseOnceAndNeverNotAtAll) {
  EXPECT_EQ(rounds_gone_wrong(2, 2000, false), 0);
}

// R-2.5-4
TEST(LastExitsOfEightThreadsAtOnce, CloseOnceAndNeverNotAtAll) {
  EXPECT_EQ(rounds_gone_wrong(8, 300, false), 0);
}

// R-2.5-4
TEST(LastExitsThatRaceWithAnAdvance, CloseNoOtherIncarnation) {
  EXPECT_EQ(rounds_gone_wrong(3, 1000, true), 0);
}

}  // namespace
}  // namespace temporal_slab::rules
