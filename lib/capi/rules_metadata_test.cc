// The allocator's own data lies apart from objects: no byte of a slab's pages is
// one that it needs or changes.
#include <gtest/gtest.h>

#include "capi/rules_json_support.h"
#include "capi/rules_memory_support.h"

namespace temporal_slab::rules {
namespace {

struct ClassObjects {
  std::uint32_t bytes;
  std::vector<Object> objects;
};

std::vector<ClassObjects> fill_slabs(SlabAllocator* allocator, std::size_t slabs) {
  std::vector<ClassObjects> all;
  for (const std::uint32_t bytes : kClassBytes) {
    all.push_back({bytes, make_objects(allocator, slabs * slots_of(bytes), bytes, 0)});
  }
  return all;
}

// Overwrites every byte of every page that holds an object: slots in use, free
// slots and what is left over behind the last one.
void overwrite_pages(const std::vector<ClassObjects>& all, unsigned char value) {
  for (const ClassObjects& of_class : all) {
    for (const std::uintptr_t page : pages_of(of_class.objects)) {
      overwrite(reinterpret_cast<void*>(page * kSlabBytes), kSlabBytes, value);
    }
  }
}

class PagesOverwritten : public testing::TestWithParam<unsigned> {};

// R-2.1-8
TEST_P(PagesOverwritten, LeaveFullSlabsWorking) {
  const Allocator allocator = make_allocator();
  const auto all = fill_slabs(allocator.get(), 4);
  overwrite_pages(all, static_cast<unsigned char>(GetParam()));
  for (const auto& [bytes, objects] : all) {
    EXPECT_EQ(free_objects(allocator.get(), objects), objects.size());
    EXPECT_EQ(free_objects(allocator.get(), objects), 0u);
  }
}

// R-2.1-8
TEST_P(PagesOverwritten, LeavePartialSlabsWorking) {
  const Allocator allocator = make_allocator();
  const auto all = fill_slabs(allocator.get(), 4);
  for (const auto& [bytes, objects] : all) {
    for (std::size_t i = 0; i < objects.size(); i += 2) {
      free_obj(allocator.get(), objects[i].handle);
    }
  }
  overwrite_pages(all, static_cast<unsigned char>(GetParam()));
  for (const auto& [bytes, objects] : all) {
    const std::size_t freed = (objects.size() + 1) / 2;
    const auto refilled = make_objects(allocator.get(), freed, bytes, 0);
    EXPECT_EQ(free_objects(allocator.get(), refilled), freed);
    EXPECT_EQ(free_objects(allocator.get(), objects), objects.size() - freed);
  }
  EXPECT_EQ(global_stats(allocator.get()).total_allocs, global_stats(allocator.get()).total_frees);
}

// R-2.1-8
TEST_P(PagesOverwritten, LeaveEmptyWarmSlabsWorking) {
  const Allocator allocator = make_allocator();
  auto all = fill_slabs(allocator.get(), 4);
  for (const auto& [bytes, objects] : all) free_objects(allocator.get(), objects);
  overwrite_pages(all, static_cast<unsigned char>(GetParam()));
  all = fill_slabs(allocator.get(), 8);
  for (const auto& [bytes, objects] : all) {
    EXPECT_EQ(free_objects(allocator.get(), objects), objects.size());
  }
}

// R-2.1-8
TEST_P(PagesOverwritten, LeaveCloseAdvanceAndDiscardWorking) {
  const Allocator allocator = make_allocator(0);
  const auto all = fill_slabs(allocator.get(), 4);
  std::size_t count = 0;
  for (const auto& [bytes, objects] : all) count += objects.size();
  overwrite_pages(all, static_cast<unsigned char>(GetParam()));
  epoch_close(allocator.get(), 0);
  advance(allocator.get(), 15);
  EXPECT_EQ(slab_epoch_era(allocator.get(), 0), 16u);
  EXPECT_EQ(snapshot(allocator.get())["epochs"][0]["live_objects"], count);
  for (const auto& [bytes, objects] : all) {
    EXPECT_EQ(free_objects(allocator.get(), objects), objects.size());
  }
  EXPECT_EQ(global_stats(allocator.get()).net_slabs, 0u);
}

INSTANTIATE_TEST_SUITE_P(With, PagesOverwritten, testing::Values(0x00u, 0xffu, 0x5au, 0x01u),
                         [](const auto& test) { return "Byte" + std::to_string(test.param); });

// R-2.1-8
TEST(FreedSlot, IsNotWrittenByTheAllocator) {
  const Allocator allocator = make_allocator();
  const auto all = fill_slabs(allocator.get(), 2);
  overwrite_pages(all, 0xd7);
  for (const auto& [bytes, objects] : all) {
    for (std::size_t i = 1; i < objects.size(); ++i) {
      free_obj(allocator.get(), objects[i].handle);
      ASSERT_TRUE(holds_only(objects[i].pointer, bytes, 0xd7)) << "class " << bytes;
    }
  }
}

// R-2.1-8
TEST(NewObject, IsNotWrittenByTheAllocator) {
  const Allocator allocator = make_allocator();
  const auto all = fill_slabs(allocator.get(), 2);
  // The first object keeps its slab where it is.
  for (const auto& [bytes, objects] : all) {
    for (std::size_t i = 1; i < objects.size(); ++i) free_obj(allocator.get(), objects[i].handle);
  }
  overwrite_pages(all, 0xd7);
  for (const auto& [bytes, objects] : all) {
    const auto again = make_objects(allocator.get(), slots_of(bytes) - 1, bytes, 0);
    for (const Object& object : again) {
      ASSERT_TRUE(holds_only(object.pointer, bytes, 0xd7)) << "class " << bytes;
    }
  }
}

}  // namespace
}  // namespace temporal_slab::rules
