// epoch.hpp, and what is made of an Epoch: domains, resources; containers that end late.
#include <gtest/gtest.h>

#include <cerrno>
#include <memory>
#include <memory_resource>
#include <optional>
#include <string>
#include <temporal_slab/temporal_slab.hpp>
#include <thread>
#include <utility>
#include <vector>

namespace temporal_slab {
namespace {

std::uint64_t live(const Allocator& allocator) {
  const SlabGlobalStats stats = allocator.global_stats();
  return stats.total_allocs - stats.total_frees;
}

// R-2.2-10
TEST(CppEpoch, IsOpenedWithItsLabelAndOneReference) {
  Allocator allocator;
  const Epoch request(allocator, std::string("request:abc123"));
  EXPECT_TRUE(request);
  EXPECT_EQ(allocator.label(request.epoch()), "request:abc123");
  EXPECT_EQ(allocator.refcount(request.epoch()), 1u);
  EXPECT_EQ(request.state(), EPOCH_ACTIVE);
}

TEST(CppEpoch, IsClosedAtTheEndOfItsBlock) {
  Allocator allocator;
  EpochId epoch = 0;
  {
    Epoch request(allocator, "request");
    epoch = request.epoch();
    ASSERT_NE(request.allocate(100), nullptr);
  }
  EXPECT_EQ(allocator.state(epoch), EPOCH_CLOSING);
  EXPECT_EQ(live(allocator), 1u);
}

// R-2.2-9
TEST(CppEpoch, IsDiscardedByItsLastPart) {
  Allocator allocator;
  SlabHandle object = 0;
  Epoch request(allocator, "request", SLAB_FINISH_DISCARD);
  ASSERT_NE(request.allocate(100, object), nullptr);
  std::optional<Epoch> part = request.dup();
  EXPECT_EQ(allocator.refcount(request.epoch()), 2u);
  errno = 0;
  EXPECT_FALSE(request.finish());
  EXPECT_EQ(errno, 0) << "another part holds it";
  EXPECT_FALSE(request);
  std::thread([moved = std::move(*part)] {}).join();
  errno = 0;
  EXPECT_FALSE(allocator.free_object(object));
  EXPECT_EQ(errno, ESTALE);
}

// R-2.2-11
TEST(CppEpoch, NeverMeetsALaterIncarnation) {
  Options options;
  options.epoch_count = 2;
  Allocator allocator(options);
  Epoch request(allocator, "old");
  const SlabEpochRef old = request.get();
  request.finish(SLAB_FINISH_CLOSE);
  for (int i = 0; i < 4; ++i) Epoch(allocator, "new").finish();
  EXPECT_EQ(slab_malloc_ref(allocator.get(), 100, old), nullptr);
  EXPECT_EQ(errno, ESTALE);
  EXPECT_FALSE(slab_epoch_set_label_ref(allocator.get(), old, "nobody's"));
  EXPECT_EQ(allocator.label(old.epoch), "new");
}

TEST(CppEpoch, SaysWhyWhenItIsEmpty) {
  Epoch empty;
  EXPECT_FALSE(empty);
  errno = 0;
  EXPECT_EQ(empty.allocate(100), nullptr);
  EXPECT_EQ(errno, EINVAL);
  EXPECT_THROW((void)empty.dup(), std::system_error);
  EXPECT_THROW(EpochResource{empty}, std::system_error);
  EXPECT_THROW((void)Domain{empty}, std::system_error);
  EXPECT_FALSE(empty.finish());
}

TEST(CppEpoch, MovesItsReferenceWithoutCountingIt) {
  Allocator allocator;
  Epoch first(allocator, "first");
  const EpochId epoch = first.epoch();
  Epoch second(std::move(first));
  EXPECT_EQ(allocator.refcount(epoch), 1u);
  Epoch third(allocator, "third");
  const EpochId replaced = third.epoch();
  third = std::move(second);
  EXPECT_EQ(third.epoch(), epoch);
  EXPECT_EQ(allocator.state(replaced), EPOCH_CLOSING) << "what was replaced is finished";
}

// A worker that was given a part is inside of it, though the scope was opened elsewhere.
TEST(CppEpoch, IsEnteredByAnotherThread) {
  Allocator allocator;
  Epoch request(allocator, "request");
  void* object = nullptr;
  std::thread([&, part = request.dup()] {
    Domain domain(part);
    const DomainScope inside(domain);
    object = allocator.allocate(100);
  }).join();
  EXPECT_EQ(allocator.refcount(request.epoch()), 1u);
  std::uint64_t there = 0;
  for (std::uint32_t i = 0; i < SLAB_CLASS_COUNT; ++i)
    there += allocator.epoch_stats(i, request.epoch()).live_objects;
  EXPECT_EQ(there, 1u);
  allocator.deallocate(object);
}

TEST(CppEpoch, CarriesContainers) {
  Allocator allocator;
  Epoch request(allocator, "request");
  {
    EpochResource memory(request);
    std::pmr::vector<std::pmr::string> words(&memory);
    for (int i = 0; i < 1000; ++i) words.emplace_back(std::string(50, 'x'));
    EXPECT_GT(live(allocator), 1000u);
    request.close();
    errno = 0;
    EXPECT_THROW((void)memory.allocate(100), std::bad_alloc);
    EXPECT_EQ(errno, ESTALE);
  }
  EXPECT_EQ(live(allocator), 0u);
}

using DomainVector = std::vector<int, DomainAllocator<int>>;

// Wherever a container ends, what it holds is freed: owners are found by address.
TEST(DomainAllocator, FreesOutsideOfItsDomainAndOnOtherThreads) {
  Allocator allocator;
  Allocator other;
  Epoch request(allocator, "request");
  Epoch elsewhere(other, "elsewhere");
  std::vector<DomainVector> kept;
  {
    Domain domain(request);
    const DomainScope inside(domain);
    for (int i = 0; i < 30; ++i) kept.emplace_back(100 * (i + 1));
  }
  ASSERT_EQ(live(allocator), 30u);
  kept.resize(20);  // outside of any
  EXPECT_EQ(live(allocator), 20u);
  std::thread([&kept] { kept.resize(10); }).join();
  EXPECT_EQ(live(allocator), 10u);
  {
    Domain domain(elsewhere);
    const DomainScope inside(domain);
    kept.clear();  // inside of another allocator's
  }
  EXPECT_EQ(live(allocator), 0u);
  EXPECT_EQ(other.global_stats().invalid_frees, 0u);
  EXPECT_EQ(allocator.global_stats().invalid_frees, 0u);
}

TEST(DomainResource, FollowsTheThreadAndFreesAnywhere) {
  Allocator allocator;
  DomainResource memory;
  errno = 0;
  EXPECT_THROW((void)memory.allocate(100), std::bad_alloc);
  EXPECT_EQ(errno, EINVAL);
  Epoch first(allocator, "first");
  Epoch second(allocator, "second");
  std::optional<std::pmr::vector<std::pmr::string>> words(std::in_place, &memory);
  for (Epoch* const each : {&first, &second}) {
    Domain domain(*each);
    const DomainScope inside(domain);
    words->reserve(2);  // once: in the first
    words->emplace_back(std::string(100, 'x'));
  }
  for (const Epoch* const each : {&first, &second}) {
    std::uint64_t there = 0;
    for (std::uint32_t i = 0; i < SLAB_CLASS_COUNT; ++i)
      there += allocator.epoch_stats(i, each->epoch()).live_objects;
    EXPECT_GE(there, 1u) << each->epoch();
  }
  words.reset();
  EXPECT_EQ(live(allocator), 0u);
  EXPECT_EQ(memory, DomainResource());
}

TEST(AllocatorOf, FindsTheOwnerOfALiveObjectAlone) {
  Allocator allocator;
  Allocator other;
  void* const mine = allocator.allocate(100);
  void* const theirs = other.allocate(100'000);
  EXPECT_EQ(slab_allocator_of(mine), allocator.get());
  EXPECT_EQ(slab_allocator_of(theirs), other.get());
  int local = 0;
  const auto is_nobodys = [](const void* address) {
    errno = 0;
    return slab_allocator_of(address) == nullptr && errno == EINVAL;
  };
  EXPECT_TRUE(is_nobodys(nullptr));
  EXPECT_TRUE(is_nobodys(&local));
  EXPECT_TRUE(is_nobodys(static_cast<char*>(mine) + 1));
  EXPECT_TRUE(is_nobodys(reinterpret_cast<const void*>(~std::uintptr_t{0})));
  allocator.deallocate(mine);
  EXPECT_TRUE(is_nobodys(mine));
}

}  // namespace
}  // namespace temporal_slab
