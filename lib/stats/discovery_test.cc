#include "stats/discovery.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <vector>

#include "base/process.h"
#include "stats/segment_memory.h"
#include "stats/segment_test_support.h"
#include "stats/segment_write.h"

namespace temporal_slab::stats {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<Published> listed() {
  Listing listing;
  std::string error;
  EXPECT_TRUE(list_published(&listing, &error)) << error;
  return listing.segments;
}

std::string listing_error() {
  Listing listing;
  std::string error;
  return list_published(&listing, &error) ? "" : error;
}

std::vector<std::string> names(const std::vector<Published>& list) {
  std::vector<std::string> names;
  for (const Published& one : list) names.push_back(one.identity.allocator);
  return names;
}

TEST(ListPublished, IsEmptyWithoutADirectory) {
  const RuntimeFolder folder;
  EXPECT_THAT(listed(), IsEmpty());
  EXPECT_NE(access(folder.directory().c_str(), F_OK), 0) << "and makes none";
}

TEST(ListPublished, SaysWhoIsPublished) {
  const RuntimeFolder folder;
  const auto memory = publish_sample("cache");
  const std::vector<Published> list = listed();
  ASSERT_EQ(list.size(), 1u);
  EXPECT_EQ(list[0].pid, getpid());
  EXPECT_EQ(list[0].number, 0u);
  EXPECT_EQ(list[0].path, folder.segment(getpid(), 0));
  EXPECT_TRUE(list[0].is(Life::kAlive));
  EXPECT_LE(list[0].uptime_sec, 3600u);
  EXPECT_EQ(list[0].identity.allocator, "cache");
  EXPECT_EQ(list[0].identity.process, program_invocation_short_name);
  EXPECT_EQ(list[0].error, "");
}

TEST(ListPublished, IsSortedByPidAndNumber) {
  const RuntimeFolder folder;
  std::vector<std::unique_ptr<SegmentMemory>> memories;
  for (int i = 0; i < 12; ++i) memories.push_back(publish_sample(std::to_string(i)));
  EXPECT_THAT(names(listed()),
              ElementsAre("0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11"));
}

// R-2.6-2
TEST(ListPublished, TellsTheDeadFromTheLiving) {
  const RuntimeFolder folder;
  WaitingChild child([] { publish_sample("child").release(); });
  EXPECT_TRUE(listed().at(0).is(Life::kAlive));
  child.kill_and_reap();
  ASSERT_EQ(listed().size(), 1u);
  EXPECT_TRUE(listed()[0].is(Life::kDead));
  EXPECT_EQ(listed()[0].identity.allocator, "child");
}

// R-2.6-5: told by its pid alone.
TEST(ListPublished, TakesOneWhosePidWasUsedAgainForDead) {
  const RuntimeFolder folder;
  const auto memory = publish_sample("cache");
  const auto other = sample_segment();
  publish_by(*other, getpid(), ToldBy::kPid);
  write_new_file(folder.segment(getpid(), 1), other.get(), sizeof(Segment));
  EXPECT_TRUE(listed().at(1).is(Life::kAlive));
  add(other->header.publisher.process_start_ticks, 1);
  write_new_file(folder.segment(getpid(), 2), other.get(), sizeof(Segment));
  EXPECT_TRUE(listed().at(2).is(Life::kDead));
}

TEST(ListPublished, PassesOverWhatIsNotThisUsersSegmentFile) {
  const RuntimeFolder folder;
  const auto memory = publish_sample("cache");
  write_new_file(folder.directory() + "/notes.txt", "x", 1);
  write_new_file(folder.directory() + "/1.0.seg.tmp", "x", 1);
  ASSERT_EQ(symlink(memory->path(), folder.segment(1, 0).c_str()), 0);
  ASSERT_EQ(symlink("nothing", folder.segment(1, 1).c_str()), 0);
  ASSERT_EQ(mkdir(folder.segment(1, 2).c_str(), 0700), 0);
  ASSERT_EQ(mkfifo(folder.segment(1, 3).c_str(), 0600), 0);  // opening it must not wait
  const std::string foreign = folder.segment(1, 4);
  write_new_file(foreign, "x", 1);
  // Only root can make another user's file; nobody else can be given one here.
  if (chown(foreign.c_str(), 12345, 12345) != 0) unlink(foreign.c_str());
  EXPECT_THAT(names(listed()), ElementsAre("cache"));
}

// R-2.6-3
TEST(ListPublished, SaysWhatIsWrongWithDamagedFiles) {
  const RuntimeFolder folder;
  const auto memory = publish_sample("cache");
  const std::string bytes(sizeof(Segment), 'x');
  write_new_file(folder.segment(1, 0), "", 0);
  write_new_file(folder.segment(1, 1), bytes.data(), bytes.size());
  write_new_file(folder.segment(1, 2), memory->get(), sizeof(Segment));
  put(memory->get()->header.magic, 0);
  const std::vector<Published> list = listed();
  ASSERT_EQ(list.size(), 4u);
  EXPECT_THAT(list[0].error, HasSubstr("cut off"));
  EXPECT_THAT(list[1].error, HasSubstr("not a segment"));
  EXPECT_THAT(list[2].error, HasSubstr("pid is " + std::to_string(getpid())));
  EXPECT_THAT(list[3].error, HasSubstr("not ready"));
  for (const Published& one : list) EXPECT_EQ(one.identity.allocator, "");
}

// R-2.6-2
TEST(ListPublished, RefusesADirectoryThatIsNotThisUsersAlone) {
  const RuntimeFolder folder;
  ASSERT_EQ(mkdir(folder.directory().c_str(), 0700), 0);
  ASSERT_EQ(chmod(folder.directory().c_str(), 0755), 0);
  EXPECT_EQ(listing_error(),
            "cannot use the directory " + folder.directory() + ": its mode is not 0700");
  ASSERT_EQ(rmdir(folder.directory().c_str()), 0);
  ASSERT_EQ(symlink("/tmp", folder.directory().c_str()), 0);
  EXPECT_EQ(listing_error(), "cannot use the directory " + folder.directory() + ": it is a link");
}

// R-2.6-9 R-2.6-3
TEST(ListPublished, LooksAtABoundedNumberOfEntries) {
  const RuntimeFolder folder;
  ASSERT_EQ(mkdir(folder.directory().c_str(), 0700), 0);
  const auto add_link = [&folder](std::size_t i) {
    return symlink("nothing", (folder.directory() + "/" + std::to_string(i)).c_str()) == 0;
  };
  const auto is_whole = [] {
    Listing listing;
    std::string error;
    EXPECT_TRUE(list_published(&listing, &error)) << error;
    return listing.is_whole;
  };
  // "." and ".." count too.
  for (std::size_t i = 2; i < kMaxDirectoryEntries; ++i) ASSERT_TRUE(add_link(i));
  EXPECT_TRUE(is_whole());
  ASSERT_TRUE(add_link(0));
  EXPECT_FALSE(is_whole());
}

TEST(RemovePublished, RemovesADeadOneOnly) {
  const RuntimeFolder folder;
  WaitingChild child([] { publish_sample("cache").release(); });
  std::string error;
  const Published living = listed().at(0);
  EXPECT_FALSE(remove_published(living, &error));
  EXPECT_EQ(error, living.path + ": its process lives");
  child.kill_and_reap();
  EXPECT_TRUE(remove_published(living, &error)) << error;
  EXPECT_THAT(folder.files(), IsEmpty());
  EXPECT_FALSE(remove_published(living, &error));
  EXPECT_EQ(error, living.path + ": No such file or directory");
}

TEST(RemovePublished, LeavesAnotherFileOfTheSameNameAlone) {
  const RuntimeFolder folder;
  const auto gone = sample_segment();
  publish_by(*gone, 1, ToldBy::kLock);
  ASSERT_EQ(mkdir(folder.directory().c_str(), 0700), 0);
  write_new_file(folder.segment(1, 0), gone.get(), sizeof(Segment));
  const Published dead = listed().at(0);
  EXPECT_TRUE(is_there(dead));
  ASSERT_EQ(rename(dead.path.c_str(), (folder.directory() + "/kept").c_str()), 0);
  EXPECT_FALSE(is_there(dead));
  write_new_file(dead.path, "x", 1);
  EXPECT_FALSE(is_there(dead));
  std::string error;
  EXPECT_FALSE(remove_published(dead, &error));
  EXPECT_EQ(error, dead.path + ": another file took its place");
}

}  // namespace
}  // namespace temporal_slab::stats
