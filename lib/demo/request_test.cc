#include "demo/request.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>

namespace temporal_slab::demo {
namespace {

TEST(Request, HasALabelledEpochOfItsOwn) {
  Allocator allocator;
  Ring ring{allocator, {}};
  Request request(ring, "request:one");
  EXPECT_EQ(allocator.label(1), "request:one");
  EXPECT_EQ(allocator.refcount(1), 1u);
  EXPECT_EQ(allocator.label(0), "");
}

TEST(Request, GivesItsMemoryBackWhenItEnds) {
  Options options;
  options.retain_bytes = 0;
  Allocator allocator(options);
  Ring ring{allocator, {}};
  {
    Request request(ring, "request:one");
    void* const object = allocator.allocate(64);
    ASSERT_NE(object, nullptr);
    EXPECT_EQ(allocator.epoch_stats(0, 1).live_objects, 1u);
    allocator.deallocate(object);
  }
  EXPECT_EQ(allocator.state(1), EPOCH_CLOSING);
  EXPECT_EQ(allocator.refcount(1), 0u);
  EXPECT_EQ(allocator.global_stats().estimated_slab_rss_bytes, 0u);
}

TEST(Request, ThatRunsWhileOthersDoHasItsOwnLabel) {
  Allocator allocator;
  Ring ring{allocator, {}};
  Request outer(ring, "request:outer");
  std::thread([&] {
    Request inner(ring, "request:inner");
    EXPECT_EQ(allocator.label(1), "request:outer");
    EXPECT_EQ(allocator.label(2), "request:inner");
  }).join();
  EXPECT_EQ(allocator.refcount(1), 1u);
  EXPECT_EQ(allocator.refcount(2), 0u);
}

TEST(Leak, StandsWithTwoReferencesHoweverOftenTheRingTurns) {
  Allocator allocator;
  Ring ring{allocator, {}};
  std::thread([&] { leak_epoch(ring, "background-worker-3"); }).join();
  for (int i = 0; i < 40; ++i) Request request(ring, "request:" + std::to_string(i));
  EXPECT_EQ(allocator.label(1), "background-worker-3");
  EXPECT_EQ(allocator.era(1), 1u);
  EXPECT_EQ(allocator.refcount(1), 2u);
  EXPECT_EQ(allocator.epoch_stats(0, 1).live_objects, 1u);
}

TEST(Leak, LeavesTheThreadAbleToServeRequests) {
  Allocator allocator;
  Ring ring{allocator, {}};
  std::thread([&] {
    leak_epoch(ring, "leak");
    Request request(ring, "request:next");
    ASSERT_NE(allocator.allocate(64), nullptr);
    EXPECT_EQ(allocator.epoch_stats(0, 2).live_objects, 1u);
  }).join();
  EXPECT_EQ(allocator.refcount(2), 0u);
  EXPECT_EQ(allocator.refcount(1), 2u);
}

}  // namespace
}  // namespace temporal_slab::demo
