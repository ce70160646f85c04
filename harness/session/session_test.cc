#include "harness/session/session.h"

#include <gtest/gtest.h>

namespace temporal_slab::harness::session {
namespace {

Call call(Operation operation, std::uint32_t a = 0, std::uint32_t b = 0, std::uint8_t thread = 0) {
  return {operation, thread, a, b, {}};
}

TEST(Session, EveryOperationAgreesWithTheModel) {
  Session session({1 << 14, 1 << 20});
  for (std::uint8_t thread = 0; thread < kCrew; ++thread) {
    for (std::size_t i = 0; i < kOperations; ++i) {
      session.run(call(Operation::kAllocObj, 64, session.model().current(), thread));
      session.run(call(static_cast<Operation>(i), 70, 100, thread));
      session.run(call(static_cast<Operation>(i), 3, 2, thread));
      ASSERT_EQ(session.failure(), "") << operation_name(static_cast<Operation>(i));
    }
  }
  EXPECT_TRUE(session.finish()) << session.failure();
}

TEST(Session, NullAllocatorIsRefusedByEveryFunction) {
  Session session({});
  for (std::uint32_t i = 0; i < 40; ++i) session.run(call(Operation::kNullAllocator, i));
  EXPECT_EQ(session.failure(), "");
}

TEST(Session, WritesCallsDownAsC) {
  Session session({});
  session.keep_lines();
  session.run(call(Operation::kAllocObj, 64, 0));
  session.run({Operation::kSetLabel, 0, 0, 0, "a\"\n"});
  EXPECT_EQ(session.lines(),
            (std::vector<std::string>{"void* p0 = alloc_obj_epoch(a, 64, 0, &h0);",
                                      R"(slab_epoch_set_label(a, 0, "a\042\012");)"}));
}

// The library is made to differ behind the session's back.
TEST(Session, SeesWhatItWasNotTold) {
  Session session({});
  slab_epoch_inc_refcount(session.allocator(), 5);
  EXPECT_FALSE(session.run(call(Operation::kRead)));
  EXPECT_EQ(session.failure(), "refcount of epoch 5 must be 0, is 1");
}

TEST(Session, SeesFiguresThatDiffer) {
  Session session({});
  slab_malloc(session.allocator(), 64);
  EXPECT_FALSE(session.run(call(Operation::kJson)));
  EXPECT_EQ(session.failure(), "JSON: total_allocs must be 0, is 1");
}

}  // namespace
}  // namespace temporal_slab::harness::session
