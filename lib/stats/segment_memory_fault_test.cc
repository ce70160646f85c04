// Publishing when the k-th call to the system fails, for every k; the linker puts
// the functions below in the place of the system's (--wrap).
#include <errno.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "stats/segment_memory.h"
#include "stats/segment_test_support.h"
#include "stats/segment_write.h"

namespace temporal_slab::stats {
namespace {

// Which call fails, counted from 1, and with what; 0 for none.
int calls_made = 0;
int failing_call = 0;
int failing_errno = 0;
bool before_linux_5_14 = false;
std::string failed_call;  // the call that did

bool this_call_fails(const std::string& call) {
  if (++calls_made != failing_call) return false;
  failed_call = call;
  errno = failing_errno;
  return true;
}

}  // namespace
}  // namespace temporal_slab::stats

extern "C" {

int __real_mkdir(const char* path, mode_t mode);
int __wrap_mkdir(const char* path, mode_t mode) {
  return temporal_slab::stats::this_call_fails("mkdir") ? -1 : __real_mkdir(path, mode);
}

// base/files.h. Calls take at most six arguments, of one word each.
long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...) {
  va_list list;
  va_start(list, number);
  long words[6];
  for (long& word : words) word = va_arg(list, long);
  va_end(list);
  const bool opens = number == SYS_openat;
  if ((opens || number == SYS_fallocate) &&
      temporal_slab::stats::this_call_fails(
          opens ? std::string("open ") + reinterpret_cast<const char*>(words[1]) : "fallocate"))
    return -1;
  return __real_syscall(number, words[0], words[1], words[2], words[3], words[4], words[5]);
}

int __real_fstat(int fd, struct stat* out);
int __wrap_fstat(int fd, struct stat* out) {
  return temporal_slab::stats::this_call_fails("fstat") ? -1 : __real_fstat(fd, out);
}

int __real_fchmod(int fd, mode_t mode);
int __wrap_fchmod(int fd, mode_t mode) {
  return temporal_slab::stats::this_call_fails("fchmod") ? -1 : __real_fchmod(fd, mode);
}

int __real_madvise(void* at, size_t length, int advice);
int __wrap_madvise(void* at, size_t length, int advice) {
  if (temporal_slab::stats::before_linux_5_14 && advice == 23 /* MADV_POPULATE_WRITE */) {
    errno = EINVAL;
    return -1;
  }
  return temporal_slab::stats::this_call_fails("madvise " + std::to_string(advice))
             ? -1
             : __real_madvise(at, length, advice);
}

int __real_ftruncate(int fd, off_t length);
int __wrap_ftruncate(int fd, off_t length) {
  return temporal_slab::stats::this_call_fails("ftruncate") ? -1 : __real_ftruncate(fd, length);
}

void* __real_mmap(void* at, size_t length, int protection, int flags, int fd, off_t offset);
void* __wrap_mmap(void* at, size_t length, int protection, int flags, int fd, off_t offset) {
  return temporal_slab::stats::this_call_fails("mmap")
             ? MAP_FAILED
             : __real_mmap(at, length, protection, flags, fd, offset);
}

}  // extern "C"

