#include "memory/meta_arena.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <cstring>
#include <set>
#include <vector>

namespace temporal_slab::memory {
namespace {

std::size_t resident_pages(std::byte* memory, std::size_t bytes) {
  std::vector<unsigned char> pages(bytes / 4096);
  EXPECT_EQ(::mincore(memory, bytes, pages.data()), 0);
  std::size_t count = 0;
  for (const unsigned char page : pages) count += page & 1;
  return count;
}

TEST(MetaArena, BlocksAreAlignedAndApart) {
  MetaArena arena;
  std::set<std::byte*> blocks;
  for (int i = 0; i < 600; ++i) {
    std::byte* block = arena.take_block();
    ASSERT_NE(block, nullptr);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(block) % kMetaBlockBytes, 0u);
    std::memset(block, 0xAB, kMetaBlockBytes);
    EXPECT_TRUE(blocks.insert(block).second);
  }
}

TEST(MetaArena, IdleBlocksAboveTheFewThatStayAreGivenBack) {
  MetaArena arena;
  std::vector<std::byte*> blocks;
  for (int i = 0; i < 100; ++i) {
    blocks.push_back(arena.take_block());
    std::memset(blocks.back(), 1, kMetaBlockBytes);
  }
  for (std::byte* block : blocks) arena.put_block(block);
  arena.trim();
  std::size_t resident = 0;
  for (std::byte* block : blocks) resident += resident_pages(block, kMetaBlockBytes);
  EXPECT_EQ(resident, 0u);
}

TEST(MetaArena, AFewIdleBlocksStayResident) {
  MetaArena arena;
  std::byte* block = arena.take_block();
  std::memset(block, 1, kMetaBlockBytes);
  arena.put_block(block);
  arena.trim();
  EXPECT_EQ(resident_pages(block, kMetaBlockBytes), kMetaBlockBytes / 4096);
  EXPECT_EQ(arena.take_block(), block);
}

}  // namespace
}  // namespace temporal_slab::memory
