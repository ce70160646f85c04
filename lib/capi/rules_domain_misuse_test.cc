// What a domain refuses, with which errno, and that nothing changed.
#include <gtest/gtest.h>
#include <temporal_slab/epoch_domain.h>

#include <thread>

#include "capi/rules_json_support.h"

namespace temporal_slab::rules {
namespace {

// Does the call fail with this errno, leaving allocator and current domain as they were?
template <typename Call>
void expect_refused(SlabAllocator* allocator, int expected_errno, Call&& call) {
  const Json before = still_snapshot(allocator);
  epoch_domain_t* const current = epoch_domain_current();
  EXPECT_EQ(errno_after([&] { EXPECT_FALSE(call()); }), expected_errno);
  EXPECT_EQ(epoch_domain_current(), current);
  EXPECT_EQ(changes(before, still_snapshot(allocator)), "");
}

// R-2.5-2 R-2-1
TEST(NullDomain, IsRefusedByEveryCall) {
  const Allocator allocator = make_allocator();
  expect_refused(allocator.get(), EINVAL, [] { return epoch_domain_enter(nullptr); });
  expect_refused(allocator.get(), EINVAL, [] { return epoch_domain_exit(nullptr); });
  expect_refused(allocator.get(), EINVAL, [] { return epoch_domain_destroy(nullptr); });
  expect_refused(allocator.get(), EINVAL, [] { return epoch_domain_force_close(nullptr); });
}

// R-2.5-2
TEST(DomainOfAnotherThread, IsRefusedByEveryCall) {
  const Allocator allocator = make_allocator();
  epoch_domain_t* domain = epoch_domain_create(allocator.get());
  ASSERT_TRUE(epoch_domain_enter(domain));
  std::thread([&] {
    expect_refused(allocator.get(), EPERM, [&] { return epoch_domain_enter(domain); });
    expect_refused(allocator.get(), EPERM, [&] { return epoch_domain_exit(domain); });
    expect_refused(allocator.get(), EPERM, [&] { return epoch_domain_destroy(domain); });
    expect_refused(allocator.get(), EPERM, [&] { return epoch_domain_force_close(domain); });
  }).join();
  EXPECT_TRUE(epoch_domain_exit(domain));
  EXPECT_TRUE(epoch_domain_destroy(domain));
}

// R-2.5-2
TEST(DomainOfAThreadThatExited, IsRefusedByOneThatCameAfterIt) {
  const Allocator allocator = make_allocator();
  for (int round = 0; round < 20; ++round) {
    epoch_domain_t* domain = nullptr;
    std::thread([&] { domain = epoch_domain_create(allocator.get()); }).join();
    // The next thread may get the same id and the same stack from the system.
    std::thread([&] {
      expect_refused(allocator.get(), EPERM, [&] { return epoch_domain_enter(domain); });
    }).join();
  }
}

// R-2.5-2
TEST(ExitWithoutEnter, IsRefused) {
  const Allocator allocator = make_allocator();
  epoch_domain_t* domain = epoch_domain_create(allocator.get());
  expect_refused(allocator.get(), EINVAL, [&] { return epoch_domain_exit(domain); });
}

// R-2.5-2
TEST(ExitMoreOftenThanEnter, IsRefused) {
  const Allocator allocator = make_allocator();
  epoch_domain_t* domain = epoch_domain_create(allocator.get());
  slab_epoch_inc_refcount(allocator.get(), 0);
  ASSERT_TRUE(epoch_domain_enter(domain));
  ASSERT_TRUE(epoch_domain_exit(domain));
  expect_refused(allocator.get(), EINVAL, [&] { return epoch_domain_exit(domain); });
  EXPECT_EQ(slab_epoch_get_refcount(allocator.get(), 0), 1u);
}

// R-2.5-2
TEST(ExitInTheWrongOrder, IsRefused) {
  const Allocator allocator = make_allocator();
  epoch_domain_t* outer = epoch_domain_create(allocator.get());
  epoch_domain_t* inner = epoch_domain_create(allocator.get());
  ASSERT_TRUE(epoch_domain_enter(outer));
  ASSERT_TRUE(epoch_domain_enter(inner));
  expect_refused(allocator.get(), EINVAL, [&] { return epoch_domain_exit(outer); });
  EXPECT_TRUE(epoch_domain_exit(inner));
  EXPECT_TRUE(epoch_domain_exit(outer));
}

// R-2.5-2
TEST(ExitOfADomainNotEnteredInsideOfAnother, IsRefused) {
  const Allocator allocator = make_allocator();
  epoch_domain_t* entered = epoch_domain_create(allocator.get());
  epoch_domain_t* stranger = epoch_domain_create(allocator.get());
  ASSERT_TRUE(epoch_domain_enter(entered));
  expect_refused(allocator.get(), EINVAL, [&] { return epoch_domain_exit(stranger); });
  EXPECT_TRUE(epoch_domain_exit(entered));
}

// R-2.5-2
TEST(ThirtyThirdEnter, OfOneDomainIsRefused) {
  const Allocator allocator = make_allocator();
  epoch_domain_t* domain = epoch_domain_create(allocator.get());
  for (int i = 0; i < EPOCH_DOMAIN_MAX_DEPTH; ++i) ASSERT_TRUE(epoch_domain_enter(domain));
  expect_refused(allocator.get(), EOVERFLOW, [&] { return epoch_domain_enter(domain); });
  for (int i = 0; i < EPOCH_DOMAIN_MAX_DEPTH; ++i) ASSERT_TRUE(epoch_domain_exit(domain));
  EXPECT_EQ(slab_epoch_get_refcount(allocator.get(), 0), 0u);
}

// R-2.5-2
TEST(ThirtyThirdEnter, OfADomainNotEnteredBeforeTakesNoReference) {
  const Allocator allocator = make_allocator();
  epoch_domain_t* domain = epoch_domain_create(allocator.get());
  epoch_domain_t* one_too_many = epoch_domain_wrap(allocator.get(), 4, false);
  for (int i = 0; i < EPOCH_DOMAIN_MAX_DEPTH; ++i) ASSERT_TRUE(epoch_domain_enter(domain));
  expect_refused(allocator.get(), EOVERFLOW, [&] { return epoch_domain_enter(one_too_many); });
  EXPECT_EQ(slab_epoch_get_refcount(allocator.get(), 4), 0u);
  for (int i = 0; i < EPOCH_DOMAIN_MAX_DEPTH; ++i) ASSERT_TRUE(epoch_domain_exit(domain));
  EXPECT_TRUE(epoch_domain_enter(one_too_many));
  EXPECT_TRUE(epoch_domain_exit(one_too_many));
}

// R-2.5-2
TEST(DestroyWhileEntered, IsRefused) {
  const Allocator allocator = make_allocator();
  epoch_domain_t* domain = epoch_domain_create(allocator.get());
  ASSERT_TRUE(epoch_domain_enter(domain));
  ASSERT_TRUE(epoch_domain_enter(domain));
  expect_refused(allocator.get(), EBUSY, [&] { return epoch_domain_destroy(domain); });
  EXPECT_TRUE(epoch_domain_exit(domain));
  expect_refused(allocator.get(), EBUSY, [&] { return epoch_domain_destroy(domain); });
  EXPECT_TRUE(epoch_domain_exit(domain));
  EXPECT_TRUE(epoch_domain_destroy(domain));
}

// R-2.5-1
TEST(EnterOfAnIncarnationThatIsGone, IsRefused) {
  const Allocator allocator = make_allocator();
  epoch_domain_t* domain = epoch_domain_create(allocator.get());
  advance(allocator.get(), 16);
  expect_refused(allocator.get(), ESTALE, [&] { return epoch_domain_enter(domain); });
}

// R-2.5-1
TEST(ForceCloseOfAnIncarnationThatIsGone, IsRefused) {
  const Allocator allocator = make_allocator();
  epoch_domain_t* domain = epoch_domain_create(allocator.get());
  advance(allocator.get(), 16);
  expect_refused(allocator.get(), ESTALE, [&] { return epoch_domain_force_close(domain); });
}

}  // namespace
}  // namespace temporal_slab::rules
