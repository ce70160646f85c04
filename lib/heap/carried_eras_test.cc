#include "heap/carried_eras.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <map>
#include <random>

namespace temporal_slab::heap {
namespace {

TEST(CarriedEras, AnEraGoesWithItsLastSlab) {
  CarriedEras eras;
  EXPECT_EQ(eras.count(), 0u);
  EXPECT_EQ(eras.oldest_opened_ns(), 0u);
  eras.carry(3, 300, 2);
  eras.carry(19, 1900, 0);
  eras.carry(35, 3500, 1);
  EXPECT_EQ(eras.count(), 2u);
  EXPECT_EQ(eras.oldest_opened_ns(), 300u);
  eras.slab_left(3);
  EXPECT_EQ(eras.count(), 2u);
  eras.slab_left(3);
  EXPECT_EQ(eras.count(), 1u);
  EXPECT_EQ(eras.oldest_opened_ns(), 3500u);
  eras.slab_left(35);
  EXPECT_EQ(eras.count(), 0u);
  EXPECT_EQ(eras.oldest_opened_ns(), 0u);
}

TEST(CarriedEras, SlabsOfThousandsOfErasGoInAnyOrder) {
  CarriedEras eras;
  std::mt19937 random(1);
  std::map<std::uint64_t, std::uint64_t> wanted;  // slabs of each era
  for (std::uint64_t step = 1; step <= 40'000; ++step) {
    // Grows, shrinks to nothing, and grows again.
    const bool grow = step / 10'000 % 2 == 0 ? random() % 3 != 0 : random() % 3 == 0;
    if (grow || wanted.empty()) {
      const std::uint64_t slabs = 1 + random() % 3;
      eras.carry(16 * step, 1000 + step, slabs);
      wanted[16 * step] = slabs;
    } else {
      auto era = wanted.lower_bound(random() % (16 * step));
      if (era == wanted.end()) era = wanted.begin();
      eras.slab_left(era->first);
      if (--era->second == 0) wanted.erase(era);
    }
    ASSERT_EQ(eras.count(), wanted.size()) << "step " << step;
    ASSERT_EQ(eras.oldest_opened_ns(), wanted.empty() ? 0 : 1000 + wanted.begin()->first / 16)
        << "step " << step;
  }
}

// R-2.1-10
TEST(CarriedEras, WithoutMemoryFurtherErasCountAsTheLastOne) {
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const rlimit none = {0, 0};
    setrlimit(RLIMIT_AS, &none);
    CarriedEras eras;
    for (std::uint64_t era = 16; era <= 160; era += 16) eras.carry(era, era, 2);
    const bool merged = eras.count() == 1 && eras.oldest_opened_ns() == 16;
    for (std::uint64_t era = 160; era >= 16; era -= 16) {
      if (eras.count() != 1) _exit(2);
      eras.slab_left(era);
      eras.slab_left(era);
    }
    _exit(merged && eras.count() == 0 ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

}  // namespace
}  // namespace temporal_slab::heap
