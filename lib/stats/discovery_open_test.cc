#include <errno.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "stats/discovery.h"
#include "stats/segment_memory.h"
#include "stats/segment_test_support.h"
#include "stats/segment_write.h"

namespace temporal_slab::stats {
namespace {

using testing::HasSubstr;

// The name of the one that opens, or the error.
std::string opened(const Selector& selector) {
  OpenSegment segment;
  std::string error;
  return open_published(selector, &segment, &error) ? segment.published().identity.allocator
                                                    : error;
}

Selector by_name(const std::string& name) { return {std::nullopt, name}; }
Selector by_pid(pid_t pid) { return {pid, std::nullopt}; }

TEST(PidSelector, TakesAPidAndMaybeAName) {
  Selector selector;
  std::string error;
  ASSERT_TRUE(parse_pid_selector("4211", &selector, &error));
  EXPECT_EQ(selector.pid, 4211);
  EXPECT_FALSE(selector.name);
  ASSERT_TRUE(parse_pid_selector("4211:a:b", &selector, &error));
  EXPECT_EQ(selector.name, "a:b");
  ASSERT_TRUE(parse_pid_selector("4211:", &selector, &error));
  EXPECT_EQ(selector.name, "");
  EXPECT_FALSE(selector.number);
  ASSERT_TRUE(parse_pid_selector("4211.12:a.b", &selector, &error));
  EXPECT_EQ(selector.number, 12u);
  EXPECT_EQ(selector.name, "a.b");
}

TEST(PidSelector, RefusesEverythingElse) {
  for (const char* text : {"", ":", ":name", "x", "-1", "0", "4194305", "99999999999999999999",
                           "1 ", " 1", "1.", "1.x", "1.05", "0x10", "007"}) {
    Selector selector;
    std::string error;
    EXPECT_FALSE(parse_pid_selector(text, &selector, &error)) << text;
    EXPECT_EQ(
        error,
        std::string("--pid takes PID, PID.N or either with :NAME, PID from 1 to 4194304, not \"") +
            text + "\"");
  }
}

TEST(OpenPublished, TakesTheOnlyOne) {
  const RuntimeFolder folder;
  const auto memory = publish_sample("cache");
  EXPECT_EQ(opened({}), "cache");
  EXPECT_EQ(opened(by_name("cache")), "cache");
  EXPECT_EQ(opened(by_pid(getpid())), "cache");
  EXPECT_EQ(opened({getpid(), "cache"}), "cache");
}

TEST(OpenPublished, TakesTheOnlyReadableOne) {
  const RuntimeFolder folder;
  const auto memory = publish_sample("cache");
  write_new_file(folder.segment(1, 0), "", 0);
  EXPECT_EQ(opened({}), "cache");
}

TEST(OpenPublished, ListsTheCandidatesWhenThereAreSeveral) {
  const RuntimeFolder folder;
  const auto one = publish_sample("one");
  const auto two = publish_sample("two");
  const std::string self = std::to_string(getpid());
  const std::string process = program_invocation_short_name;
  const std::string both =
      self + ".0:one (" + process + ", alive), " + self + ".1:two (" + process + ", alive)";
  EXPECT_EQ(opened({}),
            "2 published allocators, choose one with --pid PID[.N][:NAME] or --name NAME: " + both);
  EXPECT_EQ(opened(by_pid(getpid())),
            "2 published allocators with pid " + self +
                ", choose one with --pid PID[.N][:NAME] or --name NAME: " + both);
  EXPECT_EQ(opened(by_name("two")), "two");
  EXPECT_EQ(opened({getpid(), "one"}), "one");
}

TEST(OpenPublished, SaysWhatThereIsWhenNoneFits) {
  const RuntimeFolder folder;
  EXPECT_EQ(opened({}), "no published allocator, none of this user is published");
  EXPECT_EQ(opened(by_name("x")),
            "no published allocator with name \"x\", none of this user is published");
  const auto memory = publish_sample("cache");
  const std::string there =
      std::to_string(getpid()) + ".0:cache (" + program_invocation_short_name + ", alive)";
  EXPECT_EQ(opened({1, "x"}),
            "no published allocator with pid 1 with name \"x\", there are " + there);
}

TEST(OpenPublished, ShowsABoundedNumberOfCandidates) {
  const RuntimeFolder folder;
  std::vector<std::unique_ptr<SegmentMemory>> memories;
  for (int i = 0; i < 20; ++i) memories.push_back(publish_sample("name " + std::to_string(i)));
  EXPECT_THAT(opened({}), HasSubstr("name 15 ("));
  EXPECT_THAT(opened({}), testing::Not(HasSubstr("name 16 (")));
  EXPECT_THAT(opened({}), testing::EndsWith(" and 4 more"));
}

// R-2.6-3
TEST(OpenPublished, SaysWhyTheOnlyOneCannotBeRead) {
  const RuntimeFolder folder;
  ASSERT_EQ(mkdir(folder.directory().c_str(), 0700), 0);
  write_new_file(folder.segment(1, 3), "", 0);
  EXPECT_EQ(opened(by_pid(1)),
            "no readable published allocator with pid 1: 1.3 (the segment is cut off or cannot be "
            "read: its header is not all there)");
}

TEST(OpenPublished, NamePrefersTheLivingOverWhatACrashLeft) {
  const RuntimeFolder folder;
  WaitingChild child([] { publish_sample("cache").release(); });
  child.kill_and_reap();
  EXPECT_EQ(opened(by_name("cache")), "cache") << "the dead one alone";
  const auto memory = publish_sample("cache");
  OpenSegment segment;
  std::string error;
  ASSERT_TRUE(open_published(by_name("cache"), &segment, &error)) << error;
  EXPECT_EQ(segment.published().pid, getpid());
  EXPECT_EQ(opened({}), "cache") << "the only living one";
}

TEST(OpenSegment, OfALivingProcessShowsItsResidentBytes) {
  const RuntimeFolder folder;
  const auto memory = publish_sample("cache");
  OpenSegment segment;
  std::string error;
  ASSERT_TRUE(open_published({}, &segment, &error)) << error;
  Snapshot snapshot;
  ASSERT_TRUE(segment.snapshot(&snapshot, &error)) << error;
  EXPECT_EQ(snapshot.allocator, "cache");
  EXPECT_GT(snapshot.rss_bytes_current, 0u);
  EXPECT_GT(snapshot.timestamp_ns, 0u);
}

// R-2.6-2
TEST(OpenSegment, OfADeadProcessIsReadWithoutResidentBytesAndAgesOn) {
  const RuntimeFolder folder;
  WaitingChild child([] { publish_sample("cache").release(); });
  child.kill_and_reap();
  OpenSegment segment;
  std::string error;
  ASSERT_TRUE(open_published({}, &segment, &error)) << error;
  Snapshot snapshot;
  ASSERT_TRUE(segment.snapshot(&snapshot, &error)) << error;
  EXPECT_EQ(snapshot.rss_bytes_current, 0u);
  EXPECT_EQ(snapshot.epochs[0].label, "epoch 0 of 140");
  EXPECT_GT(snapshot.epochs[0].age_sec, 0u) << "opened one second after the machine started";
}

TEST(OpenSegment, StaysReadableAfterItsProcessRemovedIt) {
  const RuntimeFolder folder;
  auto memory = publish_sample("cache");
  OpenSegment segment;
  std::string error;
  ASSERT_TRUE(open_published({}, &segment, &error)) << error;
  memory.reset();
  EXPECT_THAT(folder.files(), testing::IsEmpty());
  OpenSegment moved = std::move(segment);
  Snapshot snapshot;
  EXPECT_TRUE(moved.snapshot(&snapshot, &error)) << error;
}

// R-2.6-3
TEST(OpenSegment, ThatIsCutOffLaterIsRefusedWithItsPath) {
  const RuntimeFolder folder;
  const auto memory = publish_sample("cache");
  const std::string path = folder.segment(1, 0);
  put(memory->get()->header.publisher.pid, 1);
  write_new_file(path, memory->get(), sizeof(Segment));
  OpenSegment segment;
  std::string error;
  ASSERT_TRUE(open_published(by_pid(1), &segment, &error)) << error;
  ASSERT_EQ(truncate(path.c_str(), 5000), 0);
  Snapshot snapshot;
  EXPECT_FALSE(segment.snapshot(&snapshot, &error));
  EXPECT_THAT(error, testing::StartsWith(path + ": the segment is cut off"));
}

}  // namespace
}  // namespace temporal_slab::stats
