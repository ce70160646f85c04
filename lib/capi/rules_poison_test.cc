// What AddressSanitizer knows of slots. Built only where it is on.
#include <gtest/gtest.h>
#include <sanitizer/asan_interface.h>

#include "capi/rules_memory_support.h"

namespace temporal_slab::rules {
namespace {

bool all_poisoned(const void* memory, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; ++i) {
    if (__asan_address_is_poisoned(static_cast<const char*>(memory) + i) == 0) return false;
  }
  return true;
}

bool none_poisoned(const void* memory, std::size_t bytes) {
  return __asan_region_is_poisoned(const_cast<void*>(memory), bytes) == nullptr;
}

// R-2.1-9
TEST(LiveSlot, IsNotPoisonedToItsLastByte) {
  const Allocator allocator = make_allocator();
  for (const std::uint32_t bytes : kClassBytes) {
    for (const Object& object : make_objects(allocator.get(), 2 * slots_of(bytes), bytes, 0)) {
      ASSERT_TRUE(none_poisoned(object.pointer, bytes)) << bytes;
    }
  }
}

// R-2.1-9
TEST(FreedSlot, IsPoisonedFromItsFirstByteToItsLast) {
  const Allocator allocator = make_allocator();
  for (const std::uint32_t bytes : kClassBytes) {
    const auto objects = make_objects(allocator.get(), slots_of(bytes), bytes, 0);
    for (std::size_t i = 1; i < objects.size(); ++i) {
      free_obj(allocator.get(), objects[i].handle);
      ASSERT_TRUE(all_poisoned(objects[i].pointer, bytes)) << bytes;
      ASSERT_TRUE(none_poisoned(objects[0].pointer, bytes)) << bytes;
    }
  }
}

// R-2.1-9
TEST(LargerSlot, IsPoisonedWhenItIsFreedAndPastWhereItShrankTo) {
  const Allocator allocator = make_allocator();
  for (const std::uint32_t bytes : {1024u, 8192u, 32768u, 40960u, 40u << 20}) {
    const Object object = make_object(allocator.get(), bytes, 0);
    EXPECT_TRUE(none_poisoned(object.pointer, bytes)) << bytes;
    if (bytes > SLAB_MAX_SLOT_SIZE) {
      slab_realloc(allocator.get(), object.pointer, kSlabBytes);
      EXPECT_TRUE(none_poisoned(object.pointer, kSlabBytes)) << bytes;
      EXPECT_TRUE(all_poisoned(static_cast<char*>(object.pointer) + kSlabBytes, 4 * kSlabBytes))
          << bytes;
    }
    free_obj(allocator.get(), object.handle);
    EXPECT_TRUE(all_poisoned(object.pointer, 1024)) << bytes;
  }
}

// R-2.1-9
TEST(FreedSlot, IsPoisonedWhoeverFreedIt) {
  const Allocator allocator = make_allocator();
  const auto objects = make_objects(allocator.get(), 5, 64, 0);
  free_obj(allocator.get(), objects[1].handle);
  slab_free(allocator.get(), objects[2].pointer);
  run_threads(1, [&](unsigned) { free_obj(allocator.get(), objects[3].handle); });
  slab_realloc(allocator.get(), objects[4].pointer, 768);
  for (std::size_t i = 1; i < objects.size(); ++i) {
    EXPECT_TRUE(all_poisoned(objects[i].pointer, 64)) << i;
  }
}

// R-2.1-9
TEST(SlotNeverUsed, IsPoisoned) {
  const Allocator allocator = make_allocator();
  for (const std::uint32_t bytes : kClassBytes) {
    const auto first =
        reinterpret_cast<std::uintptr_t>(make_object(allocator.get(), bytes, 0).pointer);
    const std::uintptr_t page = first / kSlabBytes * kSlabBytes;
    for (std::size_t slot = 0; slot < slots_of(bytes); ++slot) {
      const std::uintptr_t address = page + slot * bytes;
      if (address == first) continue;
      EXPECT_TRUE(all_poisoned(reinterpret_cast<void*>(address), bytes)) << bytes;
    }
  }
}

// R-2.1-9
TEST(RestOfASlab, BehindItsLastSlotIsPoisoned) {
  const Allocator allocator = make_allocator();
  for (const std::uint32_t bytes : kClassBytes) {
    const auto objects = make_objects(allocator.get(), slots_of(bytes), bytes, 0);
    const std::uintptr_t end = (page_of(objects[0].pointer) + 1) * kSlabBytes;
    const std::size_t rest = kSlabBytes % bytes;
    EXPECT_TRUE(all_poisoned(reinterpret_cast<void*>(end - rest), rest)) << bytes;
  }
}

// R-2.1-9
TEST(SlotUsedAgain, IsNotPoisoned) {
  const Allocator allocator = make_allocator(0, kSlabBytes);
  for (unsigned round = 0; round < 50; ++round) {
    const std::uint32_t bytes = kClassBytes[round % kClassBytes.size()];
    const auto objects = make_objects(allocator.get(), slots_of(bytes), bytes, 0);
    for (const Object& object : objects) ASSERT_TRUE(none_poisoned(object.pointer, bytes));
    free_objects(allocator.get(), objects);
  }
}

class Drained : public testing::TestWithParam<std::size_t> {};

// R-2.1-9
TEST_P(Drained, SlabIsPoisonedWarmOrGivenBack) {
  const Allocator allocator = make_allocator(GetParam());
  const auto objects = make_objects(allocator.get(), 10 * slots_of(96), 96, 0);
  free_objects(allocator.get(), objects);
  epoch_close(allocator.get(), 0);
  for (const Object& object : objects) ASSERT_TRUE(all_poisoned(object.pointer, 96));
}

// R-2.1-9
TEST_P(Drained, SlabOfADiscardIsPoisoned) {
  const Allocator allocator = make_allocator(GetParam());
  const auto objects = make_objects(allocator.get(), 10 * slots_of(96), 96, 0);
  slab_epoch_discard(allocator.get(), 0);
  for (const Object& object : objects) ASSERT_TRUE(all_poisoned(object.pointer, 96));
}

INSTANTIATE_TEST_SUITE_P(Retaining, Drained, testing::Values(0u, 4u << 20),
                         [](const auto& test) { return std::to_string(test.param) + "Bytes"; });

// R-2.1-9
TEST(MemoryOfAFreedAllocator, IsLeftAsOrdinaryMemory) {
  // Whoever maps it next must be able to use it.
  std::vector<Object> objects;
  {
    const Allocator allocator = make_allocator();
    objects = make_objects(allocator.get(), 1000, 96, 0);
    for (std::size_t i = 0; i < objects.size(); i += 2) {
      free_obj(allocator.get(), objects[i].handle);
    }
  }
  for (const std::uintptr_t page : pages_of(objects)) {
    ASSERT_TRUE(none_poisoned(reinterpret_cast<void*>(page * kSlabBytes), kSlabBytes));
  }
}

char read_byte(const void* memory, std::size_t offset) {
  return static_cast<const volatile char*>(memory)[offset];
}

// R-2.1-9
TEST(UseOfAnObject, AfterItsFreeIsReported) {
  const Allocator allocator = make_allocator();
  const Object object = make_object(allocator.get(), 64, 0);
  free_obj(allocator.get(), object.handle);
  EXPECT_DEATH(read_byte(object.pointer, 0), "use-after-poison");
}

// R-2.1-9
TEST(UseOfAnObject, PastItsEndIsReported) {
  const Allocator allocator = make_allocator();
  const Object object = make_object(allocator.get(), 64, 0);
  EXPECT_EQ(read_byte(object.pointer, 63), read_byte(object.pointer, 63));
  EXPECT_DEATH(read_byte(object.pointer, 64), "use-after-poison");
}

}  // namespace
}  // namespace temporal_slab::rules
