#include <gtest/gtest.h>

#include <cerrno>
#include <stdexcept>
#include <temporal_slab/temporal_slab.hpp>
#include <thread>
#include <utility>
#include <vector>

#include "capi/cpp_header_support.h"

namespace temporal_slab {
namespace {

TEST(CppEpochRef, HoldsOneReferenceWhileItLives) {
  Allocator allocator;
  {
    EpochRef reference(allocator);
    EXPECT_TRUE(reference);
    EXPECT_EQ(reference.epoch(), 0u);
    EXPECT_EQ(reference.era(), 0u);
    EXPECT_EQ(allocator.refcount(0), 1u);
  }
  EXPECT_EQ(allocator.refcount(0), 0u);
}

TEST(CppEpochRef, ReleasesOnce) {
  Allocator allocator;
  EpochRef kept(allocator);
  {
    EpochRef reference(allocator);
    EXPECT_TRUE(reference.release());
    EXPECT_FALSE(reference);
    errno = 0;
    EXPECT_FALSE(reference.release());
    EXPECT_EQ(errno, EINVAL);
  }
  EXPECT_EQ(allocator.refcount(0), 1u);
  EXPECT_EQ(allocator.global_stats().refcount_underflows, 0u);
}

TEST(CppEpochRef, MovesItsReferenceWithoutCountingIt) {
  Allocator allocator;
  EpochRef first(allocator);
  EpochRef second(std::move(first));
  EXPECT_FALSE(first);
  EXPECT_EQ(allocator.refcount(0), 1u);
  EpochRef third(allocator);
  third = std::move(second);
  EXPECT_EQ(allocator.refcount(0), 1u) << "the replaced reference is dropped";
  move_to(third, third);
  EXPECT_TRUE(third);
  EXPECT_EQ(allocator.refcount(0), 1u);
}

TEST(CppEpochRef, IsDroppedOnAnotherThread) {
  Allocator allocator;
  EpochRef reference(allocator);
  std::thread([moved = std::move(reference)] {}).join();
  EXPECT_EQ(allocator.refcount(0), 0u);
}

TEST(CppEpochRef, NeverDropsAReferenceOfALaterIncarnation) {
  Options options;
  options.takeover_after_sec = 0;
  Allocator allocator(options);
  EpochRef stale(allocator);
  // With every place referenced the ring takes over the oldest: that of `stale`.
  std::vector<EpochRef> held;
  for (int i = 0; i < 15; ++i) {
    allocator.advance();
    held.emplace_back(allocator);
  }
  allocator.advance();
  ASSERT_EQ(allocator.current_epoch(), stale.epoch());
  EpochRef standing(allocator);
  errno = 0;
  EXPECT_FALSE(stale.release());
  EXPECT_EQ(errno, ESTALE);
  EXPECT_EQ(allocator.refcount(standing.epoch()), 1u);
}

TEST(CppEpochRef, ThrowsErrnoForAnEmptyAllocator) {
  Allocator allocator;
  Allocator moved(std::move(allocator));
  EXPECT_EQ(thrown_errno([&] { EpochRef reference(allocator); }), EINVAL);
}

TEST(CppDomain, EnteringHoldsOneReference) {
  Allocator allocator;
  Domain domain(allocator);
  EXPECT_EQ(allocator.refcount(0), 0u);
  {
    DomainScope outer(domain);
    DomainScope inner(domain);
    EXPECT_EQ(allocator.refcount(0), 1u);
    EXPECT_EQ(epoch_domain_current(), domain.get());
  }
  EXPECT_EQ(allocator.refcount(0), 0u);
  EXPECT_EQ(epoch_domain_current(), nullptr);
}

TEST(CppDomain, WrapClosesItsEpochAtTheLastExit) {
  Allocator allocator;
  Domain domain(allocator, 5, true);
  { DomainScope scope(domain); }
  EXPECT_EQ(allocator.state(5), EPOCH_CLOSING);
}

TEST(CppDomain, DirectsAllocationsOfItsScope) {
  Allocator allocator;
  Domain domain(allocator, 7, false);
  DomainScope scope(domain);
  ASSERT_NE(allocator.allocate(64), nullptr);
  EXPECT_EQ(allocator.epoch_stats(0, 7).live_objects, 1u);
}

TEST(CppDomain, MovesWhileEntered) {
  Allocator allocator;
  Domain first(allocator);
  ASSERT_TRUE(first.enter());
  Domain second(std::move(first));
  EXPECT_EQ(first.get(), nullptr);
  move_to(second, second);
  EXPECT_TRUE(second.exit());
  EXPECT_EQ(allocator.refcount(0), 0u);
}

TEST(CppDomain, MoveAssignmentTakesTheOtherOver) {
  Allocator allocator;
  Domain first(allocator, 3, false);
  epoch_domain_t* const c_object = first.get();
  Domain second(allocator, 4, false);
  second = std::move(first);
  EXPECT_EQ(second.get(), c_object);
  EXPECT_EQ(first.get(), nullptr);
}

TEST(CppDomain, ForceCloseClosesWhatIsReferenced) {
  Allocator allocator;
  Domain domain(allocator, 6, false);
  DomainScope scope(domain);
  EXPECT_TRUE(domain.force_close());
  EXPECT_EQ(allocator.state(6), EPOCH_CLOSING);
}

TEST(CppDomain, ThrowsErrnoForAnEpochThatDoesNotExist) {
  Allocator allocator;
  EXPECT_EQ(thrown_errno([&] { Domain domain(allocator, 16, false); }), EINVAL);
}

TEST(CppDomainScope, UnwindsWhenAnExceptionPasses) {
  Allocator allocator;
  Domain outer(allocator, 1, false);
  Domain inner(allocator, 2, true);
  DomainScope outer_scope(outer);
  EXPECT_THROW(
      {
        DomainScope inner_scope(inner);
        throw std::runtime_error("passes");
      },
      std::runtime_error);
  EXPECT_EQ(allocator.refcount(2), 0u);
  EXPECT_EQ(allocator.state(2), EPOCH_CLOSING);
  EXPECT_EQ(epoch_domain_current(), outer.get());
}

TEST(CppDomainScope, ThatCouldNotEnterLeavesNothing) {
  Allocator allocator;
  Domain domain(allocator);
  int error = 0;
  std::thread([&] { error = thrown_errno([&] { DomainScope scope(domain); }); }).join();
  EXPECT_EQ(error, EPERM);
  EXPECT_EQ(allocator.refcount(0), 0u);
}

TEST(CppDomainScope, ThrowsErrnoWhenTooDeep) {
  Allocator allocator;
  Domain domain(allocator);
  for (int i = 0; i < EPOCH_DOMAIN_MAX_DEPTH; ++i) ASSERT_TRUE(domain.enter());
  EXPECT_EQ(thrown_errno([&] { DomainScope scope(domain); }), EOVERFLOW);
  for (int i = 0; i < EPOCH_DOMAIN_MAX_DEPTH; ++i) ASSERT_TRUE(domain.exit());
}

}  // namespace
}  // namespace temporal_slab
