#include "stress/object.h"

#include <gtest/gtest.h>

#include <array>

namespace temporal_slab::stress {
namespace {

struct Memory {
  alignas(64) std::array<unsigned char, 96> bytes{};
};

Object object_at(Memory& memory, std::uint32_t filled_bytes, std::uint64_t serial) {
  Object object;
  object.address = memory.bytes.data();
  object.size_bytes = object.filled_bytes = filled_bytes;
  object.usable_bytes = 96;
  object.serial = serial;
  return object;
}

TEST(StressObject, FillWritesNothingPastTheEnd) {
  Memory memory;
  memory.bytes.fill(0xee);
  fill(object_at(memory, 61, 1));
  for (std::size_t i = 61; i < 96; ++i) EXPECT_EQ(memory.bytes[i], 0xee) << i;
}

TEST(StressObject, EachChangedByteIsNoticed) {
  Memory memory;
  const Object object = object_at(memory, 61, 1);
  fill(object);
  EXPECT_EQ(first_difference(object, object.address, 61), 61u);
  for (std::size_t i = 0; i < 61; ++i) {
    memory.bytes[i] ^= 1;
    EXPECT_EQ(first_difference(object, object.address, 61), i);
    memory.bytes[i] ^= 1;
  }
}

TEST(StressObject, TheNextObjectAtThePlaceHasAnotherPattern) {
  Memory memory;
  fill(object_at(memory, 61, 1));
  const Object next = object_at(memory, 61, 2);
  EXPECT_LT(first_difference(next, next.address, 61), 8u);
}

TEST(StressObjectDeathTest, AnOverwrittenByteEndsTheRun) {
  Memory memory;
  const Object object = object_at(memory, 61, 1);
  fill(object);
  memory.bytes[17] ^= 1;
  EXPECT_EXIT(check_contents(object, "before a free"), testing::ExitedWithCode(1),
              "FAILED: before a free: byte 17 of an object was overwritten");
}

}  // namespace
}  // namespace temporal_slab::stress
