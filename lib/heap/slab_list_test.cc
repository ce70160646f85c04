#include "heap/slab_list.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace temporal_slab::heap {
namespace {

std::vector<memory::Slab*> members(const SlabList& list) {
  std::vector<memory::Slab*> all;
  for (memory::Slab* slab = list.front(); slab != nullptr; slab = SlabList::after(slab))
    all.push_back(slab);
  return all;
}

class SlabListTest : public testing::Test {
 protected:
  SlabListTest() {
    EXPECT_TRUE(memory::reserve_descriptors());
    for (memory::Slab** slab : {&a, &b, &c}) *slab = descriptors_.take(0);
  }
  memory::Slab* a = nullptr;
  memory::Slab* b = nullptr;
  memory::Slab* c = nullptr;

 private:
  memory::Descriptors descriptors_{memory::new_allocator_number()};
};

TEST_F(SlabListTest, AnyMemberCanBeRemoved) {
  for (memory::Slab* removed : {a, b, c}) {
    SlabList list;
    for (memory::Slab* slab : {a, b, c}) list.push_front(slab);
    list.remove(removed);
    std::vector<memory::Slab*> expected;
    for (memory::Slab* slab : {c, b, a})
      if (slab != removed) expected.push_back(slab);
    EXPECT_EQ(members(list), expected);
  }
}

TEST_F(SlabListTest, GivesItsFrontAndThenNone) {
  SlabList list;
  list.push_front(a);
  list.push_front(b);
  EXPECT_EQ(list.pop_front(), b);
  EXPECT_EQ(list.pop_front(), a);
  EXPECT_EQ(list.pop_front(), nullptr);
  EXPECT_TRUE(list.empty());
}

TEST_F(SlabListTest, AStackGivesTheLastOneFirst) {
  SlabStack stack;
  stack.push(a);
  stack.push(c);
  EXPECT_EQ(stack.top(), c);
  EXPECT_EQ(stack.pop(), c);
  EXPECT_EQ(stack.pop(), a);
  EXPECT_EQ(stack.pop(), nullptr);
}

}  // namespace
}  // namespace temporal_slab::heap
