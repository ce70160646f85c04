#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <temporal_slab/slab_alloc.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "harness/golden.h"
#include "stats/segment_test_support.h"
#include "stats/segment_write.h"
#include "tslab/display.h"
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

TEST_F(Ps, ReapsTheDeadAndSaysWhich) {
  publish({.allocator = "main", .process = "check\nout"});
  write_file("short");
  const auto alive = stats::publish_sample("alive");
  const Outcome first = run_here({"ps", "--reap"});
  const std::string nobody = std::to_string(kNobody);
  EXPECT_EQ(first.out,
            "removed " + nobody + " main of \"check\\x0aout\": " + runtime_.segment(kNobody, 0) +
                "\nremoved " + nobody + " unreadable: " + runtime_.segment(kNobody, 1) + "\n");
  EXPECT_EQ(first.exit_code, 0);
  EXPECT_EQ(runtime_.files().size(), 1u);
  const Outcome second = run_here({"ps", "--reap"});
  EXPECT_EQ(second.out, "nothing to remove: no dead process left a segment\n");
  EXPECT_EQ(second.exit_code, 0);
}

TEST_F(Ps, AlignsTheColumnsOfWideCombiningAndRightToLeftNames) {
  for (const char* name :
       {"\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E\xE6\x97\xA5\xE6"
        "\x9C\xAC"
        "-31-by",
        "x\xCC\x81x\xCC\x81", "\xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D", "\xF0\x9F\x98\x80", "plain"})
    publish({.allocator = name, .process = name});
  std::istringstream lines(list());
  std::size_t column = 0;
  for (std::string line; std::getline(lines, line);) {
    const std::size_t state = std::max(line.rfind("STATE") + 1, line.rfind("dead") + 1) - 1;
    const std::size_t here = display_width(line.substr(0, state));
    if (column == 0) column = here;
    EXPECT_EQ(here, column) << line;
  }
}

TEST_F(Ps, SortsByAFigureTheLargestFirstAndShowsIt) {
  std::vector<SlabAllocator*> all;
  for (const auto& [name, objects] : {std::pair{"few", 10}, {"most", 3000}, {"some", 200}}) {
    SlabOptions options;
    slab_options_init(&options);
    options.publish = true;
    options.name = name;
    all.push_back(slab_allocator_create_with(&options));
    for (int i = 0; i < objects; ++i) ASSERT_NE(slab_malloc(all.back(), 1024), nullptr);
  }
  slab_epoch_inc_refcount(all[0], 0);
  const auto names = [](const std::string& text) {
    std::vector<std::string> found;
    std::istringstream lines(text);
    std::string pid, name;
    for (std::string line; std::getline(lines, line);) {
      std::istringstream(line) >> pid >> name;
      found.push_back(name);
    }
    return found;
  };
  using testing::ElementsAre;
  EXPECT_THAT(names(run_here({"ps"}).out), ElementsAre("NAME", "few", "most", "some"));
  const std::string sorted = run_here({"ps", "--sort", "live_bytes"}).out;
  EXPECT_THAT(names(sorted), ElementsAre("NAME", "most", "some", "few"));
  EXPECT_THAT(sorted, testing::ContainsRegex(" most .* 2\\.93MB +[0-9.]+MB +1/16 +0 +- +"));
  EXPECT_THAT(names(run_here({"ps", "--sort", "references"}).out),
              ElementsAre("NAME", "few", "most", "some"));
  EXPECT_THAT(run_here({"ps", "--sort", "size"}).err,
              testing::HasSubstr("unknown key 'size' (allowed: live_bytes, "));

  // One ranking and one verdict over all of them.
  const Outcome top = run_here({"top", "--all", "--epochs", "--n", "2"});
  EXPECT_EQ(top.out.find("top epochs of all by rss_bytes\npid      allocator    epoch "), 0U)
      << top.out;
  EXPECT_THAT(top.out, testing::ContainsRegex("MB *\n[0-9]+ +some "));
  const Outcome doctor = run_here({"doctor", "--all", "--slow-path", "100"});
  EXPECT_EQ(doctor.exit_code, 0) << doctor.out;
  for (const char* name : {"few", "most", "some"})
    EXPECT_THAT(doctor.out, testing::HasSubstr(std::string("all is well with ") + name));
  for (int i = 0; i < 3; ++i) slab_epoch_dec_refcount(all[1], 0);
  const Outcome found = run_here({"doctor", "--all", "--slow-path", "100"});
  EXPECT_EQ(found.exit_code, 1);
  EXPECT_THAT(found.out, testing::ContainsRegex(
                             "most of tslab_golden_test \\(pid [0-9]+\\):\nUNDERFLOW count=3"));
  EXPECT_EQ(run_here({"doctor", "--all", "--pid", "1"}).exit_code, 2);
  for (SlabAllocator* const one : all) slab_allocator_free(one);
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
      text, testing::MatchesRegex(
                "PID +NAME +PROCESS +UPTIME +LIVE +SLABS +EPOCHS +REFS +OLDEST +FINDINGS +STATE\n" +
                std::to_string(getpid()) +
                " +live +tslab_golden_test +[0-9]+s +0.00MB +0.00MB +1/16 +0 +- +0 +alive\n"));
  slab_allocator_free(allocator);
  EXPECT_EQ(list().find("no published allocator"), 0u);
}

}  // namespace
}  // namespace temporal_slab::tslab
