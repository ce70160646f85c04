// Who holds the references of an epoch, as a program's own snapshot shows it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <temporal_slab/epoch_domain.h>

#include <thread>

#include "capi/rules_json_support.h"
#include "capi/rules_support.h"

extern "C" int call_from_another_module(void (*call)(SlabAllocator*, EpochId),
                                        SlabAllocator* allocator, EpochId epoch);

namespace temporal_slab::rules {
namespace {

template <typename Work>
void on_thread(const char* name, const Work& work) {
  std::thread([&] {
    pthread_setname_np(pthread_self(), name);
    work();
  }).join();
}

Json holders(SlabAllocator* allocator, EpochId epoch) {
  const Json row = snapshot(allocator)["epochs"][epoch];
  std::uint64_t refs = 0;
  for (const Json& holder : row["holders"]) refs += holder["refs"].get<std::uint64_t>();
  EXPECT_EQ(refs, row["refcount"].get<std::uint64_t>()) << "the sum of the holders";
  return row["holders"];
}

// R-2.5-5
TEST(Holder, IsNamedWithTheModuleAndOffsetOfItsCall) {
  const Allocator allocator = make_allocator();
  EXPECT_EQ(holders(allocator.get(), 0), Json::array());
  slab_epoch_inc_refcount(allocator.get(), 0);
  const Json first = holders(allocator.get(), 0);
  ASSERT_EQ(first.size(), 1u);
  EXPECT_EQ(first[0]["tid"], gettid());
  EXPECT_THAT(first[0]["site"], testing::MatchesRegex("rules_holders_test[+]0x[0-9a-f]+"));
  slab_epoch_inc_refcount(allocator.get(), 0);
  const Json second = holders(allocator.get(), 0);
  EXPECT_EQ(second[0]["refs"], 2);
  EXPECT_NE(second[0]["site"], first[0]["site"]) << "where the last was taken";
}

// R-2.5-5
TEST(Holder, IsNamedInWhicheverModuleItsLastCallWas) {
  const Allocator allocator = make_allocator();
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 3; ++i) slab_epoch_inc_refcount(allocator.get(), 0);
    EXPECT_THAT(holders(allocator.get(), 0)[0]["site"],
                testing::MatchesRegex("rules_holders_test[+]0x[0-9a-f]+"));
    call_from_another_module(slab_epoch_inc_refcount, allocator.get(), 0);
    EXPECT_THAT(holders(allocator.get(), 0)[0]["site"],
                testing::MatchesRegex("librules_holders_module.so[+]0x[0-9a-f]+"));
  }
}

// R-2.5-5
TEST(Holder, IsNamedForAnAcquireAndForEachEnterAlsoInside) {
  const Allocator allocator = make_allocator();
  const SlabEpochRef reference = slab_epoch_acquire(allocator.get());
  const Json acquired = holders(allocator.get(), 0);
  ASSERT_EQ(acquired.size(), 1u);
  EXPECT_NE(acquired[0]["site"], "");
  slab_epoch_release(allocator.get(), reference);
  EXPECT_EQ(holders(allocator.get(), 0), Json::array());

  epoch_domain_t* const domain = epoch_domain_create(allocator.get());
  ASSERT_TRUE(epoch_domain_enter(domain));
  const Json outer = holders(allocator.get(), 0);
  ASSERT_TRUE(epoch_domain_enter(domain));
  const Json inner = holders(allocator.get(), 0);
  ASSERT_EQ(outer.size(), 1u);
  ASSERT_EQ(inner.size(), 1u);
  EXPECT_EQ(inner[0]["refs"], 1) << "a domain holds one";
  EXPECT_NE(inner[0]["site"], outer[0]["site"]);
  epoch_domain_exit(domain);
  epoch_domain_exit(domain);
  epoch_domain_destroy(domain);
  EXPECT_EQ(holders(allocator.get(), 0), Json::array());
}

// R-2.3-3
TEST(Holder, SaysHowManyItTookAndHowManyWereDropped) {
  const Allocator allocator = make_allocator();
  SlabEpochRef handed_on{};
  on_thread("producer", [&] {
    for (int i = 0; i < 5; ++i) slab_epoch_inc_refcount(allocator.get(), 0);
    for (int i = 0; i < 3; ++i) slab_epoch_dec_refcount(allocator.get(), 0);
    handed_on = slab_epoch_acquire(allocator.get());
    const Json mine = holders(allocator.get(), 0);
    ASSERT_EQ(mine.size(), 1u);
    EXPECT_EQ(mine[0]["taken"], 6);
    EXPECT_EQ(mine[0]["dropped"], 3);
    EXPECT_EQ(mine[0]["held_sec"], 0);
  });
  slab_epoch_release(allocator.get(), handed_on);
  const Json left = holders(allocator.get(), 0);
  ASSERT_EQ(left.size(), 1u);
  EXPECT_EQ(left[0]["refs"], 2);
  EXPECT_EQ(left[0]["taken"], 6);
  EXPECT_EQ(left[0]["dropped"], 4);
}

