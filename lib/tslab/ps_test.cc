#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <temporal_slab/slab_alloc.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <regex>
#include <sstream>

#include "harness/golden.h"
#include "harness/schema_validator.h"
#include "render/fleet.h"
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
    stats::publish_by(*segment, kNobody, stats::ToldBy::kLock);
    // It died 10,000 s after its machine was started, and was published then, however long this
    // machine runs: its clock is so far ahead that this is past. It began a minute and 5 s before.
    constexpr std::uint64_t kSecondNs = 1'000'000'000;
    stats::PublisherWords& publisher = segment->header.publisher;
    stats::put(publisher.clock_base_ns, stats::get(publisher.clock_base_ns) + 20'000 * kSecondNs);
    stats::put(publisher.created_ns, 10'000 * kSecondNs);
    stats::put(publisher.process_start_ns, 9'935 * kSecondNs);
    // How long ago that was is 0 whenever the test runs.
    stats::put(publisher.created_realtime_ns, ~std::uint64_t{0});
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

TEST_F(Ps, LetsTopAndDoctorLookAtAllOfThemAtOnce) {
  publish({.allocator = "first", .process = "good"});
  write_file("short");
  publish({.allocator = "\x1B[2J", .process = "\xE6\x97\xA5"});
  // What a dead one says is of the moment at which it was written.
  const auto without_moment = [](const std::string& text) {
    return std::regex_replace(text, std::regex("as of [-0-9T:]+Z"), "as of ...");
  };
  const std::string top =
      run_here({"top", "--all", "--epochs", "--by", "live_objects", "--n", "4"}).out +
      run_here({"top", "--all", "--classes", "--n", "4"}).out;
  EXPECT_TRUE(matches_golden("tslab/top_all.txt", without_moment(top)));
  const Outcome doctor = run_here({"doctor", "--all", "--abandoned-refs", "9999", "--pinned-slabs",
                                   "9999", "--madvise-failures", "9999"});
  EXPECT_EQ(doctor.exit_code, 2);
  EXPECT_TRUE(matches_golden("tslab/doctor_all.txt", without_moment(doctor.out) + doctor.err));
}

TEST_F(Ps, ReapsTheDeadAndSaysWhich) {
  publish({.allocator = "main", .process = "check\nout"});
  write_file("short");
  const auto alive = stats::publish_sample("alive");
  const Outcome first = run_here({"ps", "--reap"});
  const std::string nobody = std::to_string(kNobody);
  EXPECT_EQ(first.out,
            "removed " + nobody + " main of \"check\\x0aout\": " + runtime_.segment(kNobody, 0) +
                "\n1 left, of which it is not known whether they live: tslab ps says why\n");
  EXPECT_EQ(first.exit_code, 0);
  EXPECT_EQ(runtime_.files().size(), 2u);
  const Outcome second = run_here({"ps", "--reap"});
  EXPECT_EQ(second.out,
            "nothing to remove: no dead process left a segment\n"
            "1 left, of which it is not known whether they live: tslab ps says why\n");
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

// The words of one column, from the row of titles on.
std::vector<std::string> column(const std::string& text, std::size_t which) {
  std::vector<std::string> found;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string word;
    for (std::size_t i = 0; i <= which; ++i) words >> word;
    found.push_back(word);
  }
  return found;
}

// Three allocators of this process.
class Fleet : public Ps {
 protected:
  Fleet() {
    for (const auto& [name, objects] : {std::pair{"few", 10}, {"most", 3000}, {"some", 200}}) {
      SlabOptions options;
      slab_options_init(&options);
      options.publish = true;
      options.name = name;
      all_.push_back(slab_allocator_create_with(&options));
      for (int i = 0; i < objects; ++i) EXPECT_NE(slab_malloc(all_.back(), 1024), nullptr);
    }
  }
  ~Fleet() override {
    for (SlabAllocator* const one : all_) slab_allocator_free(one);
  }

  static Outcome doctor(Words more) {
    more.insert(more.begin(), {"doctor", "--all", "--slow-path", "100"});
    return run_here(more);
  }

  const std::string pid_ = std::to_string(getpid());
  std::vector<SlabAllocator*> all_;
};

TEST_F(Fleet, IsSortedByAFigureTheLargestFirst) {
  using testing::ElementsAre;
  slab_epoch_inc_refcount(all_[0], 0);
  EXPECT_THAT(column(list(), 1), ElementsAre("NAME", "few", "most", "some"));
  const std::string sorted = run_here({"ps", "--sort", "live_bytes"}).out;
  EXPECT_THAT(column(sorted, 1), ElementsAre("NAME", "most", "some", "few"));
  EXPECT_THAT(sorted, testing::ContainsRegex(" most .* 2\\.93MB +[0-9.]+MB +1/16 +0 +- +0 +alive"));
  // Ties stay by pid and number.
  EXPECT_THAT(column(run_here({"ps", "--sort", "references"}).out, 1),
              ElementsAre("NAME", "few", "most", "some"));
  slab_epoch_dec_refcount(all_[0], 0);
}

TEST_F(Fleet, SaysWhatPidTakesForEachOfSeveralOfOneProcess) {
  const std::vector<std::string> pids = column(list(), 0);
  ASSERT_EQ(pids.size(), 4u);
  for (std::size_t i = 1; i < pids.size(); ++i) {
    EXPECT_EQ(pids[i], pid_ + "." + std::to_string(i - 1));
    EXPECT_EQ(run_here({"stats", "--pid", pids[i]}).exit_code, 0);
  }
  slab_allocator_free(all_.back());
  slab_allocator_free(all_.front());
  all_ = {all_[1]};
  EXPECT_THAT(column(list(), 0), testing::ElementsAre("PID", pid_));
}

TEST_F(Fleet, ShowsTheFigureThatItIsSortedBy) {
  EXPECT_THAT(list(), testing::Not(testing::HasSubstr("RSS")));
  const std::string text = run_here({"ps", "--sort", "rss_bytes"}).out;
  EXPECT_THAT(text, testing::StartsWith("PID "));
  EXPECT_THAT(text, testing::ContainsRegex(" FINDINGS +RSS +STATE\n"));
  EXPECT_THAT(text, testing::ContainsRegex(" most .* [0-9]+\\.[0-9][0-9]MB +alive\n"));
}

TEST_F(Fleet, IsSortedWithWhatCannotBeReadAtTheEnd) {
  write_file("short");
  publish({.allocator = "dead", .process = "gone"});
  for (const render::FleetKey& key : render::kFleetKeys) {
    const Outcome outcome = run_here({"ps", "--sort", std::string(key.name)});
    EXPECT_EQ(outcome.exit_code, 0);
    const std::size_t last = outcome.out.rfind('\n', outcome.out.size() - 2) + 1;
    EXPECT_THAT(outcome.out.substr(last), testing::HasSubstr("unreadable: ")) << key.name;
    EXPECT_EQ(column(outcome.out, 0).size(), 6u);
  }
}

TEST_F(Fleet, CountsTheFindingsOfTheGivenAge) {
  publish({.allocator = "dead", .process = "gone"});
  const auto findings = [](const std::string& age) {
    return column(run_here({"ps", "--age", age, "--sort", "findings"}).out, 9).at(1);
  };
  EXPECT_NE(findings("0"), findings("1000d"));
  const Outcome dead = run_here({"doctor", "--age", "0", "--name", "dead"});
  std::size_t count = 0;
  std::istringstream lines(dead.out);
  for (std::string line; std::getline(lines, line);)
    count += line[0] >= 'A' && line[0] <= 'Z' ? 1 : 0;
  EXPECT_EQ(findings("0"), std::to_string(count));
}

TEST_F(Fleet, HasOneRankingThatSaysWhoseEachRowIs) {
  const Outcome top = run_here({"top", "--all", "--epochs", "--n", "2"});
  EXPECT_EQ(top.exit_code, 0);
  EXPECT_EQ(top.err, "");
  EXPECT_THAT(top.out, testing::MatchesRegex(
                           "top epochs by rss_bytes, of 3 allocators: 3 alive\n"
                           "pid +name +process +epoch +era +state +age +refcount +rss +label\n" +
                           pid_ + "\\.1 +most +tslab_golden_test +0 .*MB\n" + pid_ +
                           "\\.2 +some +tslab_golden_test +0 .*MB\n"));
  EXPECT_THAT(
      column(run_here({"top", "--all", "--classes", "--by", "live_bytes", "--n", "3"}).out, 1),
      testing::ElementsAre("classes", "name", "most", "some", "few"));
}

TEST_F(Fleet, HasRankingsThatSayWhichAreDeadOrUnreadable) {
  publish({.allocator = "gone", .process = "before"});
  write_file("short");
  const Outcome top = run_here({"top", "--all", "--epochs", "--by", "refcount", "--n", "2"});
  EXPECT_EQ(top.exit_code, 0);
  EXPECT_THAT(top.out,
              testing::StartsWith("top epochs by refcount, of 5 allocators: 3 alive, 1 dead, "
                                  "1 unreadable\n"));
  const std::string nobody = std::to_string(kNobody);
  EXPECT_THAT(top.out, testing::HasSubstr("\n" + nobody + ".0: the process is dead; ages "));
  EXPECT_THAT(top.out,
              testing::HasSubstr("\n" + nobody + ".1 is unreadable: the segment is cut off"));
}

TEST_F(Fleet, IsWellOrNotAsAWhole) {
  const Outcome well = doctor({});
  EXPECT_EQ(well.exit_code, 0);
  EXPECT_EQ(well.out, pid_ + ".0, few of tslab_golden_test: no finding\n" + pid_ +
                          ".1, most of tslab_golden_test: no finding\n" + pid_ +
                          ".2, some of tslab_golden_test: no finding\n"
                          "findings in 0 of 3 allocators: 3 alive\n");
  for (int i = 0; i < 3; ++i) slab_epoch_dec_refcount(all_[1], 0);
  const Outcome found = doctor({});
  EXPECT_EQ(found.exit_code, 1);
  EXPECT_EQ(found.err, "");
  // Those with findings come first.
  EXPECT_THAT(found.out, testing::StartsWith(pid_ + ".1, most of tslab_golden_test: 1 finding\n"
                                                    "UNDERFLOW count=3"));
  EXPECT_THAT(found.out, testing::EndsWith("\n\n" + pid_ +
                                           ".0, few of tslab_golden_test: no finding\n" + pid_ +
                                           ".2, some of tslab_golden_test: no finding\n"
                                           "findings in 1 of 3 allocators: 3 alive\n"));
  const Outcome json = doctor({"--json"});
  EXPECT_EQ(json.exit_code, 1);
  std::istringstream lines(json.out);
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line); ++count)
    EXPECT_TRUE(harness::is_valid_findings_json(line + "\n"));
  EXPECT_EQ(count, 3u);
}

TEST_F(Fleet, IsNotCalledWellIfOneOfItCannotBeRead) {
  write_file("short");
  write_file("");  // one that is being made
  for (const Words& more : {Words{}, Words{"--json"}}) {
    const Outcome outcome = doctor(more);
    EXPECT_EQ(outcome.exit_code, 2);
    EXPECT_EQ(outcome.err, "tslab: doctor: " + std::to_string(kNobody) +
                               ".0 is unreadable: the segment is cut off or cannot be read: its "
                               "header is not all there\n");
    EXPECT_EQ(std::count(outcome.out.begin(), outcome.out.end(), '\n'), more.empty() ? 4 : 3);
  }
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
