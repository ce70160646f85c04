#include "memory/record_pool.h"

#include <gtest/gtest.h>

#include <cstring>
#include <set>
#include <vector>

namespace temporal_slab::memory {
namespace {

constexpr std::size_t kBytes = 120;

TEST(RecordPool, RecordsOfManyBlocksDoNotOverlap) {
  MetaArena arena;
  RecordPool pool;
  std::vector<std::byte*> records;
  for (int i = 0; i < 1000; ++i) {
    records.push_back(static_cast<std::byte*>(pool.take(arena, kBytes)));
    ASSERT_NE(records.back(), nullptr);
    std::memset(records.back(), i & 255, kBytes);
  }
  for (int i = 0; i < 1000; ++i)
    for (std::size_t byte = 0; byte < kBytes; ++byte)
      ASSERT_EQ(records[static_cast<std::size_t>(i)][byte], std::byte(i & 255));
}

TEST(RecordPool, ARecordPutBackIsTakenAgainBeforeAnyFreshOne) {
  MetaArena arena;
  RecordPool pool;
  pool.take(arena, kBytes);
  void* second = pool.take(arena, kBytes);
  pool.take(arena, kBytes);
  pool.put(arena, second);
  EXPECT_EQ(pool.take(arena, kBytes), second);
}

TEST(RecordPool, ABlockWhoseLastRecordIsPutBackServesAnotherPool) {
  MetaArena arena;
  RecordPool one;
  RecordPool other;
  void* record = one.take(arena, kBytes);
  one.put(arena, record);
  void* reused = other.take(arena, 2 * kBytes);
  const auto mask = ~(std::uintptr_t{kMetaBlockBytes} - 1);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(record) & mask,
            reinterpret_cast<std::uintptr_t>(reused) & mask);
}

TEST(RecordPool, SurvivesTakingAndPuttingInAnyOrder) {
  MetaArena arena;
  RecordPool pool;
  std::vector<void*> held;
  std::uint32_t random = 1;
  for (int step = 0; step < 50'000; ++step) {
    random = random * 1664525 + 1013904223;
    if ((random >> 16) % 3 != 0 || held.empty()) {
      held.push_back(pool.take(arena, kBytes));
    } else {
      std::swap(held[(random >> 8) % held.size()], held.back());
      pool.put(arena, held.back());
      held.pop_back();
    }
    if (step % 10'000 == 9'999) {
      for (void* record : held) pool.put(arena, record);
      held.clear();
      arena.trim();
    }
  }
  EXPECT_EQ(std::set<void*>(held.begin(), held.end()).size(), held.size());
}

}  // namespace
}  // namespace temporal_slab::memory
