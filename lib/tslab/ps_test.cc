#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <temporal_slab/slab_alloc.h>
#include <unistd.h>

#include <fstream>

#include "harness/golden.h"
#include "stats/segment_test_support.h"
#include "stats/segment_write.h"
#include "tslab/tslab_test_support.h"

namespace temporal_slab::tslab {
namespace {

using harness::matches_golden;

// The kernel gives no process this number.
constexpr pid_t kNobody = 1 << 22;

struct Sample {
  std::string allocator;
  std::string process;
};

// Runs `ps` in a fresh runtime folder.
class Ps : public testing::Test {
 protected:
  void publish(const Sample& sample) {
    const auto segment = stats::sample_segment();
    stats::put(segment->header.pid, static_cast<std::uint64_t>(kNobody));
    // A start in the future: the uptime is 0 whenever the test runs.
    stats::put(segment->header.process_start_ticks, ~std::uint64_t{0});
    stats::store_text(segment->header.allocator, sample.allocator);
    stats::store_text(segment->header.process, sample.process);
    const std::vector<std::uint64_t> words = stats::words_of(*segment);
    write_file(std::string(reinterpret_cast<const char*>(words.data()), 8 * words.size()));
  }

  void write_file(const std::string& bytes) {
    mkdir(runtime_.directory().c_str(), 0700);
    std::ofstream(runtime_.segment(kNobody, next_++), std::ios::binary) << bytes;
  }

  std::string list() {
    const Outcome outcome = run_here({"ps"});
    EXPECT_EQ(outcome.exit_code, 0);
    EXPECT_EQ(outcome.err, "");
    return outcome.out;
  }

  stats::RuntimeFolder runtime_;

 private:
  unsigned next_ = 0;
};

TEST_F(Ps, SaysHowToPublishWhenNothingIs) {
  EXPECT_EQ(list(), "no published allocator in " + runtime_.directory() +
                        "; a program publishes one with SlabOptions.publish or "
                        "TEMPORAL_SLAB_PUBLISH=1\n");
}

TEST_F(Ps, AlignsItsColumns) {
  publish({.allocator = "main", .process = "checkout"});
  publish({.allocator = "cache-of-sessions.eu-west/1", .process = "a"});
  publish({.allocator = "", .process = ""});
  publish({.allocator = "two words", .process = "Web Content"});
  publish({.allocator = "\xE6\x97\xA5\xE6\x9C\xAC", .process = "caf\xC3\xA9"});
  EXPECT_TRUE(matches_golden("tslab/ps.txt", list()));
}

TEST_F(Ps, ShowsNamesThatTryToBreakTheTerminalAsText) {
  publish({.allocator = "\x1B]0;title\x07", .process = "\x1B[2J\n\r\t"});
  publish({.allocator = "\xE2\x80\xAE"
                        "alive",
           .process = "\"quoted\" \\"});
  publish({.allocator = "\xFF\xC2\x9B"
                        "31m",
           .process = std::string(99, 'x')});
  const std::string text = list();
  EXPECT_TRUE(matches_golden("tslab/ps_hostile.txt", text));
  for (const char c : text) EXPECT_TRUE(c == '\n' || (c & 0xE0) != 0) << static_cast<int>(c);
}

// R-2.6-3
TEST_F(Ps, ListsADamagedSegmentWithItsErrorAndTheOthersBesideIt) {
  publish({.allocator = "first", .process = "good"});
  write_file("");
  write_file("short");
  write_file(std::string(1 << 20, 'x'));
  publish({.allocator = "last", .process = "good"});
  EXPECT_TRUE(matches_golden("tslab/ps_damaged.txt", list()));
}

TEST_F(Ps, ShowsALiveAllocatorUntilItIsFreed) {
  SlabOptions options;
  slab_options_init(&options);
  options.publish = true;
  options.name = "live";
  SlabAllocator* const allocator = slab_allocator_create_with(&options);
  ASSERT_TRUE(slab_allocator_published(allocator));
  const std::string text = list();
  EXPECT_THAT(
      text, testing::MatchesRegex("PID +NAME +PROCESS +UPTIME +STATE\n" + std::to_string(getpid()) +
                                  " +live +tslab_golden_test +[0-9]+s +alive\n"));
  slab_allocator_free(allocator);
  EXPECT_EQ(list().find("no published allocator"), 0u);
}

}  // namespace
}  // namespace temporal_slab::tslab
