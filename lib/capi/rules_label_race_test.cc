// Labels as one thread reads them while another writes: whole, and of the
// incarnation that is read.
#include <gtest/gtest.h>

#include <cstring>

#include "capi/rules_json_support.h"

namespace temporal_slab::rules {
namespace {

constexpr int kLeastWrites = 20000;
constexpr int kLeastReads = 500;

// A label of one letter, of a length that follows from it.
std::string uniform_label(int i) {
  const auto letter = static_cast<unsigned>(i % 26);
  return std::string(6 + letter, static_cast<char>('a' + letter));
}

bool is_uniform(const std::string& label) {
  return label.empty() || label == uniform_label(label[0] - 'a');
}

// Runs `read` over and over while another thread runs `write`, until both have run
// often enough; how often `read` returned false.
template <typename Write, typename Read>
int wrong_reads(Write&& write, Read&& read) {
  std::atomic<bool> written{false};
  std::atomic<int> reads{0};
  int wrong = 0;
  run_threads(2, [&](unsigned index) {
    if (index == 0) {
      for (int i = 0; i < kLeastWrites || reads.load() < kLeastReads; ++i) write(i);
      written.store(true);
    } else {
      while (!written.load()) {
        wrong += read() ? 0 : 1;
        reads.fetch_add(1);
      }
    }
  });
  return wrong;
}

// R-2.4-2
TEST(Label, IsNeverTornWhileAnotherThreadWritesIt) {
  const Allocator allocator = make_allocator();
  EXPECT_EQ(wrong_reads(
                [&](int i) { slab_epoch_set_label(allocator.get(), 0, uniform_label(i).c_str()); },
                [&] { return is_uniform(label_of(allocator.get(), 0)); }),
            0);
}

// R-2.4-2
TEST(LabelInEpochStats, IsNeverTornWhileAnotherThreadWritesIt) {
  const Allocator allocator = make_allocator();
  EXPECT_EQ(wrong_reads(
                [&](int i) { slab_epoch_set_label(allocator.get(), 0, uniform_label(i).c_str()); },
                [&] { return is_uniform(epoch_stats(allocator.get(), 0, 0).label); }),
            0);
}

// R-2.4-2
TEST(LabelInASnapshot, IsNeverTornWhileAnotherThreadWritesIt) {
  const Allocator allocator = make_allocator();
  EXPECT_EQ(wrong_reads(
                [&](int i) { slab_epoch_set_label(allocator.get(), 0, uniform_label(i).c_str()); },
                [&] {
                  const Json json = Json::parse(json_text(allocator.get()));
                  return is_uniform(json["epochs"][0]["label"].get<std::string>());
                }),
            0);
}

// Turns the ring and labels each new incarnation by its era.
void turn_and_label(SlabAllocator* allocator) {
  epoch_advance(allocator);
  const EpochId current = epoch_current(allocator);
  const std::string label = "era " + std::to_string(slab_epoch_era(allocator, current));
  slab_epoch_set_label(allocator, current, label.c_str());
}

bool belongs_to(const std::string& label, std::uint64_t era) {
  return label.empty() || label == "era " + std::to_string(era);
}

// R-2.4-2 R-3-3
TEST(LabelInEpochStats, IsNeverAnotherErasWhileTheRingTurns) {
  const Allocator allocator = make_allocator();
  EpochId epoch = 0;
  EXPECT_EQ(wrong_reads([&](int) { turn_and_label(allocator.get()); },
                        [&] {
                          epoch = (epoch + 1) % kEpochs;
                          const SlabEpochStats stats = epoch_stats(allocator.get(), 0, epoch);
                          return belongs_to(stats.label, stats.epoch_era);
                        }),
            0);
}

// R-2.4-2 R-3-3
TEST(LabelsInASnapshot, AreNeverAnotherErasWhileTheRingTurns) {
  const Allocator allocator = make_allocator();
  EXPECT_EQ(wrong_reads([&](int) { turn_and_label(allocator.get()); },
                        [&] {
                          const Json json = Json::parse(json_text(allocator.get()));
                          for (const Json& row : json["epochs"]) {
                            if (!belongs_to(row["label"], row["epoch_era"])) return false;
                          }
                          return true;
                        }),
            0);
}

// R-2.4-2
TEST(Label, IsNeverOneOfAnEraThatIsGoneWhileTheRingTurns) {
  const Allocator allocator = make_allocator();
  EpochId epoch = 0;
  EXPECT_EQ(wrong_reads([&](int) { turn_and_label(allocator.get()); },
                        [&] {
                          epoch = (epoch + 1) % kEpochs;
                          const std::uint64_t before = slab_epoch_era(allocator.get(), epoch);
                          const std::string label = label_of(allocator.get(), epoch);
                          const std::uint64_t after = slab_epoch_era(allocator.get(), epoch);
                          if (label.empty()) return true;
                          const std::uint64_t era = std::stoull(label.substr(4));
                          return before <= era && era <= after;
                        }),
            0);
}

// R-3-3
TEST(EpochRow, NeverMixesTwoIncarnationsWhileTheRingTurns) {
  // A label that follows from the era is there before the incarnation is left, so
  // every CLOSING row shows it; and a place has only eras of its own.
  const Allocator allocator = make_allocator();
  EXPECT_EQ(wrong_reads(
                [&](int) {
                  const EpochId current = epoch_current(allocator.get());
                  const std::uint64_t era = slab_epoch_era(allocator.get(), current);
                  const std::string label = "era " + std::to_string(era);
                  slab_epoch_set_label(allocator.get(), current, label.c_str());
                  epoch_advance(allocator.get());
                },
                [&] {
                  const Json json = Json::parse(json_text(allocator.get()));
                  for (const Json& row : json["epochs"]) {
                    const std::uint64_t era = row["epoch_era"];
                    if (row["state"] == "CLOSING" && row["label"] != "era " + std::to_string(era))
                      return false;
                    if (era != 0 && era % kEpochs != row["epoch_id"]) return false;
                  }
                  return true;
                }),
            0);
}

}  // namespace
}  // namespace temporal_slab::rules