// R-2.3-3
TEST(Holder, CountsWhatItTookOfItsIncarnationAlone) {
  const Allocator allocator = make_allocator();
  for (std::uint64_t turn = 0; turn < 40; ++turn) {
    for (std::uint64_t i = 0; i <= turn; ++i) slab_epoch_inc_refcount(allocator.get(), 3);
    const Json mine = holders(allocator.get(), 3);
    ASSERT_EQ(mine.size(), 1u);
    EXPECT_EQ(mine[0]["taken"], turn + 1);
    EXPECT_EQ(mine[0]["dropped"], 0);
    for (std::uint64_t i = 0; i <= turn; ++i) slab_epoch_dec_refcount(allocator.get(), 3);
    advance(allocator.get(), 16);
  }
}

// R-2.3-3
TEST(Holder, KeepsItsNameWhenItsThreadHasExited) {
  const Allocator allocator = make_allocator();
  on_thread("worker-3", [&] {
    slab_epoch_inc_refcount(allocator.get(), 0);
    slab_epoch_inc_refcount(allocator.get(), 0);
  });
  on_thread("other", [&] {
    slab_epoch_inc_refcount(allocator.get(), 0);
    slab_epoch_dec_refcount(allocator.get(), 0);
  });
  advance(allocator.get(), 40);
  const Json left = holders(allocator.get(), 0);
  ASSERT_EQ(left.size(), 1u);
  EXPECT_EQ(left[0]["thread"], "worker-3");
  EXPECT_EQ(left[0]["refs"], 2);
}

// R-2.3-3
TEST(Holder, IsTheOldLeakWhenLaterReferencesAreHandedOnAndDropped) {
  const Allocator allocator = make_allocator();
  on_thread("leaker", [&] { slab_epoch_inc_refcount(allocator.get(), 0); });
  SlabEpochRef handed_on{};
  on_thread("producer", [&] { handed_on = slab_epoch_acquire(allocator.get()); });
  EXPECT_EQ(holders(allocator.get(), 0).size(), 2u);
  on_thread("consumer", [&] { slab_epoch_release(allocator.get(), handed_on); });
  const Json left = holders(allocator.get(), 0);
  ASSERT_EQ(left.size(), 1u);
  EXPECT_EQ(left[0]["thread"], "leaker");
}

// R-2.3-3
TEST(Holder, CountsTogetherWhatMoreThreadsHoldThanAreToldApart) {
  const Allocator allocator = make_allocator();
  for (int i = 0; i < 70; ++i)
    on_thread("one of 70", [&] { slab_epoch_inc_refcount(allocator.get(), 0); });
  const Json all = holders(allocator.get(), 0);
  ASSERT_EQ(all.size(), 64u);
  EXPECT_EQ(all[63]["thread"], "further threads");
  EXPECT_EQ(all[63]["tid"], 0);
  EXPECT_EQ(all[63]["refs"], 7);
  for (int i = 0; i < 70; ++i) slab_epoch_dec_refcount(allocator.get(), 0);
  EXPECT_EQ(holders(allocator.get(), 0), Json::array());
}

// R-2.2-3
TEST(Holder, IsKeptWithTheReferencesThatAreTakenOver) {
  const Allocator allocator = make_allocator();
  on_thread("forgetful", [&] { slab_epoch_inc_refcount(allocator.get(), 0); });
  for (int i = 0; i < 16; ++i) {
    slab_epoch_inc_refcount(allocator.get(), epoch_current(allocator.get()));
    epoch_advance(allocator.get());
  }
  const Json records = snapshot(allocator.get())["abandoned"];
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(records[0]["refcount"], 2);
  ASSERT_EQ(records[0]["holders"].size(), 2u);
  EXPECT_EQ(records[0]["holders"][0]["thread"], "forgetful");
  EXPECT_NE(records[0]["holders"][0]["site"], "");
}

// R-3-3
TEST(Holder, DoesNotOutliveItsIncarnation) {
  const Allocator allocator = make_allocator();
  slab_epoch_inc_refcount(allocator.get(), 0);
  slab_epoch_dec_refcount(allocator.get(), 0);
  advance(allocator.get(), 16);
  ASSERT_EQ(slab_epoch_era(allocator.get(), 0), 16u);
  EXPECT_EQ(holders(allocator.get(), 0), Json::array());
}

}  // namespace
}  // namespace temporal_slab::rules
