#include "harness/model/model.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "harness/model/label.h"

namespace temporal_slab::harness::model {
namespace {

constexpr ThreadId kMe = 1;
constexpr ThreadId kOther = 2;

// R-2.2-1 R-2.2-2
TEST(Model, AdvanceStepsOverReferences) {
  Model m;
  m.inc(kMe, 1);
  m.set_label(0, "first");
  m.advance();
  EXPECT_EQ(m.current(), 2u);
  EXPECT_EQ(m.era(2), Answer::ok(1));
  EXPECT_EQ(m.state(0), Answer::ok(1));
  EXPECT_EQ(m.epoch(0).label, "first");
  EXPECT_EQ(m.epoch(2).label, "");
}

// R-2.2-3
TEST(Model, TakesTheOldestOverWhenAllOthersAreHeld) {
  Model m;
  for (std::uint32_t i = 0; i < kEpochs; ++i) {
    m.acquire(kMe);
    m.advance();
  }
  EXPECT_EQ(m.current(), 0u);
  ASSERT_EQ(m.abandoned().size(), 1u);
  EXPECT_EQ(m.abandoned().front(), (AbandonedRecord{0, 0, "", 1}));
  EXPECT_EQ(m.counters().abandoned_refs, 1u);
  EXPECT_EQ(m.release(kMe, 0, 0, {}), Answer::refuse(ESTALE));
  EXPECT_EQ(m.release(kMe, 0, 16, {}), Answer::refuse(EINVAL));
}

// R-2.1-3 R-2.2-9
TEST(Model, DiscardFreesTheStandingIncarnationOnly) {
  Model m;
  m.alloc_epoch(64, 0, 0);
  for (std::uint32_t i = 0; i < kEpochs; ++i) m.advance();
  m.alloc_epoch(65, 0, 0);
  EXPECT_EQ(m.epoch(0).carried[0], 1u);
  EXPECT_EQ(m.discard(0), Answer::ok(1));
  EXPECT_EQ(m.free(1), Answer::refuse(ESTALE));
  EXPECT_EQ(m.free(0), Answer::ok(1));
  EXPECT_EQ(m.live_objects(), 0u);
  EXPECT_EQ(m.counters().epochs_closed, 17u);
  EXPECT_EQ(m.counters().epochs_drained_at_close, 16u);
}

// R-2.1-10
TEST(Model, LeavesRoomForENOMEMOnlyWhenItMay) {
  EXPECT_TRUE(Model().alloc_epoch(64, 0, 0).must_succeed());
  Model tight(true);
  const Answer answer = tight.alloc_epoch(64, 0, ENOMEM);
  EXPECT_TRUE(answer.allows(0) && answer.allows(ENOMEM) && !answer.allows(ESTALE));
  EXPECT_TRUE(tight.objects().empty());
}

TEST(Model, ReallocGrowsOnlyInAnActiveIncarnation) {
  Model m;
  m.alloc_epoch(64, 0, 0);
  EXPECT_EQ(m.realloc(0, 65, 0), Answer::ok());
  EXPECT_FALSE(m.objects()[0].live);
  m.advance();
  EXPECT_EQ(m.realloc(1, 96, 0), Answer::ok());
  EXPECT_EQ(m.realloc(1, 97, ESTALE), Answer::refuse(ESTALE));
  EXPECT_TRUE(m.objects()[1].live);
}

// R-2.5-1 R-2.5-2 R-2.5-3 R-2.5-4
TEST(Model, DomainsUnwindLastInFirstOutAndCloseAtZero) {
  Model m;
  m.domain_create(kMe);
  m.domain_wrap(kMe, 3, true);
  EXPECT_EQ(m.domain_enter(kOther, 0), Answer::refuse(EPERM));
  EXPECT_EQ(m.domain_enter(kMe, 0), Answer::ok(1));
  EXPECT_EQ(m.domain_enter(kMe, 1), Answer::ok(1));
  m.malloc(kMe, 64, 0);
  EXPECT_EQ(m.objects()[0].epoch, 3u);
  EXPECT_EQ(m.domain_exit(kMe, 0), Answer::refuse(EINVAL));
  EXPECT_EQ(m.domain_destroy(kMe, 1), Answer::refuse(EBUSY));
  m.dec(kMe, 3);  // somebody drops the domain's reference
  EXPECT_EQ(m.domain_exit(kMe, 1), Answer::ok(1));
  EXPECT_EQ(m.counters().refcount_underflows, 1u);
  EXPECT_FALSE(m.epoch(3).active);
  EXPECT_EQ(m.domain_current(kMe), DomainId{0});
}

TEST(Model, ComparesAndHashesWhatItHolds) {
  Model a;
  Model b;
  EXPECT_EQ(a, b);
  EXPECT_EQ(a.hash(), b.hash());
  b.dec(kMe, 3);
  EXPECT_NE(a, b);
  EXPECT_NE(a.hash(), b.hash());
}

// R-2.4-1
TEST(ModelLabel, ReplacesAndCutsAtCharacters) {
  EXPECT_EQ(clean_label("\xF0\x9F\x98!"), "\xEF\xBF\xBD!");
  EXPECT_EQ(clean_label("\xC0\xAF"), "\xEF\xBF\xBD\xEF\xBF\xBD");
  const std::string_view longest = "123456789012345678901234567890\xC3\xA9z";
  EXPECT_EQ(clean_label(longest), longest.substr(0, 30));
  EXPECT_TRUE(is_utf8("\xED\x9F\xBF"));
  EXPECT_FALSE(is_utf8("\xED\xA0\x80"));
}

}  // namespace
}  // namespace temporal_slab::harness::model
