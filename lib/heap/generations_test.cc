// The last generations that slots have: no handle is given out twice, and there is memory all the
// same. A chunk of descriptors that begins close to the end stands for years of use.
#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <unordered_set>

#include "heap/allocator.h"
#include "memory/descriptors.h"

namespace temporal_slab::heap {
namespace {

constexpr std::uint32_t kLeft = 3;  // generations
constexpr std::size_t kLiveAtOnce = 7;
constexpr std::uint32_t kEpoch = 0;
constexpr std::size_t kRegionOfItsOwn = std::size_t{40} << 20;

struct Use {
  std::size_t bytes;
  std::size_t objects;  // enough to use several pages up
  std::size_t retain_bytes;
};

class LastGenerations : public testing::TestWithParam<Use> {
 protected:
  // The next chunk of descriptors that anybody claims has few generations left.
  static void age_next_chunk() {
    memory::Descriptors::age_next_chunk(memory::class_of(GetParam().bytes),
                                        memory::kMaxGeneration + 1 - kLeft);
  }

  // An allocator comes, is used and goes. No handle that it gives out was seen before, and each
  // of before is refused.
  void live_and_go(std::size_t objects) {
    Allocator* const allocator = Allocator::create({"test", false, GetParam().retain_bytes, 0});
    ASSERT_NE(allocator, nullptr);
    const std::unordered_set<std::uint64_t> of_others = given_;
    std::deque<std::uint64_t> live;
    for (std::size_t i = 0; i < objects; ++i) {
      Object object{};
      ASSERT_EQ(allocator->allocate(GetParam().bytes, kEpoch, &object), 0) << i;
      ASSERT_TRUE(given_.insert(object.handle).second) << "object " << i << ": given out twice";
      live.push_back(object.handle);
      if (live.size() < kLiveAtOnce) continue;
      ASSERT_EQ(allocator->free(live.front()), 0) << i;
      ASSERT_NE(allocator->free(live.front()), 0) << i;
      live.pop_front();
    }
    for (const std::uint64_t handle : of_others) ASSERT_NE(allocator->free(handle), 0);
    for (const std::uint64_t handle : live) ASSERT_EQ(allocator->free(handle), 0);
    for (const std::uint64_t handle : given_) ASSERT_NE(allocator->free(handle), 0);
    Allocator::destroy(allocator);
  }

 private:
  std::unordered_set<std::uint64_t> given_;
};

// R-2.1-4
TEST_P(LastGenerations, EndWithoutAHandleGivenOutTwice) {
  live_and_go(2 * kLiveAtOnce);  // young, in the chunk that the next ones use up
  age_next_chunk();
  live_and_go(GetParam().objects);
  live_and_go(GetParam().objects);
}

std::string name_of(const testing::TestParamInfo<Use>& use) {
  return std::to_string(use.param.bytes) + "BytesRetaining" +
         std::to_string(use.param.retain_bytes);
}

INSTANTIATE_TEST_SUITE_P(OfASlot, LastGenerations,
                         testing::Values(Use{64, 2000, 0}, Use{64, 2000, 1 << 20}, Use{768, 500, 0},
                                         Use{768, 500, 1 << 20}, Use{20'000, 200, 0},
                                         Use{20'000, 200, 1 << 20}, Use{kRegionOfItsOwn, 60, 0}),
                         name_of);

}  // namespace
}  // namespace temporal_slab::heap
