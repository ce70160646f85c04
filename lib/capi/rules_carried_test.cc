// The ring comes round to an epoch that still has objects of an older era.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstring>

#include "capi/rules_json_support.h"
#include "capi/rules_memory_support.h"

namespace temporal_slab::rules {
namespace {

bool share_a_page(const std::vector<Object>& a, const std::vector<Object>& b) {
  const auto pages = pages_of(a);
  return std::any_of(b.begin(), b.end(), [&](const Object& object) {
    return std::binary_search(pages.begin(), pages.end(), page_of(object.pointer));
  });
}

// Some objects of every class in epoch 0, their slabs not full.
std::vector<Object> scatter(SlabAllocator* allocator) {
  std::vector<Object> all;
  for (const std::uint32_t bytes : kClassBytes) {
    const auto objects = make_objects(allocator, slots_of(bytes) * 2 + 1, bytes, 0);
    all.insert(all.end(), objects.begin(), objects.end());
  }
  return all;
}

// R-2.1-3
TEST(CarriedObjects, StayValidRoundTheRing) {
  const Allocator allocator = make_allocator();
  const auto old = scatter(allocator.get());
  for (const Object& object : old) std::memset(object.pointer, 0x66, 64);
  for (int round = 1; round <= 3; ++round) {
    advance(allocator.get(), 16);
    scatter(allocator.get());
  }
  for (const Object& object : old) {
    ASSERT_GE(slab_usable_size(allocator.get(), object.pointer), 64u);
    ASSERT_TRUE(holds_only(object.pointer, 64, 0x66));
  }
  EXPECT_EQ(free_objects(allocator.get(), old), old.size());
}

// R-2.1-3
TEST(CarriedObjects, NeverShareASlabWithNewOnes) {
  const Allocator allocator = make_allocator();
  std::vector<Object> old;
  for (int round = 0; round < 4; ++round) {
    const auto fresh = scatter(allocator.get());
    ASSERT_FALSE(share_a_page(old, fresh)) << "round " << round;
    old.insert(old.end(), fresh.begin(), fresh.end());
    advance(allocator.get(), 16);
  }
}

// R-2.1-3
TEST(CarriedObjects, NeverShareASlabWithNewOnesAlsoWhenTheirSlotsWereFreed) {
  const Allocator allocator = make_allocator();
  const auto objects = make_objects(allocator.get(), slots_of(64), 64, 0);
  advance(allocator.get(), 16);
  for (std::size_t i = 1; i < objects.size(); ++i) free_obj(allocator.get(), objects[i].handle);
  EXPECT_FALSE(share_a_page({objects[0]}, make_objects(allocator.get(), 1000, 64, 0)));
}

// R-2.1-3
TEST(ObjectsOfDifferentEpochs, NeverShareASlab) {
  const Allocator allocator = make_allocator();
  std::vector<std::vector<Object>> by_epoch(kEpochs);
  for (int i = 0; i < 50; ++i) {
    for (EpochId epoch = 0; epoch < kEpochs; ++epoch) {
      by_epoch[epoch].push_back(make_object(allocator.get(), 128, epoch));
    }
  }
  for (EpochId a = 0; a < kEpochs; ++a) {
    for (EpochId b = 0; b < a; ++b) EXPECT_FALSE(share_a_page(by_epoch[a], by_epoch[b]));
  }
}

// R-2.1-3
TEST(CarriedSlabs, AreShownApart) {
  const Allocator allocator = make_allocator();
  make_objects(allocator.get(), 3 * slots_of(256) + 1, 256, 0);
  make_object(allocator.get(), 512, 0);
  Json row = snapshot(allocator.get())["epochs"][0];
  EXPECT_EQ(row["carried_slabs"], 0u);
  EXPECT_EQ(row["total_full_slabs"], 3u);
  EXPECT_EQ(row["total_partial_slabs"], 2u);

  advance(allocator.get(), 16);
  row = snapshot(allocator.get())["epochs"][0];
  EXPECT_EQ(row["carried_slabs"], 5u);
  EXPECT_EQ(row["total_full_slabs"], 0u);
  EXPECT_EQ(row["total_partial_slabs"], 0u);
}

// R-2.1-3
TEST(CarriedSlabs, CountInTheirEpochsObjectsAndBytes) {
  const Allocator allocator = make_allocator();
  const auto objects = make_objects(allocator.get(), slots_of(256) + 1, 256, 0);
  advance(allocator.get(), 16);
  const Json row = snapshot(allocator.get())["epochs"][0];
  EXPECT_EQ(row["live_objects"], objects.size());
  EXPECT_EQ(row["live_bytes"], objects.size() * 256);
  EXPECT_EQ(row["estimated_rss_bytes"], 2 * kSlabBytes);
}

// R-2.1-3
TEST(CarriedSlabs, AddUpOverEras) {
  const Allocator allocator = make_allocator();
  for (std::uint64_t round = 0; round < 5; ++round) {
    EXPECT_EQ(snapshot(allocator.get())["epochs"][0]["carried_slabs"], round);
    make_object(allocator.get(), 96, 0);
    advance(allocator.get(), 16);
  }
}

// R-2.1-3
TEST(CarriedObjects, AreCountedWithTheErasThatTheyAreOf) {
  const Allocator allocator = make_allocator();
  std::vector<Object> objects;
  for (std::uint64_t round = 0; round < 40; ++round) {
    const Json row = snapshot(allocator.get())["epochs"][0];
    EXPECT_EQ(row["carried_objects"], 2 * round);
    EXPECT_EQ(row["carried_bytes"], (96 + 40960) * round);
    EXPECT_EQ(row["carried_eras"], round);
    objects.push_back(make_object(allocator.get(), 96, 0));
    objects.push_back(make_object(allocator.get(), 40960, 0));
    advance(allocator.get(), 16);
  }
  // From the middle, from both ends.
  for (std::size_t i = 20; i < 60; ++i) {
    EXPECT_TRUE(free_obj(allocator.get(), objects[i].handle));
    EXPECT_EQ(snapshot(allocator.get())["epochs"][0]["carried_eras"], 40 - (i - 19) / 2);
  }
  for (std::size_t i = 0; i < 20; ++i) {
    EXPECT_TRUE(free_obj(allocator.get(), objects[79 - i].handle));
    EXPECT_TRUE(free_obj(allocator.get(), objects[i].handle));
  }
  const Json row = snapshot(allocator.get())["epochs"][0];
  for (const char* const name :
       {"carried_objects", "carried_bytes", "carried_eras", "carried_oldest_age_sec"})
    EXPECT_EQ(row[name], 0u) << name;
}

// The age is of the era that they were born in, also where that was never opened by an advance.
// R-2.1-3
TEST(CarriedObjects, AreAsOldAsTheOldestErasOpening) {
  const Allocator allocator = make_allocator();
  const Object of_epoch_0 = make_object(allocator.get(), 64, 0);
  make_object(allocator.get(), 64, 5);  // never opened: era 0, which began with the allocator
  const auto age = [&](std::size_t epoch, const char* of) {
    return snapshot(allocator.get())["epochs"][epoch][of].get<std::uint64_t>();
  };
  const auto carried_age = [&](std::size_t epoch) { return age(epoch, "carried_oldest_age_sec"); };
  while (age(0, "age_sec") < 2) {
  }
  const auto begin = std::chrono::steady_clock::now();
  const auto seconds_since_then = [begin] {
    return static_cast<std::uint64_t>((std::chrono::steady_clock::now() - begin) /
                                      std::chrono::seconds(1));
  };
  advance(allocator.get(), 16);
  EXPECT_GE(carried_age(0), 2u);
  EXPECT_GE(carried_age(5), 1u);
  EXPECT_EQ(carried_age(7), 0u);
  EXPECT_LE(age(0, "age_sec"), seconds_since_then());
  // A younger one makes it no younger; without the older one it is as young as itself.
  make_object(allocator.get(), 64, 0);
  advance(allocator.get(), 16);
  EXPECT_GE(carried_age(0), 2u + seconds_since_then());
  EXPECT_TRUE(free_obj(allocator.get(), of_epoch_0.handle));
  EXPECT_LE(carried_age(0), seconds_since_then());
}

// R-2.1-3 R-2.2-7
TEST(CarriedSlab, GoesAsSoonAsItsLastObjectIsFreed) {
  const Allocator allocator = make_allocator(0);
  const auto objects = make_objects(allocator.get(), slots_of(256) + 1, 256, 0);
  advance(allocator.get(), 16);
  EXPECT_TRUE(free_obj(allocator.get(), objects.back().handle));
  EXPECT_FALSE(page_is_resident(page_of(objects.back().pointer)));
  EXPECT_EQ(snapshot(allocator.get())["epochs"][0]["carried_slabs"], 1u);
  EXPECT_EQ(free_objects(allocator.get(), objects), objects.size() - 1);
  EXPECT_FALSE(page_is_resident(page_of(objects.front().pointer)));
  EXPECT_EQ(snapshot(allocator.get())["epochs"][0]["carried_slabs"], 0u);
}

// R-2.1-3 R-2.2-9
TEST(CarriedObjects, AreNotDiscardedWithTheStandingIncarnation) {
  const Allocator allocator = make_allocator();
  const auto old = make_objects(allocator.get(), 10, 64, 0);
  advance(allocator.get(), 16);
  const auto fresh = make_objects(allocator.get(), 20, 64, 0);
  EXPECT_EQ(slab_epoch_discard(allocator.get(), 0), 20u);
  EXPECT_EQ(free_objects(allocator.get(), fresh), 0u);
  EXPECT_EQ(free_objects(allocator.get(), old), 10u);
}

// R-2.1-3
TEST(CarriedObjects, OfAnEpochNeverOpenedStayValidAsItIsOpened) {
  const Allocator allocator = make_allocator();
  const auto before = make_objects(allocator.get(), 10, 64, 1);
  epoch_advance(allocator.get());
  const auto after = make_objects(allocator.get(), 10, 64, 1);
  EXPECT_FALSE(share_a_page(before, after));
  EXPECT_EQ(snapshot(allocator.get())["epochs"][1]["carried_slabs"], 1u);
  EXPECT_EQ(free_objects(allocator.get(), before), 10u);
}

}  // namespace
}  // namespace temporal_slab::rules
