#include "epoch/references.h"

#include <gtest/gtest.h>

#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "sync/thread.h"

namespace temporal_slab::epoch {
namespace {

using Guard = std::lock_guard<sync::Mutex>;
using Payer = sync::Bias::Payer;
using Drop = References::Drop;
using Incarnation = References::Incarnation;

struct World {
  explicit World(Payer payer = Payer::kBoth, std::size_t place_count = 4)
      : places(place_count), references(mutex, sync::Bias(payer), *table, places) {}

  ReferencePlace* join() {
    const Guard guard(mutex);
    return references.join_locked();
  }
  void leave(ReferencePlace* place) {
    const Guard guard(mutex);
    references.leave_locked(*place);
  }
  std::uint64_t get(std::uint32_t epoch) {
    const Guard guard(mutex);
    return references.get_locked(epoch);
  }
  References::Advance advance() {
    const Guard guard(mutex);
    return references.advance_locked();
  }
  bool try_close(std::uint32_t epoch) {
    const Guard guard(mutex);
    References::DropAndClose done{};
    return references.try_close_locked(epoch, &done);
  }
  std::uint64_t mode(std::uint32_t epoch) const {
    return table->tags[epoch].load(sync::kRelaxed) & (tag::kShared | tag::kFrozen);
  }

  sync::Mutex mutex;
  std::unique_ptr<ReferenceTable> table = std::make_unique<ReferenceTable>();
  std::vector<ReferencePlace> places;
  References references;
};

TEST(References, ADropAtZeroDoesNothing) {
  World world;
  ReferencePlace* const mine = world.join();
  EXPECT_FALSE(world.references.dec(mine, 3));
  world.references.inc(mine, 3);
  EXPECT_EQ(world.get(3), 1U);
  EXPECT_TRUE(world.references.dec(mine, 3));
  EXPECT_FALSE(world.references.dec(mine, 3));
  EXPECT_EQ(world.get(3), 0U);
  EXPECT_EQ(world.mode(3), 0U);
}

TEST(References, OneThatDropsWhatAnotherTookMakesTheIncarnationShared) {
  World world;
  ReferencePlace* const taker = world.join();
  ReferencePlace* const dropper = world.join();
  world.references.inc(taker, 0);
  world.references.inc(taker, 0);
  EXPECT_EQ(world.mode(0), 0U);
  EXPECT_TRUE(world.references.dec(dropper, 0));
  EXPECT_EQ(world.mode(0), tag::kShared);
  EXPECT_EQ(world.get(0), 1U);
  EXPECT_TRUE(world.references.dec(taker, 0));
  EXPECT_FALSE(world.references.dec(taker, 0));
  for (int i = 0; i < 16; ++i) world.advance();
  EXPECT_EQ(world.mode(0), 0U) << "the next incarnation is local again";
}

TEST(References, AStaleReferenceIsRefused) {
  World world;
  ReferencePlace* const mine = world.join();
  const Incarnation first = world.references.acquire(mine);
  EXPECT_EQ(first, (Incarnation{0, 0}));
  EXPECT_EQ(world.references.release(mine, first), Drop::kDropped);
  EXPECT_EQ(world.references.release(mine, first), Drop::kNone);
  for (int i = 0; i < 16; ++i) world.advance();
  EXPECT_EQ(world.references.current(), (Incarnation{0, 16}));
  EXPECT_EQ(world.references.release(mine, first), Drop::kStale);
  EXPECT_FALSE(world.references.acquire_standing(mine, first));
  EXPECT_EQ(world.get(0), 0U);
}

TEST(References, AnAdvanceStepsOverWhatIsHeldAndTakesTheOldestWhenAllIs) {
  World world;
  ReferencePlace* const mine = world.join();
  world.references.inc(mine, 1);
  EXPECT_EQ(world.advance().opened, (Incarnation{2, 1}));
  EXPECT_FALSE(world.references.is_active(0));
  for (std::uint32_t epoch = 0; epoch < 16; ++epoch) {
    world.references.inc(mine, epoch);
    world.references.inc(mine, epoch);
  }
  const References::Advance over = world.advance();
  EXPECT_EQ(over.opened, (Incarnation{3, 2}));
  EXPECT_EQ(over.abandoned, 2U);
  EXPECT_EQ(world.get(3), 0U);
  EXPECT_EQ(world.get(1), 3U);
  EXPECT_EQ(world.references.era(3), 2U);
}

TEST(References, TryCloseAsksForZero) {
  World world;
  ReferencePlace* const mine = world.join();
  world.references.inc(mine, 5);
  EXPECT_FALSE(world.try_close(5));
  EXPECT_TRUE(world.references.is_active(5));
  world.references.dec(mine, 5);
  EXPECT_TRUE(world.try_close(5));
  EXPECT_FALSE(world.references.is_active(5));
  EXPECT_TRUE(world.try_close(0));
  EXPECT_EQ(world.references.current(), (Incarnation{1, 1}));
}

TEST(References, AThreadThatIsGoneLeavesItsCountAndItsPlace) {
  World world(Payer::kBoth, 1);
  ReferencePlace* const first = world.join();
  EXPECT_EQ(world.join(), nullptr);
  world.references.inc(first, 7);
  world.leave(first);
  EXPECT_EQ(world.get(7), 1U);
  ReferencePlace* const second = world.join();
  EXPECT_EQ(second, first);
  world.references.inc(second, 7);
  world.leave(second);
  EXPECT_EQ(world.get(7), 2U);
  EXPECT_TRUE(world.references.dec(nullptr, 7));
  EXPECT_EQ(world.get(7), 1U);
}

TEST(References, ThreadsWithoutAPlaceCountAsWell) {
  World world(Payer::kBoth, 1);
  ReferencePlace* const mine = world.join();
  world.references.inc(mine, 2);
  world.references.inc(nullptr, 2);
  EXPECT_EQ(world.get(2), 2U);
  const Incarnation here = world.references.acquire(nullptr);
  EXPECT_EQ(world.references.release(nullptr, here), Drop::kDropped);
  EXPECT_TRUE(world.references.dec(nullptr, 2));
  EXPECT_TRUE(world.references.dec(nullptr, 2));
  EXPECT_FALSE(world.references.dec(nullptr, 2));
}

TEST(References, AFullOwnCountGoesOnElsewhere) {
  World world;
  ReferencePlace* const mine = world.join();
  ReferenceWord& word = mine->words[4];
  std::uint64_t many = 0;
  for (const std::uint64_t filled : {own::kCount - 2, own::kCount - 2}) {
    many += filled;  // as if it had been counted one by one
    word.store((word.load(sync::kRelaxed) & ~own::kCount) + filled, sync::kRelaxed);
    for (int i = 0; i < 5; ++i) world.references.inc(mine, 4), ++many;
    EXPECT_EQ(word.load(sync::kRelaxed) & own::kCount, 3U);
    EXPECT_EQ(world.get(4), many);
    for (int i = 0; i < 3; ++i) world.references.dec(mine, 4), --many;
  }
  EXPECT_EQ(world.mode(4), 0U);
  EXPECT_TRUE(world.references.dec(mine, 4));
  EXPECT_EQ(world.get(4), many - 1);
}

// Low bits come again after 2^14 eras; the sleeper's count of one of them is void for ever.
TEST(References, ACountThatSleptThroughAllErasIsStillVoid) {
  World world;
  ReferencePlace* const sleeper = world.join();
  ReferencePlace* const awake = world.join();
  world.references.inc(sleeper, 0);
  world.references.inc(nullptr, 0);  // shared, so that the sleeper's word need not be 0
  EXPECT_TRUE(world.references.dec(awake, 0));
  EXPECT_TRUE(world.references.dec(awake, 0));
  for (std::uint64_t i = 0; i < (std::uint64_t{1} << 14); ++i) {
    world.advance();
    ASSERT_EQ(world.get(world.references.current().epoch), 0U) << i;
  }
  EXPECT_EQ(world.references.current(), (Incarnation{0, 1U << 14}));
  EXPECT_EQ(world.mode(0), tag::kShared);
  world.references.inc(sleeper, 0);
  EXPECT_EQ(world.get(0), 1U);
}

TEST(References, AForkEndsWhatOtherThreadsHadBegun) {
  World world;
  ReferencePlace* const gone = world.join();
  world.references.inc(gone, 0);
  ReferenceWord& word = gone->words[0];
  word.store(word.load(sync::kRelaxed) + own::kTurn, sync::kRelaxed);  // inside
  world.references.after_fork_in_child();
  EXPECT_TRUE(world.references.dec(nullptr, 0));
  EXPECT_FALSE(world.references.dec(nullptr, 0));
}

// Threads that take, drop and hand on while the ring turns; what is not dropped is counted.
void many_threads(Payer payer) {
  constexpr std::size_t kThreads = 4;
  constexpr int kRounds = 2000;
  World world(payer, kThreads - 1);
  std::vector<std::thread> threads;
  std::atomic<std::uint64_t> wrong{0};
  std::atomic<std::uint64_t> handed_on{0};
  for (std::size_t t = 0; t < kThreads; ++t)
    threads.emplace_back([&, t] {
      ReferencePlace* const mine = world.join();  // nullptr for one of them
      References& references = world.references;
      for (int i = 0; i < kRounds; ++i) {
        references.inc(mine, 9);  // never opened: the ring steps over it
        references.inc(mine, 9);
        if (!references.dec(mine, 9)) ++wrong;
        const Incarnation here = references.acquire(mine);
        if (i % 64 == static_cast<int>(t)) world.advance();
        if (references.release(mine, here) != Drop::kDropped) ++wrong;
        if (i % 16 == 0 && references.dec(mine, 9)) ++handed_on;
      }
      if (mine != nullptr) world.leave(mine);
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0U);
  EXPECT_EQ(world.get(9), kThreads * kRounds - handed_on);
  EXPECT_EQ(world.references.era(9), 0U);
}

TEST(References, ManyThreadsAreCountedExactly) {
  many_threads(sync::Bias::of_this_process().payer());
}
TEST(References, ManyThreadsAreCountedExactlyWithFences) { many_threads(Payer::kBoth); }

}  // namespace
}  // namespace temporal_slab::epoch