namespace temporal_slab::stats {
namespace {

using testing::IsEmpty;

// Fails one call while it stands.
class FailCall {
 public:
  FailCall(int which, int error) {
    calls_made = 0;
    failing_errno = error;
    failing_call = which;
  }
  ~FailCall() { failing_call = 0; }
  bool happened() const { return calls_made >= failing_call; }
};

mode_t mode_of(const std::string& path) {
  struct stat info = {};
  return lstat(path.c_str(), &info) == 0 ? info.st_mode & 07777 : 0;
}

bool works(SegmentMemory& memory) {
  fill_sample(*memory.get());
  memory.seal();
  return get(memory.get()->header.magic) == kSegmentMagic;
}

// Publishing fails with the errno and the allocator works unpublished.
void expect_unpublished(int expected) {
  SegmentMemory memory;
  ASSERT_TRUE(memory.open(true, "name"));
  EXPECT_FALSE(memory.published());
  EXPECT_EQ(std::strerror(memory.publish_error()), std::string(std::strerror(expected)));
  EXPECT_STREQ(memory.path(), "");
  EXPECT_TRUE(works(memory));
}

void expect_no_file_descriptor_lost(const std::function<void()>& body) {
  const auto open_now = [] {
    int count = 0;
    for (int fd = 0; fd < 256; ++fd) count += fcntl(fd, F_GETFD) >= 0 ? 1 : 0;
    return count;
  };
  const int before = open_now();
  body();
  EXPECT_EQ(open_now(), before);
}

// R-2.6-4
TEST(PublishFault, WhicheverCallFailsNothingIsLeftBehindAndItSaysWhy) {
  int k = 0;
  std::vector<std::string> done_without;
  for (bool happened = true; happened;) {
    const RuntimeFolder folder;
    failed_call = "none";
    FailCall fault(++k, ENOSPC);
    SegmentMemory memory;
    expect_no_file_descriptor_lost([&] { EXPECT_TRUE(memory.open(true, "")) << "call " << k; });
    happened = fault.happened();
    if (memory.published()) {
      // None failed, or one that can be done without.
      EXPECT_EQ(mode_of(folder.directory()), mode_t{0700}) << "call " << k;
      EXPECT_EQ(mode_of(memory.path()), mode_t{0600}) << "call " << k;
      done_without.push_back(failed_call);
      continue;
    }
    EXPECT_EQ(memory.publish_error(), ENOSPC) << "call " << k;
    EXPECT_NE(access(folder.directory().c_str(), F_OK), 0) << "call " << k;
    EXPECT_TRUE(works(memory)) << "call " << k;
  }
  EXPECT_GE(k, 10) << "every call was met";
  // Correcting a mode that is right; the lock, its page and that children do not get it; looking
  // whether it is seen; reading who this process is; the last time none failed.
  const std::string own = "open " + std::to_string(getpid()) + ".0.seg";
  EXPECT_THAT(
      done_without,
      testing::ElementsAre("fchmod", own, "fstat", "fstat", "mmap", "madvise 10", own,
                           "open /proc/sys/kernel/random/boot_id", "open /proc/self/stat", "none"));
}

// R-2.6-4
TEST(PublishFault, InADirectoryThatStoodBeforeLeavesItAsItWas) {
  const RuntimeFolder folder;
  SegmentMemory other;
  ASSERT_TRUE(other.open(true, ""));
  const auto before = folder.files();
  int failed = 0;
  for (int k = 1; k <= 8; ++k) {
    FailCall fault(k, EIO);
    SegmentMemory memory;
    ASSERT_TRUE(memory.open(true, ""));
    if (memory.published()) continue;
    EXPECT_EQ(memory.publish_error(), EIO) << "call " << k;
    EXPECT_EQ(folder.files(), before) << "call " << k;
    ++failed;
  }
  EXPECT_GE(failed, 5);
}

TEST(PublishFault, DirectoryRemovedInBetweenIsMadeAnew) {
  const RuntimeFolder folder;
  FailCall fault(6, ENOENT);  // a child's memory, mkdir, open, fchmod, fstat, then the file
  SegmentMemory memory;
  ASSERT_TRUE(memory.open(true, ""));
  EXPECT_TRUE(fault.happened());
  EXPECT_TRUE(memory.published());
}

// R-2.6-4: EINTR is taken up again; where the file system cannot reserve, zeros are written.
TEST(PublishFault, WhereTheKernelCannotPopulateAllOfItIsReserved) {
  before_linux_5_14 = true;
  for (const int error : {EINTR, EOPNOTSUPP}) {
    int reserved = 0;
    int k = 0;
    for (bool happened = true; happened;) {
      const RuntimeFolder folder;
      FailCall fault(++k, error);
      SegmentMemory memory;
      ASSERT_TRUE(memory.open(true, ""));
      happened = fault.happened();
      struct stat info = {};
      if (!memory.published() || lstat(memory.path(), &info) != 0) continue;
      EXPECT_EQ(info.st_size, static_cast<off_t>(sizeof(Segment))) << k;
      EXPECT_GE(info.st_blocks * 512, info.st_size) << k;
      EXPECT_TRUE(works(memory)) << k;
      ++reserved;
    }
    EXPECT_GE(reserved, 3);  // it is one of them that a fallocate failed
  }
  before_linux_5_14 = false;
}

TEST(PublishFault, WithoutAnyMemoryOpenFailsAndSaysSo) {
  FailCall fault(1, ENOMEM);
  SegmentMemory memory;
  errno = 0;
  EXPECT_FALSE(memory.open(false, ""));
  EXPECT_EQ(errno, ENOMEM);
  EXPECT_EQ(memory.get(), nullptr);
}

// R-2.6-4
TEST(PublishFault, WithoutTheRuntimeDirectory) {
  const RuntimeFolder folder;
  setenv("TEMPORAL_SLAB_RUNTIME_DIR", (folder.path() + "/missing").c_str(), 1);
  expect_unpublished(ENOENT);
  setenv("TEMPORAL_SLAB_RUNTIME_DIR", "/dev/null", 1);
  expect_unpublished(ENOTDIR);
  setenv("TEMPORAL_SLAB_RUNTIME_DIR", ("/" + std::string(5000, 'a')).c_str(), 1);
  expect_unpublished(ENAMETOOLONG);
}

// R-2.6-4
TEST(PublishFault, WithADirectoryThatIsNotOursAlone) {
  const RuntimeFolder folder;
  ASSERT_EQ(mkdir(folder.directory().c_str(), 0700), 0);
  ASSERT_EQ(chmod(folder.directory().c_str(), 0755), 0);
  expect_unpublished(EACCES);
  EXPECT_THAT(folder.files(), IsEmpty());
  ASSERT_EQ(rmdir(folder.directory().c_str()), 0);
  ASSERT_EQ(symlink("/tmp", folder.directory().c_str()), 0);
  expect_unpublished(ELOOP);
}

// R-2.6-4
TEST(PublishFault, PastTheFileSizeLimitEndsInNoSignal) {
  const RuntimeFolder folder;
  const auto publish_past_limit = [&folder] {
    signal(SIGXFSZ, SIG_DFL);
    const rlimit limit = {sizeof(Segment) - 1, sizeof(Segment) - 1};
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0) _exit(1);
    SegmentMemory memory;
    if (!memory.open(true, "")) _exit(2);
    if (memory.published() || memory.publish_error() != EFBIG) _exit(3);
    if (access(folder.directory().c_str(), F_OK) == 0) _exit(4);
  };
  EXPECT_EQ(end_of_child(publish_past_limit), 0);
}

// R-2.6-4
TEST(PublishFault, AfterTheMostFilesOfOneProcess) {
  const RuntimeFolder folder;
  ASSERT_EQ(mkdir(folder.directory().c_str(), 0700), 0);
  for (unsigned i = 0; i < 65536; ++i)
    ASSERT_EQ(symlink("nothing", folder.segment(getpid(), i).c_str()), 0);
  expect_unpublished(EEXIST);
}

}  // namespace
}  // namespace temporal_slab::stats
