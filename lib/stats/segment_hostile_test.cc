// Segments that were damaged, forged or cut off, also while they are read.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "stats/segment_reader.h"
#include "stats/segment_test_support.h"
#include "stats/segment_write.h"

namespace temporal_slab::stats {
namespace {

using testing::HasSubstr;

constexpr ReadContext kContext = {1'000'000'000'000, 1, 2};

std::string error_of(const SegmentView& view) {
  Snapshot snapshot;
  std::string error;
  return read_snapshot(view, kContext, &snapshot, &error) ? "" : error;
}

// "" for a snapshot in order, or for a refusal that says why in one line; else
// what is wrong with the answer.
std::string fault_of_answer(const SegmentView& view) {
  Snapshot snapshot;
  std::string error;
  if (read_snapshot(view, kContext, &snapshot, &error)) return offence_of(snapshot);
  if (error.empty()) return "a refusal without a reason";
  return error.find('\n') == std::string::npos ? "" : "more than one line: " + error;
}

constexpr std::size_t kPageWords = 512;
constexpr std::size_t kPages = sizeof(Segment) / (kPageWords * sizeof(Word));

// The pages of a segment that have something: those that a reader looks at are among them. Of 18 MB
// it looks at little.
std::vector<std::size_t> used_pages(const std::vector<std::uint64_t>& words) {
  std::vector<std::size_t> pages;
  for (std::size_t page = 0; page < kPages; ++page)
    if (std::any_of(&words[page * kPageWords], &words[page * kPageWords] + kPageWords,
                    [](std::uint64_t word) { return word != 0; }))
      pages.push_back(page);
  return pages;
}

// R-2.6-3
TEST(HostileSegment, AnyOneWordOverwrittenGivesAReasonOrASnapshotInOrder) {
  const auto segment = sample_segment();
  std::mt19937_64 random(20240229);
  Word* const words = reinterpret_cast<Word*>(segment.get());
  std::vector<bool> page_is_used(kPages + 1);
  for (const std::size_t page : used_pages(words_of(*segment))) page_is_used[page] = true;
  for (std::size_t i = 0; i < sizeof(Segment) / sizeof(Word); ++i) {
    const std::uint64_t good = get(words[i]);
    // What the sample leaves at 0 belongs to classes, places and modules that are not in
    // use; no two in a row are of one kind, so a stride that divides no record meets all.
    if (good == 0 && i % (page_is_used[i / kPageWords] ? 29 : 4'001) != 0) continue;
    std::vector<std::uint64_t> bad = {~std::uint64_t{0}, random()};
    if (good != 0) bad.insert(bad.end(), {0, 1, std::uint64_t{1} << 63, good ^ 1, good + 1});
    for (const std::uint64_t value : bad) {
      put(words[i], value);
      ASSERT_EQ(fault_of_answer(MemoryView(segment.get())), "") << "word " << i << " = " << value;
    }
    put(words[i], good);
  }
  EXPECT_EQ(error_of(MemoryView(segment.get())), "") << "all words are good again";
}

// R-2.6-3
TEST(HostileSegment, ManyWordsOverwrittenGiveAReasonOrASnapshotInOrder) {
  std::mt19937_64 random(20240301);
  const auto segment = sample_segment();
  Word* const words = reinterpret_cast<Word*>(segment.get());
  const std::vector<std::uint64_t> good = words_of(*segment);
  const std::vector<std::size_t> used = used_pages(good);
  std::size_t snapshots = 0;
  for (int round = 0; round < 1000; ++round) {
    std::vector<std::size_t> overwritten;
    // Most often behind the header, so that not all end there.
    const std::size_t first = round % 8 == 0 ? 0 : sizeof(SegmentHeader) / sizeof(Word);
    for (std::uint64_t left = 1 + random() % 200; left > 0; --left) {
      const std::size_t page = random() % 8 == 0 ? random() % kPages : used[random() % used.size()];
      const std::size_t at = std::max(first, page * kPageWords + random() % kPageWords);
      put(words[at], random() >> random() % 64);
      overwritten.push_back(at);
    }
    ASSERT_EQ(fault_of_answer(MemoryView(segment.get())), "") << "round " << round;
    if (error_of(MemoryView(segment.get())).empty()) ++snapshots;
    for (const std::size_t at : overwritten) put(words[at], good[at]);
  }
  EXPECT_GT(snapshots, 50u);
}

// R-2.6-3
TEST(HostileSegment, NoiseIsNoSegment) {
  std::mt19937_64 random(20240302);
  std::vector<std::uint64_t> noise(sizeof(Segment) / 8);
  for (std::uint64_t& word : noise) word = random();
  const BytesFile file(noise.data(), sizeof(Segment));
  EXPECT_THAT(error_of(FileView(file.fd())), HasSubstr("not a segment"));
  const BytesFile empty("", 0);
  EXPECT_THAT(error_of(FileView(empty.fd())), HasSubstr("cut off"));
  EXPECT_THAT(error_of(FileView(-1)), HasSubstr("cannot be read"));
}

// R-2.6-3
TEST(HostileSegment, CutOffAnywhereItIsRefused) {
  const auto segment = sample_segment();
  put(segment->abandoned_total, 64);
  put(segment->module_count, kMaxModules);  // so that the end of the file is used
  for (std::uint32_t i = 13; i < 64; ++i) put(segment->abandoned[i].sequence, 2 * i + 2);
  BytesFile file(segment.get(), sizeof(Segment));
  EXPECT_EQ(error_of(FileView(file.fd())), "");
  for (std::size_t cut = 1; cut <= sizeof(Segment); cut += cut < 4096 ? 7 : 1021) {
    file.cut(sizeof(Segment) - cut);
    ASSERT_THAT(error_of(FileView(file.fd())), HasSubstr("cut off")) << cut << " bytes less";
  }
  for (std::size_t size = 0; size < sizeof(Segment); size += 4096) {
    file.cut(size);  // grows again, with zeros in the place of what was cut
    ASSERT_NE(error_of(FileView(file.fd())), "") << size;
  }
}

// R-2.6-3
TEST(HostileSegment, CutOffWhileItReadsItIsRefusedAndNoSignalComes) {
  const auto segment = sample_segment();
  BytesFile file(segment.get(), sizeof(Segment));
  const std::vector<std::uint64_t> words = words_of(*segment);
  const std::vector<std::size_t> used = used_pages(words);
  std::atomic<bool> done = false;
  std::atomic<std::size_t> refused = 0;
  std::atomic<std::size_t> read = 0;
  std::thread cutter([&] {
    constexpr std::size_t kPageBytes = kPageWords * sizeof(Word);
    for (std::size_t turn = 0; !done; ++turn) {
      for (const std::size_t size : {std::size_t{40000}, std::size_t{100}, std::size_t{0}})
        file.cut(size);
      for (const std::size_t page : used)
        if (pwrite(file.fd(), &words[page * kPageWords], kPageBytes,
                   static_cast<off_t>(page * kPageBytes)) < 0)
          return;
      file.cut(sizeof(Segment));
      // Whole, it stays so now and then until somebody read it.
      if (turn % 8 != 0) continue;
      const std::size_t before = read;
      while (!done && read == before) {
      }
    }
  });
  const std::uint64_t deadline_ns = base::monotonic_ns() + 20'000'000'000;
  while ((refused < 200 || read < 20) && base::monotonic_ns() < deadline_ns) {
    const std::string error = error_of(FileView(file.fd()));
    ++(error.empty() ? read : refused);
  }
  done = true;
  cutter.join();
  EXPECT_GE(refused, 200u);
  EXPECT_GE(read, 20u);
}

}  // namespace
}  // namespace temporal_slab::stats
