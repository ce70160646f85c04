// What the process keeps when epochs, threads and allocators are gone, as the kernel
// counts it: objects' pages, metadata and all.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstring>
#include <fstream>

#include "capi/rules_memory_support.h"

namespace temporal_slab::rules {
namespace {

constexpr std::size_t kEpochBytes = std::size_t{64} << 20;
constexpr std::size_t kTolerance = kEpochBytes / 100;

// Bytes of address space that the process has mapped.
std::size_t mapped_bytes() {
  std::size_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  return pages * kSlabBytes;
}

struct Case {
  const char* name;
  std::uint32_t bytes;
  bool discard;
};

class BigEpoch : public testing::TestWithParam<Case> {
 protected:
  BigEpoch() {
    objects.resize(kEpochBytes / kSlabBytes * slots_of(GetParam().bytes));
    // The test's own memory is there before anything is measured.
    for (Object& object : objects) object.handle = 1;
  }

  void fill(SlabAllocator* allocator, EpochId epoch) {
    for (Object& object : objects) {
      object = make_object(allocator, GetParam().bytes, epoch);
      std::memset(object.pointer, 1, GetParam().bytes);
    }
  }

  void leave(SlabAllocator* allocator, EpochId epoch) {
    if (GetParam().discard) {
      EXPECT_EQ(slab_epoch_discard(allocator, epoch), objects.size());
    } else {
      EXPECT_EQ(free_objects(allocator, objects), objects.size());
      epoch_close(allocator, epoch);
    }
  }

  std::vector<Object> objects;
};

// R-2.2-6 R-2.2-9
TEST_P(BigEpoch, LeavesResidentMemoryWithinOnePercentOfWhatItWas) {
  const Allocator allocator = make_allocator(0);
  // The first call maps what every later one uses.
  free_obj(allocator.get(), make_object(allocator.get(), 64, 15).handle);

  const EpochId current = epoch_current(allocator.get());
  const std::size_t before = resident_bytes();
  fill(allocator.get(), current);
  const std::size_t full = resident_bytes();
  leave(allocator.get(), current);
  const std::size_t after = resident_bytes();

  std::printf("%s: resident %zu KiB before, %zu full, %zu after: %+.2f%% of 64 MiB\n",
              GetParam().name, before / 1024, full / 1024, after / 1024,
              100 * (static_cast<double>(after) - static_cast<double>(before)) / kEpochBytes);
  EXPECT_GE(full, before + kEpochBytes);
  EXPECT_LE(after, before + kTolerance);
}

INSTANTIATE_TEST_SUITE_P(Of, BigEpoch,
                         testing::Values(Case{"Slots64Closed", 64, false},
                                         Case{"Slots256Closed", 256, false},
                                         Case{"Slots768Closed", 768, false},
                                         Case{"Slots64Discarded", 64, true},
                                         Case{"Slots768Discarded", 768, true}),
                         [](const auto& test) { return std::string(test.param.name); });

// R-2.2-6
TEST(ResidentMemory, DoesNotGrowOverManyEpochs) {
  const Allocator allocator = make_allocator(0);
  std::vector<Object> objects(4 << 20 >> 12 << 6);  // 4 MiB of 64-byte slots
  std::size_t settled = 0;
  for (int round = 0; round < 40; ++round) {
    const EpochId current = epoch_current(allocator.get());
    for (Object& object : objects) {
      object = make_object(allocator.get(), 64, current);
      std::memset(object.pointer, 1, 64);
    }
    ASSERT_EQ(free_objects(allocator.get(), objects), objects.size());
    epoch_close(allocator.get(), current);
    if (round == 10) settled = resident_bytes();
  }
  EXPECT_LE(resident_bytes(), settled + (4u << 20) / 100);
}

// R-2.2-7
TEST(AllocatorsThatComeAndGo, LeaveNothingMapped) {
  const auto cycle = [] {
    const Allocator allocator = make_allocator();
    make_objects(allocator.get(), 3000, 256, 0);
    slab_epoch_inc_refcount(allocator.get(), 0);
    advance(allocator.get(), 20);
    make_objects(allocator.get(), 3000, 64, epoch_current(allocator.get()));
  };
  for (int i = 0; i < 10; ++i) cycle();  // what the process keeps for ever is there now
  const std::size_t before = mapped_bytes();
  for (int i = 0; i < 200; ++i) cycle();
  // Less than one of them would leave.
  EXPECT_LE(mapped_bytes(), before + (1u << 20));
}

// R-2.2-7
TEST(ThreadsThatComeAndGo, LeaveNothingResident) {
  const Allocator allocator = make_allocator(0);
  const auto generation = [&] {
    run_threads(4, [&](unsigned index) {
      // No malloc of the test's own, which would be counted too.
      std::array<SlabHandle, 500> handles;
      const EpochId current = epoch_current(allocator.get());
      for (SlabHandle& handle : handles) {
        handle = make_object(allocator.get(), kClassBytes[index], current).handle;
      }
      for (const SlabHandle handle : handles) free_obj(allocator.get(), handle);
    });
  };
  for (int i = 0; i < 20; ++i) generation();
  EXPECT_EQ(global_stats(allocator.get()).estimated_slab_rss_bytes, 0u);
  const std::size_t before = resident_bytes();
  for (int i = 0; i < 300; ++i) generation();
  EXPECT_EQ(global_stats(allocator.get()).estimated_slab_rss_bytes, 0u);
  EXPECT_LE(resident_bytes(), before + (1u << 20));
}

}  // namespace
}  // namespace temporal_slab::rules
