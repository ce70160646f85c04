#include "heap/slab_list.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace temporal_slab::heap {
namespace {

std::vector<memory::Slab*> members(const SlabList& list) {
  std::vector<memory::Slab*> all;
  for (memory::Slab* slab = list.front(); slab != nullptr; slab = slab->next) all.push_back(slab);
  return all;
}

class SlabListTest : public testing::Test {
 protected:
  std::array<memory::Slab, 4> slabs_{};
  memory::Slab* a = &slabs_[0];
  memory::Slab* b = &slabs_[1];
  memory::Slab* c = &slabs_[2];
  memory::Slab* d = &slabs_[3];
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

TEST_F(SlabListTest, TakesAllOfAnotherInFrontOfItsOwn) {
  SlabList list;
  SlabList other;
  list.push_front(a);
  other.push_front(c);
  other.push_front(b);
  list.take_all(other);
  EXPECT_EQ(members(list), (std::vector<memory::Slab*>{b, c, a}));
  EXPECT_EQ(other.front(), nullptr);
  list.take_all(other);
  EXPECT_EQ(members(list), (std::vector<memory::Slab*>{b, c, a}));
  other.push_front(d);
  for (memory::Slab* slab : {a, b, c}) list.remove(slab);
  list.take_all(other);
  EXPECT_EQ(members(list), (std::vector<memory::Slab*>{d}));
}

}  // namespace
}  // namespace temporal_slab::heap
