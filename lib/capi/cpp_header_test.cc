#include <gtest/gtest.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <temporal_slab/temporal_slab.hpp>
#include <type_traits>
#include <utility>

#include "capi/cpp_header_support.h"

namespace temporal_slab {
namespace {

// What may not be copied cannot be freed, dropped or left twice.
template <typename T>
inline constexpr bool kIsMoveOnly =
    !std::is_copy_constructible_v<T> && !std::is_copy_assignable_v<T> &&
    std::is_nothrow_move_constructible_v<T> && std::is_nothrow_move_assignable_v<T>;
static_assert(kIsMoveOnly<Allocator>);
static_assert(kIsMoveOnly<EpochRef>);
static_assert(kIsMoveOnly<Domain>);
static_assert(!std::is_copy_constructible_v<DomainScope> &&
              !std::is_copy_assignable_v<DomainScope>);
static_assert(!std::is_move_constructible_v<DomainScope> &&
              !std::is_move_assignable_v<DomainScope>);
static_assert(std::is_nothrow_destructible_v<DomainScope>);
// Nothing turns into an owner without being asked to.
static_assert(!std::is_convertible_v<Options, Allocator>);
static_assert(!std::is_convertible_v<Allocator&, EpochRef>);
static_assert(!std::is_convertible_v<Allocator&, Domain>);
static_assert(!std::is_convertible_v<Domain&, DomainScope>);

TEST(CppOptions, StartWithTheDefaultsOfTheCApi) {
  SlabOptions defaults;
  slab_options_init(&defaults);
  const Options options;
  EXPECT_EQ(options.struct_size, defaults.struct_size);
  EXPECT_EQ(options.name, defaults.name);
  EXPECT_EQ(options.publish, defaults.publish);
  EXPECT_EQ(options.retain_bytes, defaults.retain_bytes);
  EXPECT_EQ(options.max_bytes, defaults.max_bytes);
}

TEST(CppAllocator, TakesTheOptionsItIsGiven) {
  Options options;
  options.max_bytes = 4096;
  Allocator allocator(options);
  EXPECT_NE(allocator.allocate(768, 0), nullptr);
  errno = 0;
  EXPECT_EQ(allocator.allocate(64, 0), nullptr);
  EXPECT_EQ(errno, ENOMEM);
}

TEST(CppAllocator, ThrowsErrnoForOptionsThatTheLibraryDoesNotKnow) {
  Options options;
  options.struct_size = 1;
  EXPECT_EQ(thrown_errno([&] { Allocator allocator(options); }), EINVAL);
}

TEST(CppAllocator, FreesByHandleOnce) {
  Allocator allocator;
  SlabHandle handle = 0;
  ASSERT_NE(allocator.allocate(100, 0, handle), nullptr);
  EXPECT_TRUE(allocator.free_object(handle));
  errno = 0;
  EXPECT_FALSE(allocator.free_object(handle));
  EXPECT_EQ(errno, ESTALE);
}

TEST(CppAllocator, ReallocatesWithTheContents) {
  Allocator allocator;
  void* object = allocator.allocate(64, 0);
  ASSERT_NE(object, nullptr);
  std::memcpy(object, "kept", 5);
  object = allocator.reallocate(object, 700);
  ASSERT_NE(object, nullptr);
  EXPECT_STREQ(static_cast<char*>(object), "kept");
  EXPECT_EQ(allocator.usable_size(object), 768u);
  allocator.deallocate(object);
  EXPECT_EQ(allocator.usable_size(object), 0u);
}

TEST(CppAllocator, SaysWhereTheRingStands) {
  Allocator allocator;
  allocator.set_label(0, std::string("first"));
  EXPECT_EQ(allocator.label(0), "first");
  allocator.advance();
  EXPECT_EQ(allocator.current_epoch(), 1u);
  EXPECT_EQ(allocator.era(1), 1u);
  EXPECT_EQ(allocator.state(0), EPOCH_CLOSING);
  allocator.close(1);
  EXPECT_EQ(allocator.state(1), EPOCH_CLOSING);
  EXPECT_EQ(allocator.current_epoch(), 2u);
}

TEST(CppAllocator, ClosesReferencedEpochsOnlyByForce) {
  Allocator allocator;
  allocator.inc_refcount(0);
  errno = 0;
  EXPECT_FALSE(allocator.try_close(0));
  EXPECT_EQ(errno, EBUSY);
  EXPECT_EQ(allocator.refcount(0), 1u);
  allocator.dec_refcount(0);
  EXPECT_TRUE(allocator.try_close(0));
}

TEST(CppAllocator, DiscardSaysHowManyObjectsItFreed) {
  Allocator allocator;
  for (int i = 0; i < 100; ++i) ASSERT_NE(allocator.allocate(64, 0), nullptr);
  EXPECT_EQ(allocator.discard(0), 100u);
  EXPECT_EQ(allocator.global_stats().total_frees, 100u);
}

TEST(CppAllocator, HandsOutTheStatisticsOfTheCApi) {
  Allocator allocator;
  ASSERT_NE(allocator.allocate(64, 3), nullptr);
  EXPECT_EQ(allocator.global_stats().total_allocs, 1u);
  EXPECT_EQ(allocator.class_stats(0).live_objects, 1u);
  EXPECT_EQ(allocator.epoch_stats(0, 3).live_objects, 1u);
  EXPECT_EQ(allocator.epoch_stats(0, 4).live_objects, 0u);
}

TEST(CppAllocator, MoveLeavesAnEmptyOneThatRefusesEverything) {
  Allocator first;
  SlabAllocator* const c_object = first.get();
  Allocator second(std::move(first));
  EXPECT_EQ(second.get(), c_object);
  EXPECT_EQ(first.get(), nullptr);
  errno = 0;
  EXPECT_EQ(first.allocate(64), nullptr);
  EXPECT_EQ(errno, EINVAL);
}

TEST(CppAllocator, MoveAssignmentFreesWhatItReplaces) {
  Options options;
  options.publish = true;
  Allocator published(options);
  ASSERT_TRUE(published.published()) << std::strerror(errno);
  Allocator plain;
  SlabAllocator* const c_object = plain.get();
  published = std::move(plain);
  EXPECT_EQ(published.get(), c_object);
  EXPECT_EQ(plain.get(), nullptr);
  EXPECT_FALSE(published.published());
}

TEST(CppAllocator, MoveToItselfChangesNothing) {
  Allocator allocator;
  SlabAllocator* const c_object = allocator.get();
  move_to(allocator, allocator);
  EXPECT_EQ(allocator.get(), c_object);
  EXPECT_NE(allocator.allocate(64), nullptr);
}

}  // namespace
}  // namespace temporal_slab
