// Readers against a writer at full speed, in memory and through a file. Whatever
// belongs to one incarnation says so: era k has label "k.i k.i", refcount k * 1000
// + i, held by "k.i", and k objects, i counting the changes within it.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <string>
#include <thread>

#include "base/clock.h"
#include "stats/segment_memory.h"
#include "stats/segment_reader.h"
#include "stats/segment_test_support.h"
#include "stats/segment_write.h"

namespace temporal_slab::stats {
namespace {

constexpr std::uint64_t kChanges = 3;
constexpr std::uint64_t kDeadlineNs = 40'000'000'000;

// What a label of era `era` may be, or why this is none.
std::string fault_of_label(const std::string& label, std::uint64_t era) {
  if (label.empty()) return "";
  for (std::uint64_t i = 1; i <= kChanges; ++i) {
    const std::string half = std::to_string(era) + "." + std::to_string(i);
    if (label == half + " " + half) return "";
  }
  return "label \"" + label + "\" in era " + std::to_string(era);
}

std::string fault_of_refcount(std::uint64_t refcount, std::uint64_t era) {
  if (refcount == 0 || (refcount > era * 1000 && refcount <= era * 1000 + kChanges)) return "";
  return "refcount " + std::to_string(refcount) + " in era " + std::to_string(era);
}

// Turns the ring over `places` epochs, and labels and counts in each.
class Writer {
 public:
  Writer(Segment& segment, std::uint32_t places) : segment_(segment), places_(places) {
    // Era 0 was never opened; from here on every place has an era of its own.
    for (std::uint32_t i = 0; i < kSampleEpochs; ++i) turn(i);
    thread_ = std::thread([this] {
      while (!stop_.load(std::memory_order_relaxed))
        turn(static_cast<std::uint32_t>(era_) % places_);
    });
  }
  ~Writer() {
    stop_ = true;
    thread_.join();
  }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  std::uint64_t turns() const { return turns_.load(std::memory_order_relaxed); }

 private:
  void turn(std::uint32_t epoch) {
    const std::uint64_t era = ++era_;
    const std::uint64_t former = get(segment_.current_epoch);
    open_incarnation(segment_, epoch, era, era, kSampleClasses);
    put(segment_.current_epoch, epoch);
    if (former != epoch)
      put(standing_record(segment_, static_cast<std::uint32_t>(former)).state, 1);
    IncarnationRecord& record = standing_record(segment_, epoch);
    for (std::uint32_t i = 0; i < kSampleClasses; ++i)
      put(standing_cell(segment_, epoch, i).carried_objects, 0);
    for (std::uint64_t i = 1; i <= kChanges; ++i) {
      const std::string half = std::to_string(era) + "." + std::to_string(i);
      write_label(record.label, half + " " + half);
      put(record.refcount, era * 1000 + i);
      put(has_standing_holders(segment_, epoch), 1);
      hold(standing_holders(segment_, epoch), 0, era * 1000 + i, half);
      put(record.slow_path_hits, era);
    }
    turns_.store(era, std::memory_order_relaxed);
  }

  Segment& segment_;
  const std::uint32_t places_;
  std::uint64_t era_ = 0;
  std::atomic<std::uint64_t> turns_ = 0;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

std::string fault_of_row(const EpochRow& row) {
  const std::string label = fault_of_label(row.label, row.epoch_era);
  if (!label.empty()) return label;
  if (row.slow_path_hits != 0 && row.slow_path_hits != row.epoch_era) return "another era's hits";
  for (const HolderRow& holder : row.holders) {
    const std::string whose = std::to_string(row.epoch_era) + ".";
    if (!holder.thread.starts_with(whose)) return "holder \"" + holder.thread + "\" of another era";
  }
  return fault_of_refcount(row.refcount, row.epoch_era);
}

void expect_whole_rows(const SegmentView& view, const Writer& writer, int snapshots) {
  const std::uint64_t turns_before = writer.turns();
  const std::uint64_t deadline_ns = base::monotonic_ns() + kDeadlineNs;
  int taken = 0;
  while (taken < snapshots && base::monotonic_ns() < deadline_ns) {
    Snapshot snapshot;
    std::string error;
    ASSERT_TRUE(read_snapshot(view, read_context(0), &snapshot, &error)) << error;
    for (const EpochRow& row : snapshot.epochs) ASSERT_EQ(fault_of_row(row), "");
    ++taken;
  }
  EXPECT_EQ(taken, snapshots);
  EXPECT_GT(writer.turns(), turns_before) << "the ring turned meanwhile";
}

class SegmentRace : public testing::TestWithParam<std::uint32_t> {
 protected:
  SegmentRace() {
    memory_.open(true, "race");
    fill_sample(*memory_.get());
    memory_.seal();
  }
  Segment& segment() { return *memory_.get(); }

  const RuntimeFolder folder_;
  SegmentMemory memory_;
};

// R-3-3 R-2.4-2
TEST_P(SegmentRace, RowFromMemoryIsOfOneIncarnation) {
  const Writer writer(segment(), GetParam());
  expect_whole_rows(MemoryView(&segment()), writer, 2000);
}

// R-3-3 R-2.4-2
TEST_P(SegmentRace, RowFromTheFileIsOfOneIncarnation) {
  const Writer writer(segment(), GetParam());
  const int fd = open(memory_.path(), O_RDONLY);
  expect_whole_rows(FileView(fd), writer, 1000);
  close(fd);
}

// R-3-3 R-2.4-2
TEST_P(SegmentRace, IdentityIsOfOneIncarnation) {
  const Writer writer(segment(), GetParam());
  const std::uint64_t deadline_ns = base::monotonic_ns() + kDeadlineNs;
  std::uint64_t last_era = 0;
  for (int i = 0; i < 20000 && base::monotonic_ns() < deadline_ns; ++i) {
    EpochClassFigures figures;
    const EpochIdentity identity = i % 2 == 0 ? read_epoch_identity(&segment(), 0)
                                              : read_epoch_class(&segment(), 0, 7, &figures);
    ASSERT_EQ(fault_of_label(identity.label, identity.era), "");
    ASSERT_EQ(fault_of_refcount(identity.refcount, identity.era), "");
    ASSERT_EQ(identity.opened_ns, identity.era);
    ASSERT_GE(identity.era, last_era) << "eras only grow";
    last_era = identity.era;
  }
}

// All sixteen places, two (the others have references), and one alone, faster than
// any allocator turns one.
INSTANTIATE_TEST_SUITE_P(Places, SegmentRace, testing::Values(16u, 2u, 1u));

}  // namespace
}  // namespace temporal_slab::stats
