#include "harness/session/placement.h"

#include <gtest/gtest.h>

namespace temporal_slab::harness::session {
namespace {

constexpr std::uintptr_t kPage = 0x100000;
constexpr model::Object kObject{2, 18, 0, true, 64};
constexpr model::Object kMedium{2, 18, 9, true, 1536};
constexpr model::Object kLarge{2, 18, model::kLargeClass, true, 40960};

TEST(Placement, SeesOverlap) {
  Placement p;
  EXPECT_EQ(p.put(kPage, kPage, kObject), "");
  EXPECT_EQ(p.put(kPage, kPage, kObject), "is where a live object lies");
}

TEST(Placement, SeesTwoIncarnationsInOneSlab) {
  Placement p;
  EXPECT_EQ(p.put(kPage, kPage, kObject), "");
  EXPECT_EQ(p.put(kPage + 64, kPage, {2, 2, 0, true, 64}), "lies in a slab of epoch 2, era 18");
  EXPECT_EQ(p.put(kPage + 128, kPage, {2, 18, 1, true, 96}), "is no slot of its class");
  EXPECT_EQ(p.put(kPage + 192, kPage, {2, 18, 1, true, 96}), "lies in a slab of another class");
}

TEST(Placement, SeesMisalignment) {
  EXPECT_EQ(Placement().put(kPage + 32, kPage, kObject), "is not aligned to 64");
}

TEST(Placement, CountsSlabsAndRoom) {
  Placement p;
  for (std::uintptr_t i = 0; i < 64; ++i) p.put(kPage + 64 * i, kPage, kObject);
  EXPECT_FALSE(p.has_room(2, 18, 0));
  EXPECT_EQ(p.standing(2, 18, 0), (SlabCounts{0, 1}));
  p.take(kPage, kObject);
  EXPECT_TRUE(p.has_room(2, 18, 0));
  EXPECT_EQ(p.carried(2, 34, 0), (SlabCounts{1, 0}));
  for (std::uintptr_t i = 1; i < 64; ++i) p.take(kPage + 64 * i, kObject);
  EXPECT_EQ(p.slabs(), 0u);
  EXPECT_EQ(p.bytes(), 0u);
}

TEST(Placement, SeesSlabsOfSeveralPagesThatOverlap) {
  Placement p;
  EXPECT_EQ(p.put(kPage + 1536, kPage, kMedium), "");
  EXPECT_EQ(p.bytes(), 3 * model::kPageBytes);
  EXPECT_EQ(p.put(kPage + 8192, kPage + 8192, kLarge), "lies in two slabs");
  EXPECT_EQ(p.put(kPage + 3 * 4096, kPage + 3 * 4096, kLarge), "");
  EXPECT_EQ(p.put(kPage + 5 * 4096, kPage + 5 * 4096, kMedium), "lies in two slabs");
}

}  // namespace
}  // namespace temporal_slab::harness::session
