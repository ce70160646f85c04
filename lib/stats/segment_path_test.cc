#include "stats/segment_path.h"

#include <errno.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "stats/segment_test_support.h"

namespace temporal_slab::stats {
namespace {

std::string directory_now() {
  char path[kPathBytes];
  return segment_directory(path) ? path : "";
}

// The errno of opening, 0 when it opens.
int refusal(const std::string& path, IfMissing if_missing = IfMissing::kFail) {
  errno = 0;
  const int fd = open_segment_directory(path.c_str(), if_missing, geteuid(), nullptr);
  if (fd < 0) return errno;
  close(fd);
  return 0;
}

mode_t mode_of(const std::string& path) {
  struct stat info = {};
  return lstat(path.c_str(), &info) == 0 ? info.st_mode & 07777 : 0;
}

TEST(SegmentName, IsPidAndNumber) {
  char name[kFileNameBytes];
  format_segment_name({4211, 3}, name);
  EXPECT_STREQ(name, "4211.3.seg");
}

TEST(SegmentName, IsReadBackForTheSmallestAndTheLargest) {
  for (const SegmentFileName& name :
       {SegmentFileName{1, 0}, SegmentFileName{kMaxPid, 4294967295}}) {
    char text[kFileNameBytes];
    format_segment_name(name, text);
    SegmentFileName back = {};
    ASSERT_TRUE(parse_segment_name(text, &back)) << text;
    EXPECT_EQ(back.pid, name.pid);
    EXPECT_EQ(back.number, name.number);
  }
}

TEST(SegmentName, EverythingElseIsRefused) {
  for (const char* text : {"",
                           ".",
                           "..",
                           "seg",
                           ".seg",
                           "1.seg",
                           "1..seg",
                           "1.0.se",
                           "1.0.segs",
                           "1.0.seg.",
                           "1.0seg",
                           "0.0.seg",
                           "-1.0.seg",
                           "+1.0.seg",
                           " 1.0.seg",
                           "1.-0.seg",
                           "01.0.seg",
                           "1.00.seg",
                           "1.0 .seg",
                           "4194305.0.seg",
                           "99999999999.0.seg",
                           "1.4294967296.seg",
                           "1,0.seg",
                           "a.0.seg",
                           "1.b.seg",
                           "0x1.0.seg"}) {
    SegmentFileName name = {};
    EXPECT_FALSE(parse_segment_name(text, &name)) << text;
  }
}

// R-2.6-2
TEST(SegmentDirectory, LiesInTheRuntimeDirectoryAndNamesTheUser) {
  const RuntimeFolder folder;
  EXPECT_EQ(directory_now(), folder.path() + "/temporal-slab-" + std::to_string(geteuid()));
}

// R-2.6-2
TEST(SegmentDirectory, LiesInDevShmWithoutTheVariableOrWithAnEmptyOne) {
  const RuntimeFolder folder;  // puts the variable back
  const std::string expected = "/dev/shm/temporal-slab-" + std::to_string(geteuid());
  setenv("TEMPORAL_SLAB_RUNTIME_DIR", "", 1);
  EXPECT_EQ(directory_now(), expected);
  unsetenv("TEMPORAL_SLAB_RUNTIME_DIR");
  EXPECT_EQ(directory_now(), expected);
}

TEST(SegmentDirectory, IsAbsoluteAlsoForARelativeVariable) {
  const RuntimeFolder folder;
  char* const here = get_current_dir_name();
  setenv("TEMPORAL_SLAB_RUNTIME_DIR", "some/where", 1);
  EXPECT_EQ(directory_now(),
            std::string(here) + "/some/where/temporal-slab-" + std::to_string(geteuid()));
  free(here);
}

TEST(SegmentDirectory, ThatDoesNotFitInAPathIsRefused) {
  const RuntimeFolder folder;
  for (const std::size_t length :
       {std::size_t{PATH_MAX} - 60, std::size_t{PATH_MAX}, std::size_t{PATH_MAX} * 3}) {
    setenv("TEMPORAL_SLAB_RUNTIME_DIR", ("/" + std::string(length, 'a')).c_str(), 1);
    errno = 0;
    EXPECT_EQ(directory_now(), "") << length;
    EXPECT_EQ(errno, ENAMETOOLONG) << length;
  }
}

// R-2.6-2
TEST(OpenSegmentDirectory, MakesItWithMode0700WhateverTheUmask) {
  for (const mode_t mask : {mode_t{0}, mode_t{022}, mode_t{0277}}) {
    const RuntimeFolder folder;
    const mode_t before = umask(mask);
    EXPECT_EQ(refusal(folder.directory(), IfMissing::kCreate), 0);
    umask(before);
    EXPECT_EQ(mode_of(folder.directory()), mode_t{0700}) << mask;
  }
}

TEST(OpenSegmentDirectory, TakesAnExistingOneAndSaysWhetherItMadeIt) {
  const RuntimeFolder folder;
  for (const bool expected : {true, false}) {
    bool created = !expected;
    const int fd =
        open_segment_directory(folder.directory().c_str(), IfMissing::kCreate, geteuid(), &created);
    EXPECT_GE(fd, 0);
    EXPECT_EQ(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    close(fd);
    EXPECT_EQ(created, expected);
  }
}

TEST(OpenSegmentDirectory, DoesNotMakeItForAReader) {
  const RuntimeFolder folder;
  EXPECT_EQ(refusal(folder.directory()), ENOENT);
  EXPECT_EQ(refusal(folder.directory()), ENOENT);
}

// R-2.6-2
TEST(OpenSegmentDirectory, RefusesALinkInItsPlace) {
  const RuntimeFolder folder;
  const std::string elsewhere = folder.path() + "/elsewhere";
  ASSERT_EQ(mkdir(elsewhere.c_str(), 0700), 0);
  ASSERT_EQ(symlink(elsewhere.c_str(), folder.directory().c_str()), 0);
  EXPECT_EQ(refusal(folder.directory(), IfMissing::kCreate), ELOOP);
  EXPECT_EQ(refusal(folder.directory(), IfMissing::kFail), ELOOP);
}

TEST(OpenSegmentDirectory, RefusesALinkToNothing) {
  const RuntimeFolder folder;
  ASSERT_EQ(symlink("nothing", folder.directory().c_str()), 0);
  EXPECT_EQ(refusal(folder.directory(), IfMissing::kCreate), ELOOP);
}

// R-2.6-2
TEST(OpenSegmentDirectory, RefusesEveryOtherMode) {
  const RuntimeFolder folder;
  ASSERT_EQ(mkdir(folder.directory().c_str(), 0700), 0);
  for (const mode_t mode : {0701u, 0710u, 0755u, 0777u, 0770u, 0704u, 01777u}) {
    ASSERT_EQ(chmod(folder.directory().c_str(), mode), 0);
    EXPECT_EQ(refusal(folder.directory()), EACCES) << std::oct << mode;
    EXPECT_EQ(mode_of(folder.directory()), mode) << "and leaves it as it is";
  }
}

// R-2.6-2
TEST(OpenSegmentDirectory, RefusesAnotherUsersDirectory) {
  const RuntimeFolder folder;
  ASSERT_EQ(mkdir(folder.directory().c_str(), 0700), 0);
  // Root can give its own away; everybody else finds one of root's.
  const bool given_away = chown(folder.directory().c_str(), 12345, 12345) == 0;
  EXPECT_EQ(refusal(given_away ? folder.directory() : "/"), EPERM);
}

TEST(OpenSegmentDirectory, SaysWhatIsMissing) {
  const RuntimeFolder folder;
  EXPECT_EQ(refusal(folder.path() + "/no/directory", IfMissing::kCreate), ENOENT);
  const int fd = open(folder.directory().c_str(), O_CREAT | O_WRONLY, 0600);
  ASSERT_GE(fd, 0);
  close(fd);
  EXPECT_EQ(refusal(folder.directory(), IfMissing::kCreate), ENOTDIR);
  EXPECT_EQ(refusal(folder.directory() + "/below", IfMissing::kCreate), ENOTDIR);
}

}  // namespace
}  // namespace temporal_slab::stats
