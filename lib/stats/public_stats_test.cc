#include "stats/public_stats.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>

namespace temporal_slab::stats {
namespace {

bool same(std::uint64_t plain, std::uint64_t value) { return plain == value; }
bool same(const char* plain, const std::string& value) { return value == plain; }

#define TEMPORAL_SLAB_SET_U64(name) row.name = (std::uint64_t{1} << 63) + ++next;
#define TEMPORAL_SLAB_SET_TEXT(name) row.name = #name;
#define TEMPORAL_SLAB_SET(name, type, kind, origin, unit, help) TEMPORAL_SLAB_SET_##type(name)
#define TEMPORAL_SLAB_EXPECT(name, type, kind, origin, unit, help) \
  EXPECT_TRUE(same(plain.name, row.name)) << #name;

TEST(PublicStats, EveryGlobalFieldArrives) {
  std::uint64_t next = 0;
  Snapshot row;
  TEMPORAL_SLAB_GLOBAL_FIELDS(TEMPORAL_SLAB_SET)
  SlabGlobalStats plain;
  std::memset(&plain, 0xFF, sizeof plain);
  fill(row, &plain);
  TEMPORAL_SLAB_GLOBAL_FIELDS(TEMPORAL_SLAB_EXPECT)
}

TEST(PublicStats, EveryClassFieldArrives) {
  std::uint64_t next = 0;
  ClassRow row;
  TEMPORAL_SLAB_CLASS_FIELDS(TEMPORAL_SLAB_SET)
  SlabClassStats plain;
  std::memset(&plain, 0xFF, sizeof plain);
  fill(row, &plain);
  TEMPORAL_SLAB_CLASS_FIELDS(TEMPORAL_SLAB_EXPECT)
}

#undef TEMPORAL_SLAB_EXPECT
#undef TEMPORAL_SLAB_SET
#undef TEMPORAL_SLAB_SET_TEXT
#undef TEMPORAL_SLAB_SET_U64

TEST(PublicStats, ATextIsCutToItsArrayAndMadeWellFormed) {
  Snapshot row;
  row.version = "vvvvvvvvvvvvvv\xC3\xA9";
  row.process = std::string(100, 'p');
  row.allocator = "bad \xFF byte";
  SlabGlobalStats plain;
  fill(row, &plain);
  EXPECT_STREQ(plain.version, "vvvvvvvvvvvvvv");
  EXPECT_EQ(std::string(plain.process), std::string(SLAB_PROCESS_BYTES - 1, 'p'));
  EXPECT_STREQ(plain.allocator, "bad \xEF\xBF\xBD byte");
}

}  // namespace
}  // namespace temporal_slab::stats
