// memory_resource.hpp: containers of the standard library and of others in an epoch.
#include <gtest/gtest.h>

#include <cerrno>
#include <cstring>
#include <deque>
#include <fstream>
#include <list>
#include <map>
#include <memory_resource>
#include <new>
#include <nlohmann/json.hpp>
#include <numeric>
#include <sstream>
#include <string>
#include <temporal_slab/temporal_slab.hpp>
#include <unordered_map>
#include <vector>

#include "capi/rules_memory_support.h"
#include "harness/golden.h"

namespace temporal_slab {
namespace {

constexpr std::size_t kPageBytes = 4096;

std::uint64_t live(const Allocator& allocator) {
  SlabGlobalStats stats{};
  slab_stats_global(allocator.get(), &stats);
  return stats.total_allocs - stats.total_frees;
}

// Every alignment up to a page, for sizes around every class.
TEST(EpochResource, AlignsAsItIsAsked) {
  Allocator allocator;
  EpochResource memory(allocator);
  for (std::size_t alignment = 1; alignment <= kPageBytes; alignment *= 2) {
    for (std::size_t bytes = 0; bytes <= 40'000; bytes += 1 + bytes / 7) {
      void* object = memory.allocate(bytes, alignment);
      ASSERT_EQ(reinterpret_cast<std::uintptr_t>(object) % alignment, 0u) << bytes;
      ASSERT_GE(allocator.usable_size(object), bytes);
      memory.deallocate(object, bytes, alignment);
    }
  }
  EXPECT_EQ(live(allocator), 0u);
}

TEST(EpochResource, RefusesMoreAlignmentThanAPageAndMoreBytesThanThereAre) {
  Allocator allocator;
  EpochResource memory(allocator);
  errno = 0;
  EXPECT_THROW((void)memory.allocate(64, 2 * kPageBytes), std::bad_alloc);
  EXPECT_EQ(errno, EINVAL);
  EXPECT_THROW((void)memory.allocate(~std::size_t{0}, 8), std::bad_alloc);
  EXPECT_EQ(errno, ENOMEM);
  EXPECT_THROW(EpochResource(allocator, SLAB_EPOCH_COUNT), std::system_error);
}

// R-2.2-8
TEST(EpochResource, AllocatesInItsIncarnationOrNotAtAll) {
  Allocator allocator;
  EpochResource memory(allocator);
  (void)memory.allocate(100);
  allocator.advance();
  errno = 0;
  EXPECT_THROW((void)memory.allocate(100), std::bad_alloc);
  EXPECT_EQ(errno, ESTALE);
  for (unsigned i = 1; i < SLAB_EPOCH_COUNT; ++i) allocator.advance();
  ASSERT_EQ(allocator.state(memory.epoch()), EPOCH_ACTIVE);
  ASSERT_NE(allocator.era(memory.epoch()), memory.era());
  errno = 0;
  EXPECT_THROW((void)memory.allocate(100), std::bad_alloc) << "the epoch has another incarnation";
  EXPECT_EQ(errno, ESTALE);
  EXPECT_EQ(live(allocator), 1u);
}

TEST(EpochResource, IsEqualToOneOfTheSameIncarnationOnly) {
  Allocator allocator;
  Allocator other;
  EpochResource here(allocator);
  EXPECT_EQ(here, EpochResource(allocator));
  EXPECT_NE(here, EpochResource(other));
  EXPECT_NE(here, EpochResource(allocator, 1));
  EXPECT_NE(here, *std::pmr::new_delete_resource());
  EpochResource former(allocator, 5);
  for (unsigned i = 0; i < SLAB_EPOCH_COUNT; ++i) allocator.advance();
  EXPECT_NE(former, EpochResource(allocator, 5));
}

TEST(EpochResource, CarriesContainersOfContainers) {
  Allocator allocator;
  EpochResource memory(allocator, 3);
  {
    std::pmr::unordered_map<std::pmr::string, std::pmr::vector<std::pmr::string>> words(&memory);
    for (int i = 0; i < 2000; ++i)
      words[std::pmr::string("key " + std::to_string(i % 100) + std::string(40, '.'))].emplace_back(
          static_cast<std::size_t>(i), 'x');
    EXPECT_EQ(words.size(), 100u);
    std::size_t letters = 0;
    for (const auto& [key, values] : words)
      for (const auto& value : values) letters += value.size();
    EXPECT_EQ(letters, 1999u * 1000u);
    SlabEpochStats stats{};
    std::uint64_t in_epoch = 0;
    for (std::uint32_t i = 0; i < SLAB_CLASS_COUNT; ++i) {
      slab_stats_epoch(allocator.get(), i, 3, &stats);
      in_epoch += stats.live_objects;
    }
    EXPECT_EQ(in_epoch, live(allocator));
    EXPECT_GT(in_epoch, 2000u);
  }
  EXPECT_EQ(live(allocator), 0u);
}

TEST(EpochAllocator, ServesTheContainersOfTheStandardLibrary) {
  Allocator allocator;
  {
    const EpochAllocator<int> memory(allocator);
    std::vector<int, EpochAllocator<int>> numbers(memory);
    for (int i = 0; i < 100'000; ++i) numbers.push_back(i);
    EXPECT_EQ(std::accumulate(numbers.begin(), numbers.end(), 0ll), 4999950000ll);
    std::list<int, EpochAllocator<int>> list(numbers.begin(), numbers.begin() + 1000, memory);
    using Pair = std::pair<const int, double>;
    std::map<int, double, std::less<>, EpochAllocator<Pair>> map{EpochAllocator<Pair>(memory)};
    for (int i : list) map[i % 37] += i;
    EXPECT_EQ(map.size(), 37u);
    std::deque<int, EpochAllocator<int>> deque(list.begin(), list.end(), memory);
    EXPECT_EQ(deque.back(), 999);
    auto moved = std::move(numbers);
    EXPECT_EQ(moved.get_allocator(), memory);
    EXPECT_EQ(EpochAllocator<double>(memory), memory);
    EXPECT_NE(EpochAllocator<int>(allocator, 7), memory);
  }
  EXPECT_EQ(live(allocator), 0u);
  EpochAllocator<double> numbers(allocator);
  EXPECT_THROW((void)numbers.allocate(~std::size_t{0} / 4), std::bad_array_new_length);
}

// A library's own containers.
template <typename T>
using DomainVector = std::vector<T, DomainAllocator<T>>;
using DomainString = std::basic_string<char, std::char_traits<char>, DomainAllocator<char>>;
template <typename Key, typename Value, typename Less, typename Memory>
using Map = std::map<Key, Value, Less, Memory>;
using DomainJson = nlohmann::basic_json<Map, std::vector, DomainString, bool, std::int64_t,
                                        std::uint64_t, double, DomainAllocator>;

TEST(DomainAllocator, AllocatesWhereItsThreadIsAndNowhereElse) {
  Allocator allocator;
  Domain domain(allocator, 9, false);
  {
    const DomainScope scope(domain);
    DomainVector<int> numbers(5000, 1);
    SlabEpochStats stats{};
    slab_stats_epoch(allocator.get(), 17, 9, &stats);
    EXPECT_EQ(stats.live_objects, 1u) << "20000 bytes";
  }
  EXPECT_EQ(live(allocator), 0u);
  errno = 0;
  EXPECT_THROW((void)DomainAllocator<int>().allocate(1), std::bad_alloc);
  EXPECT_EQ(errno, EINVAL);
}

std::vector<std::string> real_documents() {
  std::vector<std::string> texts;
  for (const char* name : {"golden/json_busy.json", "golden/json_hostile.json",
                           "stats_v1.schema.json", "grafana/temporal_slab.json"}) {
    std::ifstream file(harness::source_path(std::string("schemas/") + name));
    std::ostringstream text;
    text << file.rdbuf();
    texts.push_back(text.str());
    EXPECT_GT(texts.back().size(), 1000u) << name;
  }
  return texts;
}

// R-2.2-9: documents as another allocator has them, gone with their epoch, and their
// memory back as the kernel sees it.
TEST(DomainAllocator, ParsesRealDocumentsWhoseMemoryIsBackWithTheEpoch) {
  Options options;
  options.retain_bytes = 0;
  Allocator allocator(options);
  const std::vector<std::string> texts = real_documents();
  // Storage whose destructors never run: what is in it goes with the epoch.
  alignas(DomainJson) std::byte storage[4][sizeof(DomainJson)];
  std::vector<std::uintptr_t> pages;
  {
    Domain domain(allocator);
    const DomainScope scope(domain);
    for (std::size_t i = 0; i < texts.size(); ++i) {
      const auto* document = new (storage[i]) DomainJson(DomainJson::parse(texts[i]));
      const DomainString shown = document->dump();
      EXPECT_EQ(std::string_view(shown), nlohmann::json::parse(texts[i]).dump());
      for (const auto& [key, value] : document->items())
        pages.push_back(rules::page_of(static_cast<const void*>(&value)));
    }
  }
  ASSERT_GT(live(allocator), 2000u);
  ASSERT_EQ(rules::resident_pages(pages), pages.size());
  const std::uint64_t objects = live(allocator);
  EXPECT_EQ(allocator.discard(allocator.current_epoch()), objects);
  EXPECT_EQ(live(allocator), 0u);
  EXPECT_EQ(rules::resident_pages(pages), 0u);
  SlabGlobalStats stats{};
  slab_stats_global(allocator.get(), &stats);
  EXPECT_EQ(stats.estimated_slab_rss_bytes, 0u);
}

}  // namespace
}  // namespace temporal_slab
