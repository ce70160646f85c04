#include "stats/segment_memory.h"

#include <errno.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <temporal_slab/export.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "base/process.h"
#include "stats/segment_reader.h"
#include "stats/segment_test_support.h"
#include "stats/segment_write.h"

namespace temporal_slab::stats {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::string own_file(unsigned number) {
  return std::to_string(getpid()) + "." + std::to_string(number) + ".seg";
}

std::string error_of_file(const char* path) {
  const int fd = open(path, O_RDONLY);
  Snapshot snapshot;
  std::string error;
  const bool read = read_snapshot(FileView(fd), read_context(0), &snapshot, &error);
  close(fd);
  return read ? "" : error;
}

TEST(SegmentMemory, IsZeroBesidesTheOwner) {
  const RuntimeFolder folder;
  for (const bool publish : {false, true}) {
    SegmentMemory memory;
    ASSERT_TRUE(memory.open(publish, ""));
    EXPECT_EQ(memory.published(), publish);
    EXPECT_EQ(get(memory.get()->header.publisher.pid), static_cast<std::uint64_t>(getpid()));
    std::vector<std::uint64_t> words = words_of(*memory.get());
    const auto body = words.begin() + sizeof(SegmentHeader) / sizeof(Word);
    EXPECT_TRUE(std::all_of(body, words.end(), [](std::uint64_t word) { return word == 0; }));
    EXPECT_EQ(words.front(), 0u) << "no magic before it is sealed";
  }
}

// R-2.6-2
TEST(PublishedSegment, IsAFileOfMode0600WhateverTheUmask) {
  for (const mode_t mask : {mode_t{0}, mode_t{0377}}) {
    const RuntimeFolder folder;
    const mode_t before = umask(mask);
    SegmentMemory memory;
    ASSERT_TRUE(memory.open(true, ""));
    umask(before);
    EXPECT_EQ(memory.path(), folder.segment(getpid(), 0));
    struct stat info = {};
    ASSERT_EQ(lstat(memory.path(), &info), 0);
    EXPECT_EQ(info.st_mode, S_IFREG | mode_t{0600});
    EXPECT_EQ(info.st_size, static_cast<off_t>(sizeof(Segment)));
    // What is written to without asking is reserved, so that a full file system cannot fail a
    // store later.
    EXPECT_GE(static_cast<std::size_t>(info.st_blocks) * 512, kFixedBytes);
  }
}

TEST(PublishedSegment, TakesTheSmallestFreeNumber) {
  const RuntimeFolder folder;
  auto first = std::make_unique<SegmentMemory>();
  SegmentMemory second;
  SegmentMemory third;
  ASSERT_TRUE(first->open(true, "") && second.open(true, ""));
  EXPECT_THAT(folder.files(), ElementsAre(own_file(0), own_file(1)));
  first.reset();
  EXPECT_THAT(folder.files(), ElementsAre(own_file(1)));
  ASSERT_TRUE(third.open(true, ""));
  EXPECT_THAT(folder.files(), ElementsAre(own_file(0), own_file(1)));
}

TEST(PublishedSegment, LeavesWhatLiesAtItsNameAlone) {
  const RuntimeFolder folder;
  ASSERT_EQ(mkdir(folder.directory().c_str(), 0700), 0);
  ASSERT_EQ(symlink("/dev/null", folder.segment(getpid(), 0).c_str()), 0);
  {
    SegmentMemory memory;
    ASSERT_TRUE(memory.open(true, ""));
    EXPECT_EQ(memory.path(), folder.segment(getpid(), 1));
  }
  EXPECT_THAT(folder.files(), ElementsAre(own_file(0)));
}

TEST(PublishedSegment, IsReadyOnlyOnceSealed) {
  const RuntimeFolder folder;
  SegmentMemory memory;
  ASSERT_TRUE(memory.open(true, "cache"));
  fill_sample(*memory.get());
  EXPECT_THAT(error_of_file(memory.path()), testing::HasSubstr("not ready"));
  memory.seal();
  EXPECT_EQ(error_of_file(memory.path()), "");
}

TEST(PublishedSegment, SaysWhoseItIs) {
  const RuntimeFolder folder;
  SegmentMemory memory;
  ASSERT_TRUE(memory.open(true, "name of 31 bytes, all of it use"));
  put(memory.get()->header.class_count, 1);
  put(memory.get()->header.epoch_count, kSampleEpochs);
  memory.seal();
  SegmentIdentity identity;
  std::string error;
  ASSERT_TRUE(read_identity(MemoryView(memory.get()), &identity, &error)) << error;
  EXPECT_EQ(identity.pid, static_cast<std::uint64_t>(getpid()));
  EXPECT_EQ(identity.allocator, "name of 31 bytes, all of it use");
  EXPECT_EQ(identity.process, program_invocation_short_name);
  EXPECT_EQ(identity.version, TEMPORAL_SLAB_VERSION);
}

// R-2.6-2
TEST(PublishedSegment, IsRemovedWhenClosed) {
  const RuntimeFolder folder;
  SegmentMemory memory;
  ASSERT_TRUE(memory.open(true, ""));
  memory.close();
  EXPECT_THAT(folder.files(), IsEmpty());
  EXPECT_FALSE(memory.published());
  EXPECT_STREQ(memory.path(), "");
  memory.close();  // harmless
}

TEST(PublishedSegment, CanBeOpenedAnew) {
  const RuntimeFolder folder;
  SegmentMemory memory;
  ASSERT_TRUE(memory.open(true, "one"));
  ASSERT_TRUE(memory.open(true, "two"));
  EXPECT_THAT(folder.files(), ElementsAre(own_file(0)));
}

TEST(PublishedSegment, IsNotRemovedWhenItWasReplaced) {
  const RuntimeFolder folder;
  SegmentMemory memory;
  ASSERT_TRUE(memory.open(true, ""));
  ASSERT_EQ(unlink(memory.path()), 0);
  close(open(memory.path(), O_CREAT | O_WRONLY, 0600));
  memory.close();
  EXPECT_THAT(folder.files(), ElementsAre(own_file(0)));
}

TEST(PublishedSegment, IsRemovedAlsoAfterAChangeOfDirectory) {
  const RuntimeFolder folder;
  char* const here = get_current_dir_name();
  ASSERT_EQ(chdir(folder.path().c_str()), 0);
  setenv("TEMPORAL_SLAB_RUNTIME_DIR", ".", 1);
  SegmentMemory memory;
  ASSERT_TRUE(memory.open(true, ""));
  EXPECT_EQ(chdir(here), 0);
  EXPECT_THAT(folder.files(), ElementsAre(own_file(0)));
  memory.close();
  EXPECT_THAT(folder.files(), IsEmpty());
  free(here);
}

// R-2.6-2
TEST(PublishedSegment, IsRemovedAtExitWithAllOthers) {
  const RuntimeFolder folder;
  const int status = end_of_child([] {
    static auto* const memories = new SegmentMemory[3];  // never deleted, as applications do
    for (int i = 0; i < 3; ++i)
      if (!memories[i].open(true, "") || !memories[i].published()) _exit(1);
    memories[1].close();
    fclose(stdout);  // what the parent had buffered is not this process's
    exit(7);
  });
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 7);
  EXPECT_THAT(folder.files(), IsEmpty());
}

