// Objects that other threads free, and handles that several threads free at once.
#include <gtest/gtest.h>

#include <barrier>
#include <cstring>
#include <set>
#include <utility>

#include "capi/rules_memory_support.h"

namespace temporal_slab::rules {
namespace {

std::uint64_t live_objects(const SlabGlobalStats& stats) {
  return stats.total_allocs - stats.total_frees;
}

void spin(int turns) {
  for (int i = 0; i < turns; ++i) std::atomic_signal_fence(std::memory_order_seq_cst);
}

// R-2.1-6
TEST(HandleFreedByTwoThreadsAtOnce, IsFreedOnce) {
  constexpr int kRounds = 5000;
  const Allocator allocator = make_allocator();
  Object object;
  std::atomic<int> told_true{0};
  int wrong_rounds = 0;
  std::barrier begin(2);
  std::barrier end(2);
  run_threads(2, [&](unsigned index) {
    for (int round = 0; round < kRounds; ++round) {
      if (index == 0) object = make_object(allocator.get(), 64, 0);
      begin.arrive_and_wait();
      if (free_obj(allocator.get(), object.handle)) told_true.fetch_add(1);
      end.arrive_and_wait();
      if (index == 0) {
        if (told_true.exchange(0) < 1) ++wrong_rounds;
        // A slot freed twice would be given out twice.
        const Object a = make_object(allocator.get(), 64, 0);
        const Object b = make_object(allocator.get(), 64, 0);
        if (a.pointer == b.pointer) ++wrong_rounds;
        free_objects(allocator.get(), {a, b});
      }
    }
  });
  EXPECT_EQ(wrong_rounds, 0);
  EXPECT_EQ(live_objects(global_stats(allocator.get())), 0u);
  EXPECT_EQ(global_stats(allocator.get()).total_frees, 3u * kRounds);
  EXPECT_LE(global_stats(allocator.get()).total_remote_frees, 1u * kRounds);  // R-3-1
}

// R-3-4: the word and the count agree.
TEST(RemoteFrees, AreThoseOfObjectsWhoseSlabBelongedToAnotherThread) {
  const Allocator allocator = make_allocator();
  std::barrier step(2);
  std::vector<Object> objects;
  const auto remote = [&] { return global_stats(allocator.get()).total_remote_frees; };
  run_threads(2, [&](unsigned index) {
    if (index == 0) objects = make_objects(allocator.get(), 1000, 64, 0);
    step.arrive_and_wait();
    if (index == 1) {
      make_object(allocator.get(), 64, 0);
      const auto middle = objects.begin() + 400;
      EXPECT_EQ(free_objects(allocator.get(), {objects.begin(), middle}), 400u);
      EXPECT_EQ(remote(), 400u);
      epoch_close(allocator.get(), 0);
      EXPECT_EQ(free_objects(allocator.get(), {middle, objects.end()}), 600u);
      EXPECT_EQ(remote(), 400u) << "the slabs belong to nobody";
    }
    step.arrive_and_wait();  // the first one has not ended before
  });
  EXPECT_EQ(global_stats(allocator.get()).total_frees, 1000u);
}

// R-2.1-6: an object is freed while slab_realloc moves it.
TEST(ObjectFreedWhileItIsMoved, IsFreedOnce) {
  constexpr int kRounds = 20'000;
  const Allocator allocator = make_allocator();
  void* object = nullptr;
  std::barrier step(2);
  run_threads(2, [&](unsigned index) {
    slab_free(allocator.get(), slab_malloc(allocator.get(), 96));
    void* kept[8] = {};
    for (int round = 0; round < kRounds; ++round) {
      if (index == 0) object = slab_malloc(allocator.get(), 64);
      step.arrive_and_wait();
      if (index == 0) {
        // Nothing, where it was gone before.
        void* const moved = slab_realloc(allocator.get(), object, 3000);
        slab_free(allocator.get(), std::exchange(kept[round % 8], moved));
      } else {
        spin(round * 7 % 512);  // another moment each time
        slab_free(allocator.get(), object);
      }
      step.arrive_and_wait();
    }
    for (void* rest : kept) slab_free(allocator.get(), rest);
  });
  EXPECT_EQ(live_objects(global_stats(allocator.get())), 0u);
}

// R-2.1-4, R-2.1-6: by a thread that has allocated nothing, while the slot is given out anew.
TEST(HandleFreedByItsOwnerAndByAThreadWithoutObjects, FreesNothingElse) {
  constexpr int kRounds = 20'000;
  const Allocator allocator = make_allocator();
  std::atomic<SlabHandle> handle{0};
  std::atomic<int> wrong{0};
  std::barrier step(2);
  run_threads(2, [&](unsigned index) {
    for (int round = 0; round < kRounds; ++round) {
      if (index == 0) handle = make_object(allocator.get(), 64, 0).handle;
      step.arrive_and_wait();
      if (index == 0) {
        free_obj(allocator.get(), handle);
        const Object next = make_object(allocator.get(), 64, 0);
        if (!free_obj(allocator.get(), next.handle)) wrong.fetch_add(1);
      } else {
        free_obj(allocator.get(), handle);
      }
      step.arrive_and_wait();
    }
  });
  EXPECT_EQ(wrong.load(), 0);
  EXPECT_EQ(live_objects(global_stats(allocator.get())), 0u);
}

// R-2.1-6
TEST(HandleAndPointerOfOneObjectFreedAtOnce, FreeItOnce) {
  constexpr int kRounds = 5000;
  const Allocator allocator = make_allocator();
  Object object;
  std::barrier step(2);
  run_threads(2, [&](unsigned index) {
    for (int round = 0; round < kRounds; ++round) {
      if (index == 0) object = make_object(allocator.get(), 128, 0);
      step.arrive_and_wait();
      if (index == 0) {
        free_obj(allocator.get(), object.handle);
      } else {
        slab_free(allocator.get(), object.pointer);
      }
      step.arrive_and_wait();
    }
  });
  const SlabGlobalStats stats = global_stats(allocator.get());
  EXPECT_EQ(stats.total_frees, static_cast<std::uint64_t>(kRounds));
  // Both may be told that it was theirs.
  EXPECT_LE(stats.stale_frees, static_cast<std::uint64_t>(kRounds));
}

// R-2.1-6
TEST(StaleHandlesFreedByManyThreads, NeverHarmTheLiving) {
  constexpr int kObjects = 3000;
  const Allocator allocator = make_allocator();
  const auto stale = make_objects(allocator.get(), 64, 64, 0);
  free_objects(allocator.get(), stale);
  std::atomic<int> overlaps{0};
  run_threads(4, [&](unsigned index) {
    const auto value = static_cast<unsigned char>(index + 1);
    for (int i = 0; i < kObjects; ++i) {
      const Object object = make_object(allocator.get(), 64, 0);
      std::memset(object.pointer, value, 64);
      free_obj(allocator.get(), stale[static_cast<std::size_t>(i) % stale.size()].handle);
      if (!holds_only(object.pointer, 64, value)) overlaps.fetch_add(1);
      if (!free_obj(allocator.get(), object.handle)) overlaps.fetch_add(1);
    }
  });
  EXPECT_EQ(overlaps.load(), 0);
}

// R-2.1-7
TEST(ObjectOfOneThread, IsFreedByAnotherByHandleAndByPointer) {
  const Allocator allocator = make_allocator();
  const auto by_handle = make_objects(allocator.get(), 500, 96, 0);
  const auto by_pointer = make_objects(allocator.get(), 500, 96, 0);
  std::size_t freed = 0;
  run_threads(1, [&](unsigned) {
    freed = free_objects(allocator.get(), by_handle);
    for (const Object& object : by_pointer) slab_free(allocator.get(), object.pointer);
  });
  EXPECT_EQ(freed, 500u);
  EXPECT_EQ(global_stats(allocator.get()).total_frees, 1000u);
}

// R-2.1-7
TEST(SlotsThatAnotherThreadFreed, AreUsedAgainByTheirOwner) {
  // One slab is all there is: without the slots that came back nothing is left.
  const Allocator allocator = make_allocator(0, kSlabBytes);
  for (int round = 0; round < 100; ++round) {
    const auto objects = make_objects(allocator.get(), slots_of(64), 64, 0);
    ASSERT_NE(objects.back().pointer, nullptr) << "round " << round;
    ASSERT_EQ(slab_malloc(allocator.get(), 64), nullptr);
    // One stays, so the slab stays the owner's.
    run_threads(1, [&](unsigned) {
      for (std::size_t i = 1; i < objects.size(); ++i) free_obj(allocator.get(), objects[i].handle);
    });
    const auto again = make_objects(allocator.get(), slots_of(64) - 1, 64, 0);
    ASSERT_NE(again.back().pointer, nullptr) << "round " << round;
    free_objects(allocator.get(), again);
    free_obj(allocator.get(), objects[0].handle);
  }
}

// R-2.1-7
TEST(ObjectsOfAThreadThatExited, AreFreedByAnother) {
  const Allocator allocator = make_allocator(0);
  std::vector<Object> objects;
  run_threads(1, [&](unsigned) { objects = make_objects(allocator.get(), 1000, 256, 0); });
  EXPECT_EQ(free_objects(allocator.get(), objects), 1000u);
  EXPECT_EQ(live_objects(global_stats(allocator.get())), 0u);
  slab_allocator_trim(allocator.get());  // what the freeing heap still kept empty (R-2.2-7)
  EXPECT_EQ(global_stats(allocator.get()).net_slabs, 0u);
}

// R-2.1-7
TEST(ObjectsHandedRoundARingOfThreads, AreWholeWhenTheyAreFreed) {
  constexpr unsigned kThreads = 4;
  constexpr int kRounds = 200;
  constexpr std::size_t kBatch = 50;
  const Allocator allocator = make_allocator();
  std::vector<std::vector<Object>> boxes(kThreads);
  std::atomic<int> wrong{0};
  std::barrier step(kThreads);
  run_threads(kThreads, [&](unsigned index) {
    for (int round = 0; round < kRounds; ++round) {
      const std::uint32_t bytes = kClassBytes[(index + static_cast<unsigned>(round)) % 8];
      const auto value = static_cast<unsigned char>(index * 50 + 1);
      std::vector<Object> batch =
          make_objects(allocator.get(), kBatch, bytes, epoch_current(allocator.get()));
      for (const Object& object : batch) std::memset(object.pointer, value, bytes);
      boxes[index] = batch;
      step.arrive_and_wait();
      const unsigned from = (index + 1) % kThreads;
      const std::uint32_t its_bytes = kClassBytes[(from + static_cast<unsigned>(round)) % 8];
      for (const Object& object : boxes[from]) {
        if (!holds_only(object.pointer, its_bytes, static_cast<unsigned char>(from * 50 + 1)) ||
            !free_obj(allocator.get(), object.handle)) {
          wrong.fetch_add(1);
        }
      }
      step.arrive_and_wait();
    }
  });
  EXPECT_EQ(wrong.load(), 0);
  EXPECT_EQ(live_objects(global_stats(allocator.get())), 0u);
  EXPECT_EQ(global_stats(allocator.get()).total_frees, kThreads * kRounds * kBatch);
}

}  // namespace
}  // namespace temporal_slab::rules
