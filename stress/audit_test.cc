// Each sum of an audit, seen to fail when the threads' side of it is off by one.
#include "stress/audit.h"

#include <gtest/gtest.h>

#include "stress/steps.h"

namespace temporal_slab::stress {
namespace {

using testing::ExitedWithCode;

class StressAuditDeathTest : public testing::Test {
 protected:
  StressAuditDeathTest() : world_(options(), *find_scenario("references")) {
    me().objects.push_back(allocate(100));
    ++me().tally.allocs;
  }

  static Options options() {
    Options two_threads;
    two_threads.threads = 2;
    return two_threads;
  }

  Object allocate(std::uint32_t size_bytes) {
    Object object;
    object.size_bytes = size_bytes;
    object.address = static_cast<unsigned char*>(
        alloc_obj_epoch(world_.allocator, size_bytes, 0, &object.handle));
    object.usable_bytes =
        static_cast<std::uint32_t>(slab_usable_size(world_.allocator, object.address));
    return object;
  }

  Worker& me() { return world_.worker(0); }

  World world_;
};

TEST_F(StressAuditDeathTest, PassesWhenAllAgrees) { audit(world_, "in a test"); }

TEST_F(StressAuditDeathTest, NoticesAnAllocationThatNobodyMade) {
  ++me().tally.allocs;
  EXPECT_EXIT(audit(world_, "in a test"), ExitedWithCode(1), "\n  total_allocs  +1   expected 2");
}

TEST_F(StressAuditDeathTest, NoticesAnObjectThatTheShadowLost) {
  me().objects.clear();
  EXPECT_EXIT(audit(world_, "in a test"), ExitedWithCode(1),
              "live objects, as the shadow has them  +1   expected 0"
              "\n  live objects of 128 bytes  +1   expected 0");
}

TEST_F(StressAuditDeathTest, NoticesAReferenceThatNobodyCounted) {
  slab_epoch_inc_refcount(world_.allocator, 3);
  EXPECT_EXIT(audit(world_, "in a test"), ExitedWithCode(1),
              "references standing, dropped and abandoned  +1   expected 0"
              "\n  refcount of epoch 3  +1   expected 0");
}

TEST_F(StressAuditDeathTest, NoticesARefusedFreeThatNobodyCounted) {
  free_obj(world_.allocator, 1);
  EXPECT_EXIT(audit(world_, "in a test"), ExitedWithCode(1), "invalid_frees  +1   expected 0");
}

TEST_F(StressAuditDeathTest, NoticesAnAdvanceThatNobodyMade) {
  epoch_advance(world_.allocator);
  EXPECT_EXIT(audit(world_, "in a test"), ExitedWithCode(1),
              "last era, advances and closes  +1   at most 0");
}

TEST_F(StressAuditDeathTest, NoticesAnAdvanceThatWasLost) {
  ++me().tally.advances;
  EXPECT_EXIT(audit(world_, "in a test"), ExitedWithCode(1), "advances, last era  +1   at most 0");
}

TEST_F(StressAuditDeathTest, NoticesThatAnAllocatorIsNotEmpty) {
  EXPECT_EXIT(audit_empty(world_), ExitedWithCode(1),
              "live objects  +1   expected 0\n  slabs in epochs  +1   expected 0");
}

}  // namespace
}  // namespace temporal_slab::stress
