#include "stats/segment_reader.h"

#include <gtest/gtest.h>

#include <string>

#include "stats/segment_test_support.h"
#include "stats/segment_write.h"

namespace temporal_slab::stats {
namespace {

constexpr ReadContext kContext = {1'000'000'000'000, 1, 2};

std::string error_of(const SegmentView& view) {
  Snapshot snapshot;
  std::string error;
  return read_snapshot(view, kContext, &snapshot, &error) ? "" : error;
}

// A sample with one word of it changed.
template <typename Change>
std::string error_after(Change change) {
  const auto segment = sample_segment();
  change(*segment);
  return error_of(MemoryView(segment.get()));
}

// R-2.6-3
TEST(SegmentReader, SaysWhatIsWrongAndWhatIsAllowed) {
  EXPECT_EQ(error_after([](Segment&) {}), "");
  EXPECT_EQ(error_after([](Segment& s) { put(s.header.magic, 0); }),
            "the segment is not ready: its allocator was not set up to the end");
  EXPECT_EQ(error_after([](Segment& s) { put(s.header.magic, 1); }),
            "not a segment: magic is 0x0000000000000001, allowed is 0x3162616c732d5400");
  EXPECT_EQ(error_after([](Segment& s) { put(s.header.layout_version, 99); }),
            "segment of layout_version 99, this reader knows 12");
  EXPECT_EQ(error_after([](Segment& s) { put(s.header.segment_bytes, 5); }),
            "damaged segment: segment_bytes is 5, allowed is " + std::to_string(sizeof(Segment)));
  for (const std::uint64_t count : {std::uint64_t{0}, std::uint64_t{33}, ~std::uint64_t{0}})
    EXPECT_EQ(error_after([=](Segment& s) { put(s.header.class_count, count); }),
              "damaged segment: class_count is " + std::to_string(count) + ", allowed is 1 to 32");
  for (const std::uint64_t page : {std::uint64_t{0}, std::uint64_t{2048}, std::uint64_t{4097},
                                   std::uint64_t{1} << 21, std::uint64_t{1} << 63})
    EXPECT_EQ(error_after([=](Segment& s) { put(s.header.page_size, page); }),
              "damaged segment: page_size is " + std::to_string(page) +
                  ", allowed is a power of two, 4096 to 1048576");
  EXPECT_EQ(error_after([](Segment& s) { put(s.header.publisher.pid, 0); }),
            "damaged segment: pid is 0, allowed is 1 to 4194304");
  EXPECT_EQ(error_after([](Segment& s) { put(s.classes[3].object_size, 4097); }),
            "damaged segment: object_size of class 3 is 4097, allowed is 1 to 4096");
  EXPECT_EQ(error_after([](Segment& s) { put(s.classes[7].slab_bytes, 0); }),
            "damaged segment: slab_bytes of class 7 is 0, allowed is 1 to 1073741824");
  EXPECT_EQ(error_after([](Segment& s) { put(s.current_epoch, 16); }),
            "damaged segment: current_epoch is 16, allowed is 0 to 15");
  EXPECT_EQ(error_after([](Segment& s) { put(standing_record(s, 5).state, 2); }),
            "damaged segment: state of epoch 5 is 2, allowed is 0 to 1");
  EXPECT_EQ(error_after([](Segment& s) { put(s.abandoned[2].epoch_id, 99); }),
            "damaged segment: epoch_id of abandoned record 2 is 99, allowed is 0 to 15");
  EXPECT_EQ(error_after([](Segment& s) {
              put(has_standing_holders(s, 5), 1);
              put(standing_holders(s, 5).used, 65);
            }),
            "damaged segment: places of holders used in epoch 5 is 65, allowed is 0 to 64");
  EXPECT_EQ(error_after([](Segment& s) { put(s.module_count, 33); }),
            "damaged segment: module_count is 33, allowed is 0 to 32");
  EXPECT_EQ(error_after([](Segment& s) { put(s.modules[0].build_id_bytes, 32); }),
            "damaged segment: build_id_bytes of module 0 is 32, allowed is 0 to 31");
  EXPECT_EQ(error_after([](Segment& s) { put(s.modules[0].end, kSampleModule - 1); }),
            "damaged segment: end of module 0 is 123145302310911, allowed is 123145302310912 to "
            "18446744073709551615");
}

TEST(SegmentReader, DoesNotMindWhatItDoesNotUse) {
  EXPECT_EQ(error_after([](Segment& s) { put(s.classes[8].slab_bytes, 0); }), "");
  EXPECT_EQ(error_after([](Segment& s) {
              const std::uint64_t standing = get(s.epochs[5].version) & 1;
              put(s.epochs[5].record[1 - standing].state, 77);
            }),
            "");
}

TEST(SegmentReader, ReadsTheSameFromAFileAndFromMemory) {
  const auto segment = sample_segment();
  const BytesFile file(segment.get(), sizeof(Segment));
  Snapshot from_memory;
  Snapshot from_file;
  std::string error;
  ASSERT_TRUE(read_snapshot(MemoryView(segment.get()), kContext, &from_memory, &error));
  ASSERT_TRUE(read_snapshot(FileView(file.fd()), kContext, &from_file, &error)) << error;
  EXPECT_EQ(from_file.total_allocs, from_memory.total_allocs);
  EXPECT_EQ(from_file.abandoned.size(), from_memory.abandoned.size());
  for (std::size_t i = 0; i < kSampleEpochs; ++i) {
    EXPECT_EQ(from_file.epochs[i].label, from_memory.epochs[i].label);
    EXPECT_EQ(from_file.epochs[i].live_bytes, from_memory.epochs[i].live_bytes);
  }
}

TEST(SegmentReader, ClosingCurrentEpochIsShownAfterBoundedTries) {
  // No writer leaves it so; a damaged segment may.
  EXPECT_EQ(error_after([](Segment& s) { put(standing_record(s, 6).state, 1); }), "");
}

TEST(SegmentReader, IdentityNeedsTheHeaderAlone) {
  const auto segment = sample_segment();
  BytesFile file(segment.get(), sizeof(Segment));
  file.cut(sizeof(SegmentHeader));
  SegmentIdentity identity;
  std::string error;
  EXPECT_TRUE(read_identity(FileView(file.fd()), &identity, &error)) << error;
  EXPECT_EQ(identity.allocator, "sample");
  file.cut(sizeof(SegmentHeader) - 1);
  EXPECT_FALSE(read_identity(FileView(file.fd()), &identity, &error));
}

TEST(EpochIdentity, IsThatOfTheStandingIncarnation) {
  const auto segment = sample_segment();
  const EpochIdentity identity = read_epoch_identity(segment.get(), 8);
  EXPECT_EQ(identity.era, 148u);
  EXPECT_EQ(identity.opened_ns, 9'000'000'000u);
  EXPECT_EQ(identity.state, EpochState::kClosing);
  EXPECT_EQ(identity.refcount, 2u);
  EXPECT_STREQ(identity.label, "epoch 8 of 148");
  EXPECT_EQ(identity.label_length, 14u);
}

// R-2.3-1
TEST(Refcount, IsTheSumOfTheRecordAndOfAllHeaps) {
  const auto segment = sample_segment();
  put(segment->heap_count, 2);
  put(segment->heaps[0].held[8].refs, 6 * kHeldTurn + 10);
  put(segment->heaps[1].held[8].refs, kHeldTurn + 3);  // inside of a section
  put(standing_record(*segment, 8).refcount, std::uint64_t{0} - 8);
  Refcount count = read_refcount(segment.get(), 8);
  EXPECT_TRUE(count.exact);
  EXPECT_EQ(count.refs, 5u);
  // A thread that stopped in the midst of a change is no hindrance.
  put(standing_holders(*segment, 8).turn, 7);
  count = read_refcount(segment.get(), 8);
  EXPECT_TRUE(count.exact);
  EXPECT_EQ(count.refs, 5u);
  EXPECT_EQ(read_epoch_identity(segment.get(), 8).refcount, 5u);
}

TEST(EpochIdentity, ComesWithTheFiguresOfOneClass) {
  const auto segment = sample_segment();
  for (const std::uint32_t class_index : {0u, 5u}) {
    const CellWords& cell = standing_cell(*segment, 8, class_index);
    EpochClassFigures figures;
    EXPECT_EQ(read_epoch_class(segment.get(), 8, class_index, &figures).era, 148u);
    EXPECT_EQ(figures.live_objects, get(cell.live_objects) + get(cell.carried_objects));
    EXPECT_EQ(figures.partial_slabs, get(cell.partial_slabs));
    EXPECT_EQ(figures.full_slabs, get(cell.full_slabs));
    EXPECT_EQ(figures.reclaimable_slabs, get(cell.reclaimable_slabs));
    EXPECT_EQ(figures.carried_slabs,
              get(cell.carried_partial_slabs) + get(cell.carried_full_slabs));
  }
}

TEST(MemoryView, RefusesWhatLiesOutside) {
  const auto segment = sample_segment();
  const MemoryView view(segment.get());
  Word words[2];
  EXPECT_TRUE(view.read(sizeof(Segment) - 16, words, 16));
  EXPECT_TRUE(view.read(sizeof(Segment), words, 0));
  EXPECT_FALSE(view.read(sizeof(Segment) - 8, words, 16));
  EXPECT_FALSE(view.read(~std::size_t{7}, words, 16));
  EXPECT_FALSE(view.read(8, words, ~std::size_t{7}));
}

}  // namespace
}  // namespace temporal_slab::stats
