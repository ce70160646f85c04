// max_bytes: never exceeded, as the allocator says and as the kernel sees it, and
// nothing is lost below it.
#include <gtest/gtest.h>

#include <cstring>

#include "capi/rules_memory_support.h"

namespace temporal_slab::rules {
namespace {

constexpr std::size_t kSlabs = 16;
constexpr std::size_t kLimit = kSlabs * kSlabBytes;

// Allocates until it is refused. Every object is written to, so its page is there.
std::vector<Object> fill(SlabAllocator* allocator, std::uint32_t bytes, EpochId epoch) {
  std::vector<Object> objects;
  for (;;) {
    const Object object = make_object(allocator, bytes, epoch);
    if (object.pointer == nullptr) return objects;
    std::memset(object.pointer, 1, bytes);
    objects.push_back(object);
    if (objects.size() > 100000) {
      ADD_FAILURE() << "no limit";
      return objects;
    }
  }
}

// R-2.1-10
TEST(MaxBytes, RefusesWithENOMEM) {
  const Allocator allocator = make_allocator(0, kLimit);
  fill(allocator.get(), 64, 0);
  EXPECT_EQ(errno_after([&] { EXPECT_EQ(slab_malloc(allocator.get(), 64), nullptr); }), ENOMEM);
  EXPECT_EQ(errno_after([&] { EXPECT_EQ(slab_malloc_epoch(allocator.get(), 64, 3), nullptr); }),
            ENOMEM);
}

// R-2.1-10
TEST(MaxBytes, LetsEveryClassUseAllOfIt) {
  for (const std::uint32_t bytes : kClassBytes) {
    const Allocator allocator = make_allocator(0, kLimit);
    EXPECT_EQ(fill(allocator.get(), bytes, 0).size(), kSlabs * slots_of(bytes)) << bytes;
  }
}

// R-2.1-10
TEST(MaxBytes, IsNeverExceededByTheAllocatorsOwnFigure) {
  const Allocator allocator = make_allocator(4 * kSlabBytes, kLimit);
  std::vector<Object> objects;
  for (unsigned i = 0; i < 20000; ++i) {
    const Object object = make_object(allocator.get(), kClassBytes[i * 5 % 8], i * 11 % kEpochs);
    if (object.pointer != nullptr) objects.push_back(object);
    if (objects.size() > 3 && (i % 3 == 0 || object.pointer == nullptr)) {
      const std::size_t victim = i * 7919 % objects.size();
      ASSERT_TRUE(free_obj(allocator.get(), objects[victim].handle));
      objects[victim] = objects.back();
      objects.pop_back();
    }
    ASSERT_LE(global_stats(allocator.get()).estimated_slab_rss_bytes, kLimit) << "step " << i;
  }
}

// R-2.1-10
TEST(MaxBytes, IsNeverExceededInTheKernelsEyes) {
  const Allocator allocator = make_allocator(kLimit, kLimit);
  std::vector<Object> ever;
  for (unsigned round = 0; round < 64; ++round) {
    const auto objects = fill(allocator.get(), kClassBytes[round % 8], round % kEpochs);
    ASSERT_FALSE(objects.empty()) << "round " << round;
    ever.insert(ever.end(), objects.begin(), objects.end());
    ASSERT_LE(resident_pages(pages_of(ever)), kSlabs) << "round " << round;
    ASSERT_EQ(free_objects(allocator.get(), objects), objects.size());
    ASSERT_LE(resident_pages(pages_of(ever)), kSlabs) << "round " << round;
  }
}

// R-2.1-10
TEST(MaxBytes, ThatIsNoMultipleOfASlabIsRoundedDown) {
  const Allocator allocator = make_allocator(0, 3 * kSlabBytes - 1);
  EXPECT_EQ(fill(allocator.get(), 768, 0).size(), 2 * slots_of(768));
}

// R-2.1-10
TEST(MaxBytes, BelowOneSlabRefusesEverything) {
  const Allocator allocator = make_allocator(0, kSlabBytes - 1);
  EXPECT_EQ(errno_after([&] { EXPECT_EQ(slab_malloc(allocator.get(), 64), nullptr); }), ENOMEM);
  EXPECT_EQ(global_stats(allocator.get()).estimated_slab_rss_bytes, 0u);
}

// R-2.1-10
TEST(MaxBytes, ReachedLeavesEverythingElseWorking) {
  const Allocator allocator = make_allocator(0, kLimit);
  const auto objects = fill(allocator.get(), 128, 0);
  slab_epoch_set_label(allocator.get(), 0, "full");
  EXPECT_EQ(label_of(allocator.get(), 0), "full");
  epoch_advance(allocator.get());
  EXPECT_EQ(slab_malloc(allocator.get(), 64), nullptr);
  EXPECT_EQ(free_objects(allocator.get(), objects), objects.size());
  EXPECT_EQ(fill(allocator.get(), 64, 1).size(), kSlabs * slots_of(64));
}

// R-2.1-10
TEST(MaxBytes, CountsOneAllocatorOnly) {
  const Allocator one = make_allocator(0, kLimit);
  const Allocator other = make_allocator(0, kLimit);
  EXPECT_EQ(fill(one.get(), 512, 0).size(), kSlabs * slots_of(512));
  EXPECT_EQ(fill(other.get(), 512, 0).size(), kSlabs * slots_of(512));
}

// R-2.1-10
TEST(MaxBytes, IsNotExceededByThreadsThatAllocateAtOnce) {
  const Allocator allocator = make_allocator(0, kLimit);
  std::atomic<std::size_t> count{0};
  run_threads(4, [&](unsigned) { count.fetch_add(fill(allocator.get(), 512, 0).size()); });
  EXPECT_EQ(count.load(), kSlabs * slots_of(512));
  EXPECT_EQ(global_stats(allocator.get()).estimated_slab_rss_bytes, kLimit);
}

struct Reserve {
  const char* name;
  std::size_t retain_bytes;
};

class EmptySlab : public testing::TestWithParam<Reserve> {};

// R-2.2-7 R-2.1-10
TEST_P(EmptySlab, OfAnActiveEpochIsReusableByAnyClassAndEpoch) {
  const Allocator allocator = make_allocator(GetParam().retain_bytes, kLimit);
  for (const std::uint32_t from : kClassBytes) {
    for (const std::uint32_t to : kClassBytes) {
      const auto former = fill(allocator.get(), from, 0);
      ASSERT_EQ(former.size(), kSlabs * slots_of(from)) << from << " to " << to;
      ASSERT_EQ(free_objects(allocator.get(), former), former.size());
      const auto next = fill(allocator.get(), to, 9);
      ASSERT_EQ(next.size(), kSlabs * slots_of(to)) << from << " to " << to;
      ASSERT_EQ(free_objects(allocator.get(), next), next.size());
    }
  }
}

// R-2.2-7 R-2.1-10
TEST_P(EmptySlab, OfEachOfManyActiveEpochsIsReusable) {
  const Allocator allocator = make_allocator(GetParam().retain_bytes, kLimit);
  for (int round = 0; round < 5; ++round) {
    for (EpochId epoch = 0; epoch < kEpochs; ++epoch) {
      const auto objects = make_objects(allocator.get(), slots_of(256), 256, epoch);
      ASSERT_EQ(free_objects(allocator.get(), objects), objects.size());
    }
    const auto objects = fill(allocator.get(), 64, 0);
    ASSERT_EQ(objects.size(), kSlabs * slots_of(64)) << "round " << round;
    ASSERT_EQ(free_objects(allocator.get(), objects), objects.size());
  }
}

INSTANTIATE_TEST_SUITE_P(Keeping, EmptySlab,
                         testing::Values(Reserve{"None", 0}, Reserve{"Some", 3 * kSlabBytes},
                                         Reserve{"All", 2 * kLimit}),
                         [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace temporal_slab::rules
