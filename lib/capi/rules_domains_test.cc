// Domains: what they are bound to, how they nest, where slab_malloc goes in one.
#include <gtest/gtest.h>
#include <temporal_slab/epoch_domain.h>

#include <thread>

#include "capi/rules_json_support.h"

namespace temporal_slab::rules {
namespace {

std::uint64_t live_in(SlabAllocator* allocator, EpochId epoch) {
  return epoch_stats(allocator, 0, epoch).live_objects;
}

std::uint64_t references(const Allocator& allocator, EpochId epoch) {
  return slab_epoch_get_refcount(allocator.get(), epoch);
}

// R-2.5-1
TEST(MakingADomain, ChangesNeitherRingNorRefcountNorState) {
  const Allocator allocator = make_allocator();
  epoch_close(allocator.get(), 7);
  const Json before = still_snapshot(allocator.get());
  epoch_domain_t* created = epoch_domain_create(allocator.get());
  ASSERT_NE(created, nullptr);
  for (EpochId epoch = 0; epoch < kEpochs; ++epoch) {
    for (const bool auto_close : {false, true}) {
      ASSERT_NE(epoch_domain_wrap(allocator.get(), epoch, auto_close), nullptr);
    }
  }
  EXPECT_EQ(changes(before, still_snapshot(allocator.get())), "");
  EXPECT_TRUE(epoch_domain_destroy(created));
  EXPECT_EQ(changes(before, still_snapshot(allocator.get())), "");
}

// R-2.5-1
TEST(Domain, IsBoundToTheIncarnationThatWasCurrent) {
  const Allocator allocator = make_allocator();
  advance(allocator.get(), 3);
  epoch_domain_t* domain = epoch_domain_create(allocator.get());
  epoch_advance(allocator.get());
  EXPECT_TRUE(epoch_domain_enter(domain));
  EXPECT_EQ(references(allocator, 3), 1u);
  EXPECT_EQ(references(allocator, 4), 0u);
  EXPECT_TRUE(epoch_domain_exit(domain));
  EXPECT_EQ(references(allocator, 3), 0u);
}

// R-2.5-1
TEST(Domain, WhoseIncarnationIsGoneIsNotEntered) {
  const Allocator allocator = make_allocator();
  epoch_domain_t* created = epoch_domain_create(allocator.get());
  epoch_domain_t* wrapped = epoch_domain_wrap(allocator.get(), 0, true);
  advance(allocator.get(), 16);
  for (epoch_domain_t* domain : {created, wrapped}) {
    EXPECT_EQ(errno_after([&] { EXPECT_FALSE(epoch_domain_enter(domain)); }), ESTALE);
    EXPECT_EQ(epoch_domain_current(), nullptr);
  }
  EXPECT_EQ(references(allocator, 0), 0u);
}

// R-2.5-1
TEST(Domain, WhoseIncarnationIsClosingIsEntered) {
  const Allocator allocator = make_allocator();
  epoch_domain_t* domain = epoch_domain_create(allocator.get());
  epoch_advance(allocator.get());
  EXPECT_TRUE(epoch_domain_enter(domain));
  EXPECT_EQ(references(allocator, 0), 1u);
  EXPECT_TRUE(epoch_domain_exit(domain));
}

// R-2.5-3
TEST(NestedEnters, OfOneDomainHoldOneReference) {
  const Allocator allocator = make_allocator();
  epoch_domain_t* domain = epoch_domain_create(allocator.get());
  for (int i = 0; i < 10; ++i) {
    EXPECT_TRUE(epoch_domain_enter(domain));
    EXPECT_EQ(references(allocator, 0), 1u);
  }
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(references(allocator, 0), 1u);
    EXPECT_EQ(epoch_domain_current(), domain);
    EXPECT_TRUE(epoch_domain_exit(domain));
  }
  EXPECT_EQ(references(allocator, 0), 0u);
  EXPECT_EQ(epoch_domain_current(), nullptr);
}

// R-2.5-3
TEST(TwoDomains, OfOneIncarnationHoldTwoReferences) {
  const Allocator allocator = make_allocator();
  epoch_domain_t* a = epoch_domain_create(allocator.get());
  epoch_domain_t* b = epoch_domain_create(allocator.get());
  EXPECT_TRUE(epoch_domain_enter(a));
  EXPECT_TRUE(epoch_domain_enter(b));
  EXPECT_EQ(references(allocator, 0), 2u);
  EXPECT_TRUE(epoch_domain_exit(b));
  EXPECT_EQ(references(allocator, 0), 1u);
  EXPECT_TRUE(epoch_domain_exit(a));
  EXPECT_EQ(references(allocator, 0), 0u);
}

// R-2.5-3
TEST(InnerExit, MakesTheOuterDomainCurrentAgain) {
  const Allocator allocator = make_allocator();
  epoch_domain_t* outer = epoch_domain_wrap(allocator.get(), 3, false);
  epoch_domain_t* inner = epoch_domain_wrap(allocator.get(), 4, false);
  EXPECT_TRUE(epoch_domain_enter(outer));
  EXPECT_TRUE(epoch_domain_enter(inner));
  EXPECT_TRUE(epoch_domain_enter(outer));
  EXPECT_EQ(epoch_domain_current(), outer);
  EXPECT_TRUE(epoch_domain_exit(outer));
  EXPECT_EQ(epoch_domain_current(), inner);
  EXPECT_TRUE(epoch_domain_exit(inner));
  EXPECT_EQ(epoch_domain_current(), outer);
  EXPECT_EQ(references(allocator, 3), 1u);
  EXPECT_TRUE(epoch_domain_exit(outer));
  EXPECT_EQ(epoch_domain_current(), nullptr);
}

// R-2.5-3
TEST(Domains, OfThirtyTwoLevelsUnwindOneByOne) {
  const Allocator one = make_allocator();
  const Allocator other = make_allocator();
  std::vector<epoch_domain_t*> domains;
  for (EpochId level = 0; level < 32; ++level) {
    const Allocator& owner = level % 2 == 0 ? one : other;
    domains.push_back(epoch_domain_wrap(owner.get(), level % kEpochs, false));
    ASSERT_TRUE(epoch_domain_enter(domains.back()));
  }
  for (std::size_t level = 32; level-- > 0;) {
    EXPECT_EQ(epoch_domain_current(), domains[level]);
    EXPECT_EQ(epoch_domain_allocator(), level % 2 == 0 ? one.get() : other.get());
    ASSERT_TRUE(epoch_domain_exit(domains[level]));
  }
  EXPECT_EQ(epoch_domain_current(), nullptr);
}

// R-2.5-2
TEST(CurrentDomain, IsEachThreadsOwn) {
  const Allocator allocator = make_allocator();
  epoch_domain_t* domain = epoch_domain_create(allocator.get());
  ASSERT_TRUE(epoch_domain_enter(domain));
  std::thread([] {
    EXPECT_EQ(epoch_domain_current(), nullptr);
    EXPECT_EQ(epoch_domain_allocator(), nullptr);
  }).join();
  EXPECT_TRUE(epoch_domain_exit(domain));
}

// R-2.5-3
TEST(SlabMallocInADomain, GoesToTheInnermostOnesIncarnation) {
  const Allocator allocator = make_allocator();
  epoch_domain_t* outer = epoch_domain_wrap(allocator.get(), 3, false);
  epoch_domain_t* inner = epoch_domain_wrap(allocator.get(), 4, false);
  epoch_domain_enter(outer);
  slab_malloc(allocator.get(), 64);
  EXPECT_EQ(live_in(allocator.get(), 3), 1u);
  epoch_domain_enter(inner);
  slab_malloc(allocator.get(), 64);
  EXPECT_EQ(live_in(allocator.get(), 4), 1u);
  epoch_domain_exit(inner);
  slab_malloc(allocator.get(), 64);
  EXPECT_EQ(live_in(allocator.get(), 3), 2u);
  epoch_domain_exit(outer);
  slab_malloc(allocator.get(), 64);
  EXPECT_EQ(live_in(allocator.get(), 0), 1u);
}

// R-2.5-3
TEST(SlabMallocInADomain, OfAClosingIncarnationGoesToTheCurrentEpoch) {
  const Allocator allocator = make_allocator();
  epoch_domain_t* domain = epoch_domain_create(allocator.get());
  epoch_domain_enter(domain);
  epoch_advance(allocator.get());
  EXPECT_NE(slab_malloc(allocator.get(), 64), nullptr);
  EXPECT_EQ(live_in(allocator.get(), 0), 0u);
  EXPECT_EQ(live_in(allocator.get(), 1), 1u);
  epoch_domain_exit(domain);
}

// R-2.5-3
TEST(SlabMallocInADomain, OfATakenOverIncarnationGoesToTheCurrentEpoch) {
  const Allocator allocator = make_allocator();
  epoch_domain_t* domain = epoch_domain_create(allocator.get());
  epoch_domain_enter(domain);
  for (EpochId epoch = 1; epoch < kEpochs; ++epoch) {
    epoch_advance(allocator.get());
    slab_epoch_inc_refcount(allocator.get(), epoch);
  }
  epoch_advance(allocator.get());  // takes epoch 0 over
  slab_epoch_inc_refcount(allocator.get(), 0);
  epoch_advance(allocator.get());  // and moves on to epoch 1
  ASSERT_EQ(epoch_current(allocator.get()), 1u);
  EXPECT_NE(slab_malloc(allocator.get(), 64), nullptr);
  EXPECT_EQ(live_in(allocator.get(), 1), 1u);
  epoch_domain_exit(domain);
}

// R-2.5-3
TEST(SlabMalloc, IgnoresADomainOfAnotherAllocator) {
  const Allocator mine = make_allocator();
  const Allocator other = make_allocator();
  epoch_domain_t* my_domain = epoch_domain_wrap(mine.get(), 9, false);
  epoch_domain_t* other_domain = epoch_domain_wrap(other.get(), 5, false);
  epoch_domain_enter(my_domain);
  epoch_domain_enter(other_domain);
  slab_malloc(mine.get(), 64);
  EXPECT_EQ(live_in(mine.get(), 9), 1u) << "the innermost of this allocator";
  EXPECT_EQ(live_in(mine.get(), 5), 0u);
  EXPECT_EQ(live_in(other.get(), 5), 0u);
  epoch_domain_exit(other_domain);
  epoch_domain_exit(my_domain);
}

// R-2.5-1
TEST(Domains, MadeByTheThousandAreAllGood) {
  const Allocator allocator = make_allocator();
  for (int round = 0; round < 5; ++round) {
    std::vector<epoch_domain_t*> domains;
    for (int i = 0; i < 3000; ++i) domains.push_back(epoch_domain_create(allocator.get()));
    for (epoch_domain_t* domain : domains) {
      ASSERT_TRUE(epoch_domain_enter(domain));
      ASSERT_TRUE(epoch_domain_exit(domain));
      ASSERT_TRUE(epoch_domain_destroy(domain));
    }
  }
  EXPECT_EQ(references(allocator, 0), 0u);
}

// R-2.5-1
TEST(FreeingAnAllocator, LeavesADomainOfAnotherCurrent) {
  const Allocator kept = make_allocator();
  epoch_domain_t* domain = epoch_domain_create(kept.get());
  ASSERT_TRUE(epoch_domain_enter(domain));
  { const Allocator gone = make_allocator(); }
  EXPECT_EQ(epoch_domain_current(), domain);
  EXPECT_TRUE(epoch_domain_exit(domain));
}

}  // namespace
}  // namespace temporal_slab::rules
