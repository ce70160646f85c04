// R-2.6-1: after fork the child's allocators work, are private to it, and never
// write into the parent's segment.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <temporal_slab/epoch_domain.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "capi/rules_folder_support.h"
#include "capi/rules_support.h"

namespace temporal_slab::rules {
namespace {

namespace fs = std::filesystem;

// Runs `body` in a child; what it returns is the child's exit code.
template <typename Body>
int code_of_child(Body&& body) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(60);  // one that hangs ends, by a signal
    ::_exit(body());
  }
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

// Exit codes name the line that did not hold.
#define CHILD_REQUIRE(condition) \
  if (!(condition)) return __LINE__ % 256

// Each kind of call, on an allocator of which nothing is known.
int use_everything(SlabAllocator* a) {
  const Object object = make_object(a, 100, epoch_current(a));
  CHILD_REQUIRE(object.pointer != nullptr);
  std::memset(object.pointer, 0x5a, 100);
  CHILD_REQUIRE(free_obj(a, object.handle));
  CHILD_REQUIRE(!free_obj(a, object.handle));
  void* const large = slab_malloc(a, 300'000);
  CHILD_REQUIRE(large != nullptr);
  slab_free(a, large);
  const SlabEpochRef reference = slab_epoch_acquire(a);
  epoch_advance(a);
  CHILD_REQUIRE(slab_epoch_state(a, reference.epoch) == EPOCH_CLOSING);
  CHILD_REQUIRE(slab_epoch_release(a, reference));
  slab_epoch_set_label(a, epoch_current(a), "the child's");
  CHILD_REQUIRE(label_of(a, epoch_current(a)) == "the child's");
  epoch_domain_t* const domain = epoch_domain_wrap(a, epoch_current(a), true);
  CHILD_REQUIRE(epoch_domain_enter(domain) && epoch_domain_exit(domain));
  CHILD_REQUIRE(epoch_domain_destroy(domain));
  const SlabGlobalStats stats = global_stats(a);
  CHILD_REQUIRE(stats.pid == static_cast<std::uint64_t>(::getpid()));
  CHILD_REQUIRE(stats.total_allocs >= 2);
  for (EpochId epoch = 0; epoch < kEpochs; ++epoch) slab_epoch_discard(a, epoch);
  return 0;
}

class Fork : public testing::Test {
 protected:
  std::vector<fs::path> segments() const { return runtime.files(); }

  static std::string bytes_of(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  const RuntimeFolder runtime;
};

// R-2.6-1
TEST_F(Fork, TheChildGoesOnWithWhatTheParentHad) {
  for (const bool publish : {false, true}) {
    const Allocator a = make_named_allocator("parent", publish);
    const std::vector<Object> objects = make_objects(a.get(), 1000, 128, 0);
    for (const Object& object : objects) std::memset(object.pointer, 0x11, 128);
    slab_epoch_inc_refcount(a.get(), 0);
    slab_epoch_set_label(a.get(), 0, "before the fork");
    EXPECT_EQ(code_of_child([&] {
                CHILD_REQUIRE(global_stats(a.get()).total_allocs == 1000);
                CHILD_REQUIRE(slab_epoch_get_refcount(a.get(), 0) == 1);
                CHILD_REQUIRE(label_of(a.get(), 0) == "before the fork");
                for (const Object& object : objects) {
                  CHILD_REQUIRE(static_cast<unsigned char*>(object.pointer)[127] == 0x11);
                  std::memset(object.pointer, 0x22, 128);
                }
                CHILD_REQUIRE(free_objects(a.get(), objects) == objects.size());
                return use_everything(a.get());
              }),
              0);
    for (const Object& object : objects)
      EXPECT_EQ(static_cast<unsigned char*>(object.pointer)[127], 0x11);
    EXPECT_EQ(free_objects(a.get(), objects), objects.size());
  }
}

// R-2.6-1
TEST_F(Fork, NothingThatTheChildDoesReachesTheParentsSegment) {
  const Allocator a = make_named_allocator("parent", true);
  make_objects(a.get(), 100, 128, 0);
  ASSERT_EQ(segments().size(), 1U);
  const std::string before = bytes_of(segments()[0]);
  EXPECT_EQ(code_of_child([&] { return use_everything(a.get()); }), 0);
  EXPECT_EQ(bytes_of(segments()[0]) == before, true);
  EXPECT_EQ(global_stats(a.get()).total_allocs, 100U);
}

// R-2.6-1
TEST_F(Fork, TheChildIsNotPublishedAndSaysWhy) {
  const Allocator a = make_named_allocator("parent", true);
  EXPECT_EQ(code_of_child([&] {
              CHILD_REQUIRE(errno_after([&] {
                              if (slab_allocator_published(a.get())) std::abort();
                            }) == ECHILD);
              return 0;
            }),
            0);
  EXPECT_TRUE(slab_allocator_published(a.get()));
}

// R-2.6-1
TEST_F(Fork, WhatTheChildPublishesItselfIsItsOwn) {
  const Allocator a = make_named_allocator("parent", true);
  EXPECT_EQ(code_of_child([&] {
              {
                const Allocator own = make_named_allocator("child", true);
                CHILD_REQUIRE(slab_allocator_published(own.get()));
                CHILD_REQUIRE(segments().size() == 2);
                CHILD_REQUIRE(use_everything(own.get()) == 0);
              }
              CHILD_REQUIRE(segments().size() == 1);
              return 0;
            }),
            0);
  EXPECT_EQ(segments().size(), 1U);
}

// R-2.6-1
TEST_F(Fork, TheChildMayFreeAllocatorsAndForkOnItsOwn) {
  Allocator a = make_named_allocator("parent", true);
  Allocator b = make_allocator();
  make_objects(b.get(), 10, 64, 0);
  EXPECT_EQ(code_of_child([&] {
              a.reset();
              CHILD_REQUIRE(segments().size() == 1);
              CHILD_REQUIRE(code_of_child([&] { return use_everything(b.get()); }) == 0);
              CHILD_REQUIRE(use_everything(b.get()) == 0);
              b.reset();
              return 0;
            }),
            0);
  EXPECT_EQ(segments().size(), 1U);
  EXPECT_EQ(use_everything(a.get()), 0);
}

// R-2.6-1: at any moment of another thread's call.
TEST_F(Fork, OthersMayBeInsideAnyCall) {
  const Allocator a = make_named_allocator("busy", true);
  std::atomic<bool> stop{false};
  std::vector<std::thread> others;
  for (unsigned t = 0; t < 2; ++t)
    others.emplace_back([&, t] {
      for (std::uint64_t i = 0; !stop; ++i) {
        // The reference first: no turn of the ring leaves the object carried, where the
        // child's discards do not reach it (R-2.1-3).
        const SlabEpochRef reference = slab_epoch_acquire(a.get());
        const Object object = make_object(a.get(), t == 0 ? 64 : 3000, reference.epoch);
        if (object.handle != 0) free_obj(a.get(), object.handle);
        if (i % 3 == 0) epoch_advance(a.get());
        slab_epoch_set_label(a.get(), epoch_current(a.get()), "busy");
        slab_epoch_release(a.get(), reference);
        if (i % 16 == 0) const Allocator short_lived = make_named_allocator("short", t == 0);
      }
    });
  for (int round = 0; round < 50 && !HasFailure(); ++round) {
    EXPECT_EQ(code_of_child([&] {
                const int code = use_everything(a.get());
                if (code != 0) return code;
                // Nobody was left in the middle: all that lived went with its epoch (R-3-4).
                const SlabGlobalStats stats = global_stats(a.get());
                CHILD_REQUIRE(stats.total_allocs == stats.total_frees);
                return 0;
              }),
              0)
        << "round " << round;
  }
  stop = true;
  for (std::thread& other : others) other.join();
}

}  // namespace
}  // namespace temporal_slab::rules
