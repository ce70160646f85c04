// How many epochs a ring has, and what happens when all of them have references and none
// may be taken over.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <temporal_slab/epoch_domain.h>

#include <cerrno>
#include <cstddef>
#include <cstring>

#include "capi/rules_folder_support.h"
#include "capi/rules_json_support.h"

namespace temporal_slab::rules {
namespace {

Allocator make_ring(std::uint32_t epochs, std::uint32_t takeover_after_sec = 300) {
  SlabOptions options;
  slab_options_init(&options);
  options.epoch_count = epochs;
  options.takeover_after_sec = takeover_after_sec;
  return Allocator(slab_allocator_create_with(&options));
}

// References the current epoch and advances, as long as that goes.
Allocator make_full_ring(std::uint32_t epochs, std::uint32_t takeover_after_sec = 300) {
  Allocator allocator = make_ring(epochs, takeover_after_sec);
  for (std::uint32_t i = 1; i < epochs; ++i) {
    slab_epoch_inc_refcount(allocator.get(), epoch_current(allocator.get()));
    epoch_advance(allocator.get());
  }
  EXPECT_EQ(epoch_current(allocator.get()), epochs - 1);
  return allocator;
}

class RingOf : public testing::TestWithParam<std::uint32_t> {};

// R-2.2-2
TEST_P(RingOf, HasSoManyEpochsAndNoMore) {
  const Allocator allocator = make_ring(GetParam());
  ASSERT_NE(allocator, nullptr);
  EXPECT_EQ(slab_allocator_epoch_count(allocator.get()), GetParam());
  for (std::uint64_t era = 1; era <= 3 * GetParam(); ++era) {
    epoch_advance(allocator.get());
    ASSERT_EQ(epoch_current(allocator.get()), era % GetParam());
    ASSERT_EQ(slab_epoch_era(allocator.get(), epoch_current(allocator.get())), era);
  }
  SlabHandle handle = 0;
  EXPECT_NE(alloc_obj_epoch(allocator.get(), 100, epoch_current(allocator.get()), &handle),
            nullptr);
  EXPECT_TRUE(free_obj(allocator.get(), handle));
  EXPECT_EQ(errno_after([&] { alloc_obj_epoch(allocator.get(), 100, GetParam(), &handle); }),
            EINVAL);
  EXPECT_EQ(errno_after([&] { slab_epoch_inc_refcount(allocator.get(), GetParam()); }), EINVAL);
}

// R-3-6
TEST_P(RingOf, HasSoManyRowsInJson) {
  const Allocator allocator = make_ring(GetParam(), 77);
  slab_epoch_set_label(allocator.get(), GetParam() - 1, "the last");
  const Json json = snapshot(allocator.get());
  EXPECT_EQ(json["epoch_count"], GetParam());
  EXPECT_EQ(json["takeover_after_sec"], 77);
  ASSERT_EQ(json["epochs"].size(), GetParam());
  EXPECT_EQ(json["epochs"].back()["epoch_id"], GetParam() - 1);
  EXPECT_EQ(json["epochs"].back()["label"], "the last");
}

// R-2.2-2
TEST_P(RingOf, OpensTheCurrentEpochAnewIfItAloneHasNoReferences) {
  const Allocator allocator = make_full_ring(GetParam());
  const EpochId last = GetParam() - 1;
  const auto objects = make_objects(allocator.get(), 10, 64, last);
  slab_epoch_set_label(allocator.get(), last, "before");
  const std::uint64_t era = slab_epoch_era(allocator.get(), last);
  EXPECT_EQ(errno_after([&] { epoch_advance(allocator.get()); }), kUntouchedErrno);
  EXPECT_EQ(epoch_current(allocator.get()), last);
  EXPECT_EQ(slab_epoch_era(allocator.get(), last), era + 1);
  EXPECT_EQ(slab_epoch_state(allocator.get(), last), EPOCH_ACTIVE);
  const Json row = snapshot(allocator.get())["epochs"][last];
  EXPECT_EQ(row["label"], "");
  EXPECT_EQ(row["live_objects"], 10);
  EXPECT_GE(row["carried_slabs"], 1);
  EXPECT_EQ(global_stats(allocator.get()).epochs_closed, GetParam());
  EXPECT_EQ(global_stats(allocator.get()).advances_held, 0u);
  EXPECT_EQ(free_objects(allocator.get(), objects), 10u);
  epoch_close(allocator.get(), last);
  EXPECT_EQ(slab_epoch_era(allocator.get(), last), era + 2);
  make_objects(allocator.get(), 7, 64, last);
  EXPECT_EQ(slab_epoch_discard(allocator.get(), last), 7u);
  EXPECT_EQ(slab_epoch_era(allocator.get(), last), era + 3);
  EXPECT_TRUE(slab_epoch_try_close(allocator.get(), last));
  EXPECT_EQ(slab_epoch_era(allocator.get(), last), era + 4);
}

// R-2.2-3
TEST_P(RingOf, IsHeldWhenAllHaveReferencesThatAreYoung) {
  const Allocator allocator = make_full_ring(GetParam());
  const EpochId last = GetParam() - 1;
  slab_epoch_inc_refcount(allocator.get(), last);
  SlabHandle handle = 0;
  ASSERT_NE(alloc_obj_epoch(allocator.get(), 100, last, &handle), nullptr);
  const std::uint64_t era = slab_epoch_era(allocator.get(), last);
  EXPECT_EQ(errno_after([&] { epoch_advance(allocator.get()); }), EAGAIN);
  EXPECT_EQ(errno_after([&] { epoch_close(allocator.get(), last); }), EAGAIN);
  EXPECT_EQ(errno_after([&] { EXPECT_EQ(slab_epoch_discard(allocator.get(), last), 0u); }), EAGAIN);
  epoch_domain_t* const domain = epoch_domain_create(allocator.get());
  EXPECT_EQ(errno_after([&] { EXPECT_FALSE(epoch_domain_force_close(domain)); }), EAGAIN);
  EXPECT_EQ(errno_after([&] { EXPECT_FALSE(slab_epoch_try_close(allocator.get(), last)); }), EBUSY);
  epoch_domain_destroy(domain);
  EXPECT_EQ(epoch_current(allocator.get()), last);
  EXPECT_EQ(slab_epoch_era(allocator.get(), last), era);
  EXPECT_EQ(slab_epoch_state(allocator.get(), last), EPOCH_ACTIVE);
  EXPECT_EQ(global_stats(allocator.get()).advances_held, 4u);
  EXPECT_EQ(global_stats(allocator.get()).abandoned_refs, 0u);
  EXPECT_TRUE(free_obj(allocator.get(), handle));
  // Others can be closed, and one that is let go is the next.
  EXPECT_EQ(errno_after([&] { epoch_close(allocator.get(), 0); }), kUntouchedErrno);
  slab_epoch_dec_refcount(allocator.get(), 0);
  EXPECT_EQ(errno_after([&] { epoch_advance(allocator.get()); }), kUntouchedErrno);
  EXPECT_EQ(epoch_current(allocator.get()), 0u);
}

// R-2.2-3
TEST_P(RingOf, IsTakenOverAtOnceIfAskedFor) {
  const Allocator allocator = make_full_ring(GetParam(), 0);
  slab_epoch_inc_refcount(allocator.get(), GetParam() - 1);
  EXPECT_EQ(errno_after([&] { epoch_advance(allocator.get()); }), kUntouchedErrno);
  EXPECT_EQ(epoch_current(allocator.get()), 0u);
  EXPECT_EQ(global_stats(allocator.get()).abandoned_refs, 1u);
}

// R-2.2-3
TEST(RingOfTwo, IsTakenOverWhenItsOldestWasLeftLongEnoughAgo) {
  const Allocator allocator = make_full_ring(2, 1);
  slab_epoch_inc_refcount(allocator.get(), 1);
  EXPECT_EQ(errno_after([&] { epoch_advance(allocator.get()); }), EAGAIN);
  // What decides is the clock that the process reads; it is waited for, not slept through.
  const Json before = snapshot(allocator.get());
  const std::uint64_t end_ns = before["timestamp_ns"].get<std::uint64_t>() + 1'100'000'000;
  while (snapshot(allocator.get())["timestamp_ns"] < end_ns) {
  }
  EXPECT_EQ(errno_after([&] { epoch_advance(allocator.get()); }), kUntouchedErrno);
  EXPECT_EQ(epoch_current(allocator.get()), 0u);
  EXPECT_EQ(global_stats(allocator.get()).abandoned_refs, 1u);
}

INSTANTIATE_TEST_SUITE_P(Each, RingOf, testing::Values(2, 3, 16, 17, 64, 65, 256),
                         testing::PrintToStringParamName());

// R-2-1: a program that was built when the structs were smaller, and one when they were larger.
TEST(SizedStatistics, FillWhatTheCallerHas) {
  const Allocator allocator = make_ring(3, 77);
  constexpr std::size_t kOldBytes = offsetof(SlabGlobalStats, advances_held);
  SlabGlobalStats global;
  std::memset(static_cast<void*>(&global), 0xFF, sizeof global);
  slab_stats_global_sized(allocator.get(), &global, kOldBytes);
  EXPECT_EQ(global.epoch_count, 3u);
  EXPECT_EQ(global.advances_held, ~std::uint64_t{0}) << "it has no room for that";
  slab_stats_global(allocator.get(), &global);
  EXPECT_EQ(global.takeover_after_sec, 77u);
  SlabClassStats of_class;
  std::memset(static_cast<void*>(&of_class), 0xFF, sizeof of_class);
  slab_stats_class_sized(allocator.get(), 2, &of_class, 2 * sizeof(std::uint64_t));
  EXPECT_EQ(of_class.class_index, 2u);
  EXPECT_EQ(of_class.allocs, ~std::uint64_t{0});
  SlabEpochStats of_epoch;
  std::memset(static_cast<void*>(&of_epoch), 0xFF, sizeof of_epoch);
  slab_stats_epoch_sized(allocator.get(), 2, 1, &of_epoch, offsetof(SlabEpochStats, refcount));
  EXPECT_EQ(of_epoch.state, EPOCH_ACTIVE);
  EXPECT_EQ(of_epoch.refcount, ~std::uint64_t{0});
  for (const std::size_t bytes : {std::size_t{0}, sizeof(SlabGlobalStats) + 8}) {
    const auto refused = [&](auto&& call) { EXPECT_EQ(errno_after(call), EINVAL) << bytes; };
    refused([&] { slab_stats_global_sized(allocator.get(), &global, bytes); });
    refused([&] { slab_stats_class_sized(allocator.get(), 0, &of_class, bytes); });
    refused([&] { slab_stats_epoch_sized(allocator.get(), 0, 0, &of_epoch, bytes); });
  }
}

// R-2.6-2: what nobody used takes no memory.
TEST_P(RingOf, TakesNoMoreOfAFileThanItsEpochsNeed) {
  const RuntimeFolder folder;
  SlabOptions options;
  slab_options_init(&options);
  options.epoch_count = GetParam();
  options.publish = true;
  const Allocator allocator(slab_allocator_create_with(&options));
  const auto bytes = [&] {
    struct stat info = {};
    EXPECT_EQ(stat(folder.files().at(0).c_str(), &info), 0);
    return static_cast<std::size_t>(info.st_blocks) * 512;
  };
  // The header, counters and classes; then a slot and a heap's figures for each.
  EXPECT_LE(bytes(), 32 * 1024 + 5 * 1024 * GetParam());
  const std::size_t idle = bytes();
  slab_epoch_get_refcount(allocator.get(), 0);
  snapshot(allocator.get());
  EXPECT_EQ(bytes(), idle) << "readers fill no hole";
  // One table of holders, one heap, one module.
  const SlabEpochRef scope = slab_epoch_open(allocator.get(), "first");
  ASSERT_NE(slab_malloc_ref(allocator.get(), 64, scope), nullptr);
  EXPECT_LE(bytes() - idle, 32 * 1024 + 1024 * GetParam());
}

// R-2-1
TEST(OptionsOfARing, AreRefusedBeyondTheLimits) {
  for (const std::uint32_t epochs : {1u, 257u, ~0u})
    EXPECT_EQ(errno_after([&] { EXPECT_EQ(make_ring(epochs), nullptr); }), EINVAL) << epochs;
  EXPECT_EQ(slab_allocator_epoch_count(make_ring(0).get()), 16u);
  EXPECT_EQ(errno_after([] { EXPECT_EQ(slab_allocator_epoch_count(nullptr), 0u); }), EINVAL);
}

// R-2-1: a program that was built when the options ended with max_bytes.
TEST(OptionsOfARing, AreTheDefaultsForAnOlderCaller) {
  constexpr std::size_t kOldBytes = offsetof(SlabOptions, epoch_count);
  SlabOptions options;
  std::memset(static_cast<void*>(&options), 0xFF, sizeof options);
  slab_options_init_sized(&options, kOldBytes);
  EXPECT_EQ(options.struct_size, kOldBytes);
  EXPECT_EQ(options.epoch_count, ~0u) << "it has no room for that";
  const Allocator allocator(slab_allocator_create_with(&options));
  ASSERT_NE(allocator, nullptr);
  EXPECT_EQ(slab_allocator_epoch_count(allocator.get()), 16u);
  EXPECT_EQ(snapshot(allocator.get())["takeover_after_sec"], 300);
  EXPECT_EQ(errno_after([&] { slab_options_init_sized(&options, 7); }), EINVAL);
}

}  // namespace
}  // namespace temporal_slab::rules
