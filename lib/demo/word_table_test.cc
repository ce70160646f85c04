#include "demo/word_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <map>
#include <string>
#include <temporal_slab/temporal_slab.hpp>

namespace temporal_slab::demo {
namespace {

using testing::ElementsAre;
using testing::Field;
using testing::IsEmpty;

auto IsCount(const std::string& word, std::uint64_t count) {
  return testing::AllOf(Field(&WordCount::word, word), Field(&WordCount::count, count));
}

std::uint64_t live_objects(const Allocator& allocator) {
  const SlabGlobalStats stats = allocator.global_stats();
  return stats.total_allocs - stats.total_frees;
}

TEST(WordTable, RanksByCountThenByWord) {
  Allocator allocator;
  WordTable table{ObjectSource(allocator)};
  for (const char* word : {"pear", "apple", "fig", "apple", "fig", "kiwi"})
    ASSERT_TRUE(table.add(word));
  EXPECT_THAT(table.most_frequent(3),
              ElementsAre(IsCount("apple", 2), IsCount("fig", 2), IsCount("kiwi", 1)));
  EXPECT_EQ(table.most_frequent(99).size(), 4u);
  EXPECT_EQ(table.different_words(), 4u);
  EXPECT_EQ(table.total_words(), 6u);
}

TEST(WordTable, CountsAsAMapDoesWhileItGrows) {
  Allocator allocator;
  WordTable table{ObjectSource(allocator)};
  std::map<std::string, std::uint64_t> model;
  for (unsigned i = 0; i < 20'000; ++i) {
    const std::string word = "w" + std::to_string(i * i % 5003);
    ASSERT_TRUE(table.add(word));
    ++model[word];
  }
  std::map<std::string, std::uint64_t> counted;
  for (const WordCount& entry : table.most_frequent(model.size() + 1))
    counted[entry.word] = entry.count;
  EXPECT_EQ(counted, model);
}

TEST(WordTable, TellsLongWordsApartByTheirLastByte) {
  Allocator allocator;
  for (const std::size_t length :
       {kMostChunkBytes - 1, kMostChunkBytes, kMostChunkBytes + 1, 3 * kMostChunkBytes}) {
    WordTable table{ObjectSource(allocator)};
    const std::string word(length, 'a');
    std::string other = word;
    other.back() = 'b';
    ASSERT_TRUE(table.add(word, 2));
    ASSERT_TRUE(table.add(other, 1));
    ASSERT_TRUE(table.add(word, 2));
    EXPECT_THAT(table.most_frequent(1), ElementsAre(IsCount(word, 4)));
    ASSERT_TRUE(table.add(other, 9));
    EXPECT_THAT(table.most_frequent(1), ElementsAre(IsCount(other, 10)));
  }
}

TEST(WordTable, MergesCounts) {
  Allocator allocator;
  WordTable left{ObjectSource(allocator)};
  WordTable right{ObjectSource(allocator)};
  ASSERT_TRUE(left.add("both", 2));
  ASSERT_TRUE(right.add("both", 3));
  ASSERT_TRUE(right.add(std::string(2000, 'x'), 1));
  ASSERT_TRUE(left.merge(right));
  EXPECT_THAT(left.most_frequent(9),
              ElementsAre(IsCount("both", 5), IsCount(std::string(2000, 'x'), 1)));
  EXPECT_EQ(left.total_words(), 6u);
}

TEST(WordTable, GivesBackAllThatItTook) {
  Allocator allocator;
  {
    WordTable table{ObjectSource(allocator)};
    for (unsigned i = 1; i < 2000; ++i) ASSERT_TRUE(table.add(std::string(i, 'y')));
    EXPECT_GT(live_objects(allocator), 2000u);
  }
  EXPECT_EQ(live_objects(allocator), 0u);
  allocator.close(0);
  EXPECT_EQ(allocator.global_stats().net_slabs, 0u);
}

TEST(WordTable, IsUnchangedWhenMemoryRunsOut) {
  Options options;
  options.max_bytes = 64 * 1024;
  Allocator allocator(options);
  WordTable table{ObjectSource(allocator)};
  ASSERT_TRUE(table.add("first"));
  const std::uint64_t before = live_objects(allocator);
  errno = 0;
  EXPECT_FALSE(table.add(std::string(100'000, 'z')));
  EXPECT_EQ(errno, ENOMEM);
  EXPECT_EQ(live_objects(allocator), before);
  EXPECT_THAT(table.most_frequent(9), ElementsAre(IsCount("first", 1)));
  EXPECT_TRUE(table.add("first"));
}

TEST(WordTable, TakesObjectsFromTheEpochItIsGiven) {
  Allocator allocator;
  WordTable table{ObjectSource(allocator, 15)};
  ASSERT_TRUE(table.add("word"));
  EXPECT_EQ(allocator.epoch_stats(0, 15).live_objects, 2u);
}

TEST(WordTable, TakesObjectsFromTheInnermostDomainWithoutAnEpoch) {
  Allocator allocator;
  Domain domain(allocator, 4, false);
  DomainScope scope(domain);
  WordTable table{ObjectSource(allocator)};
  ASSERT_TRUE(table.add("word"));
  EXPECT_EQ(allocator.epoch_stats(0, 4).live_objects, 2u);
}

TEST(WordTable, WithoutWordsHasNoMostFrequentOnes) {
  Allocator allocator;
  WordTable table{ObjectSource(allocator)};
  EXPECT_THAT(table.most_frequent(10), IsEmpty());
}

}  // namespace
}  // namespace temporal_slab::demo