TEST(PublishedSegment, StaysAfterUnderscoreExit) {
  const RuntimeFolder folder;
  const int status = end_of_child([] { _exit((new SegmentMemory)->open(true, "") ? 0 : 1); });
  EXPECT_EQ(status, 0);
  EXPECT_EQ(folder.files().size(), 1u);
}

// R-2.6-2
TEST(PublishedSegment, StaysAfterSigkillAndCanBeRead) {
  const RuntimeFolder folder;
  WaitingChild child([] {
    auto* memory = new SegmentMemory;
    if (!memory->open(true, "cache")) _exit(1);
    fill_sample(*memory->get());
    memory->seal();
  });
  const std::string path = folder.segment(child.pid(), 0);
  child.kill_and_reap();
  EXPECT_EQ(error_of_file(path.c_str()), "");
}

// R-2.6-2
TEST(PublishedSegment, IsNotRemovedByAChildOfItsProcess) {
  const RuntimeFolder folder;
  SegmentMemory memory;
  ASSERT_TRUE(memory.open(true, ""));
  const auto close_it = [&memory] { memory.close(); };
  const auto exit_with_it = [] {
    fclose(stdout);
    exit(0);
  };
  const auto publish_another_and_exit = [&] {
    SegmentMemory another;
    if (!another.open(true, "")) _exit(1);
    exit_with_it();
  };
  EXPECT_EQ(end_of_child(close_it), 0);
  EXPECT_EQ(end_of_child(exit_with_it), 0);
  EXPECT_EQ(end_of_child(publish_another_and_exit), 0);
  EXPECT_THAT(folder.files(), ElementsAre(own_file(0)));
}

TEST(UnpublishedSegment, TouchesNoFile) {
  const RuntimeFolder folder;
  SegmentMemory memory;
  ASSERT_TRUE(memory.open(false, "name"));
  EXPECT_FALSE(memory.published());
  EXPECT_EQ(memory.publish_error(), 0);
  EXPECT_STREQ(memory.path(), "");
  EXPECT_NE(access(folder.directory().c_str(), F_OK), 0);
}

TEST(SegmentMemory, LeavesErrnoAsItWas) {
  const RuntimeFolder folder;
  SegmentMemory memory;
  errno = EXDEV;
  ASSERT_TRUE(memory.open(true, ""));
  memory.seal();
  memory.close();
  setenv("TEMPORAL_SLAB_RUNTIME_DIR", "/no/such/folder", 1);
  ASSERT_TRUE(memory.open(true, ""));
  memory.close();
  EXPECT_EQ(errno, EXDEV);
}

}  // namespace
}  // namespace temporal_slab::stats
