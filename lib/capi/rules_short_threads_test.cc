// Thousands of threads that each do a little, and more of them at once than a snapshot tells
// apart: what they leave is counted and can be taken back (R-2.3-3, R-3-4).
#include <gtest/gtest.h>
#include <pthread.h>

#include <barrier>
#include <cstring>
#include <map>
#include <thread>

#include "capi/rules_memory_support.h"
#include "capi/rules_sums_support.h"

namespace temporal_slab::rules {
namespace {

// References by the name of their holder; the sum is the refcount.
std::map<std::string, std::uint64_t> holders(SlabAllocator* allocator, EpochId epoch) {
  const Json row = snapshot(allocator)["epochs"][epoch];
  std::map<std::string, std::uint64_t> refs;
  for (const Json& holder : row["holders"])
    refs[holder["thread"]] += holder["refs"].get<std::uint64_t>();
  EXPECT_EQ(sum(row["holders"], "refs"), row["refcount"].get<std::uint64_t>());
  return refs;
}

void name_this_thread(const std::string& name) { pthread_setname_np(pthread_self(), name.c_str()); }

// A short thread's life. What it leaves goes to `objects` and `references`.
void live(SlabAllocator* allocator, unsigned number, std::vector<Object>* objects,
          std::vector<SlabEpochRef>* references) {
  std::vector<SlabEpochRef> taken;
  for (unsigned i = 0; i < 1 + number % 5; ++i) taken.push_back(slab_epoch_acquire(allocator));
  std::vector<Object> made;
  for (unsigned i = 0; i < 30; ++i) {
    made.push_back(
        make_object(allocator, kClassBytes[(number + i) % kClassBytes.size()], taken[0].epoch));
    std::memset(made.back().pointer, 0x33, 64);
  }
  slab_epoch_inc_refcount(allocator, taken[0].epoch);
  if (references != nullptr) {
    *references = taken;
  } else {
    for (const SlabEpochRef& reference : taken)
      EXPECT_TRUE(slab_epoch_release(allocator, reference));
  }
  const std::size_t kept = objects != nullptr ? 1 + number % 3 : 0;
  EXPECT_EQ(free_objects(allocator, {made.begin() + static_cast<std::ptrdiff_t>(kept), made.end()}),
            made.size() - kept);
  if (objects != nullptr)
    *objects = {made.begin(), made.begin() + static_cast<std::ptrdiff_t>(kept)};
  slab_epoch_dec_refcount(allocator, epoch_current(allocator));
}

// R-2.3-3 R-3-4 R-2.2-6 R-2.2-7
TEST(ThousandsOfShortThreads, LeaveFiguresNamesAndMemoryInOrder) {
  constexpr unsigned kThreads = 3000;
  constexpr unsigned kLeaving = 50;  // fewer than a snapshot tells apart
  const Allocator allocator = make_allocator(0);
  std::vector<std::vector<Object>> objects(kThreads);
  std::vector<std::vector<SlabEpochRef>> references(kThreads);
  // Four at a time, each in the place of one that has just ended.
  run_threads(4, [&](unsigned index) {
    for (unsigned n = index; n < kThreads; n += 4)
      std::thread([&] {
        name_this_thread("short-" + std::to_string(n));
        const bool leaves = n % (kThreads / kLeaving) == 0;
        live(allocator.get(), n, n % 3 == 0 ? &objects[n] : nullptr,
             leaves ? &references[n] : nullptr);
      }).join();
  });

  std::uint64_t left_objects = 0;
  for (const auto& of_thread : objects) left_objects += of_thread.size();
  const SlabGlobalStats stats = global_stats(allocator.get());
  EXPECT_EQ(stats.total_allocs, 30u * kThreads);
  EXPECT_EQ(stats.total_allocs - stats.total_frees, left_objects);
  EXPECT_EQ(stats.refcount_underflows + stats.stale_releases, 0u);
  expect_sums_agree(allocator.get());

  std::map<std::string, std::uint64_t> leaked;
  for (unsigned n = 0; n < kThreads; ++n)
    if (!references[n].empty()) leaked["short-" + std::to_string(n)] = references[n].size();
  ASSERT_EQ(leaked.size(), kLeaving);
  EXPECT_EQ(holders(allocator.get(), 0), leaked);

  // Half of the objects one by one, after their epoch was closed; the others by its discard.
  epoch_close(allocator.get(), 0);
  std::vector<Object> all;
  for (const auto& of_thread : objects) all.insert(all.end(), of_thread.begin(), of_thread.end());
  const auto middle = all.begin() + static_cast<std::ptrdiff_t>(all.size() / 2);
  EXPECT_EQ(free_objects(allocator.get(), {all.begin(), middle}), all.size() / 2);
  expect_sums_agree(allocator.get());
  EXPECT_EQ(slab_epoch_discard(allocator.get(), 0), all.size() - all.size() / 2);
  EXPECT_EQ(global_stats(allocator.get()).net_slabs, 0u);
  EXPECT_EQ(resident_pages(pages_of(all)), 0u);
  for (const auto& of_thread : references)
    for (const SlabEpochRef& reference : of_thread)
      EXPECT_TRUE(slab_epoch_release(allocator.get(), reference));
  EXPECT_EQ(holders(allocator.get(), 0).size(), 0u);
  expect_sums_agree(allocator.get());
}

// R-2.2-1 R-3-4
TEST(ThousandsOfShortThreads, LeaveNothingWhileTheRingTurns) {
  const Allocator allocator = make_allocator(0);
  std::atomic<bool> done{false};
  std::thread turning([&] {
    while (!done) epoch_advance(allocator.get());
  });
  run_threads(3, [&](unsigned index) {
    for (unsigned n = 0; n < 400; ++n)
      std::thread([&, index] {
        const SlabEpochRef reference = slab_epoch_acquire(allocator.get());
        std::vector<void*> objects;
        for (unsigned i = 0; i < 20; ++i)
          objects.push_back(slab_malloc(allocator.get(), kClassBytes[(index + i) % 8]));
        for (void* object : objects) slab_free(allocator.get(), object);
        EXPECT_TRUE(slab_epoch_release(allocator.get(), reference));
      }).join();
  });
  done = true;
  turning.join();
  const SlabGlobalStats stats = global_stats(allocator.get());
  EXPECT_EQ(stats.total_allocs, 3u * 400 * 20);
  EXPECT_EQ(stats.total_frees, stats.total_allocs);
  EXPECT_EQ(stats.abandoned_refs + stats.stale_releases + stats.invalid_frees, 0u);
  expect_sums_agree(allocator.get());
  for (EpochId epoch = 0; epoch < kEpochs; ++epoch) epoch_close(allocator.get(), epoch);
  EXPECT_EQ(global_stats(allocator.get()).net_slabs, 0u);
}

// R-2.3-1 R-2.3-3 R-2.1-7 R-3-4
TEST(MoreThreadsAtOnceThanAreToldApart, AreCountedExactly) {
  constexpr unsigned kThreads = 200;
  const Allocator allocator = make_allocator(0);
  std::vector<std::vector<Object>> objects(kThreads);
  std::barrier step(kThreads);
  run_threads(kThreads, [&](unsigned index) {
    name_this_thread("of-many-" + std::to_string(index));
    SlabAllocator* const a = allocator.get();
    slab_epoch_inc_refcount(a, 0);
    slab_epoch_inc_refcount(a, 0);
    objects[index] = make_objects(a, 50, kClassBytes[index % kClassBytes.size()], 0);
    step.arrive_and_wait();
    if (index == 0) {
      EXPECT_EQ(slab_epoch_get_refcount(a, 0), 2u * kThreads);
      EXPECT_EQ(global_stats(a).total_allocs, 50u * kThreads);
      expect_sums_agree(a);
      const auto named = holders(a, 0);
      EXPECT_EQ(named.size(), 64u);
      EXPECT_EQ(named.at("further threads"), 2u * (kThreads - 63));
      for (const auto& [name, refs] : named)
        if (name != "further threads") {
          EXPECT_EQ(refs, 2u) << name;
        }
    }
    step.arrive_and_wait();
    // Another's, while it still is there.
    EXPECT_EQ(free_objects(a, objects[(index + 1) % kThreads]), 50u);
    slab_epoch_dec_refcount(a, 0);
    if (index % 2 == 0) slab_epoch_dec_refcount(a, 0);
    step.arrive_and_wait();
    if (index == 0) {
      EXPECT_EQ(slab_epoch_get_refcount(a, 0), kThreads / 2);
      expect_sums_agree(a);
    }
    step.arrive_and_wait();  // a thread that ends gives up what it owns: not at rest
  });
  EXPECT_EQ(slab_epoch_get_refcount(allocator.get(), 0), kThreads / 2);
  EXPECT_EQ(global_stats(allocator.get()).refcount_underflows, 0u);
  EXPECT_EQ(global_stats(allocator.get()).total_frees, 50u * kThreads);
  epoch_close(allocator.get(), 0);
  EXPECT_EQ(global_stats(allocator.get()).net_slabs, 0u);
  expect_sums_agree(allocator.get());
  holders(allocator.get(), 0);
}

}  // namespace
}  // namespace temporal_slab::rules
