#include "base/files.h"

#include <errno.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <string>
#include <string_view>

namespace temporal_slab::base {
namespace {

// A file without a name, for as long as this stands.
class MemoryFile {
 public:
  MemoryFile() : fd_(memfd_create("files_test", MFD_CLOEXEC)) {}
  ~MemoryFile() { close_file(fd_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  int fd() const { return fd_; }
  struct stat info() const {
    struct stat out = {};
    EXPECT_EQ(fstat(fd_, &out), 0);
    return out;
  }

 private:
  int fd_;
};

TEST(Files, ReadWhatTheyWrite) {
  const MemoryFile file;
  ASSERT_EQ(write_file(file.fd(), "words", 5), 5);
  std::array<char, 8> out{};
  const int again = open_file(("/proc/self/fd/" + std::to_string(file.fd())).c_str(), O_RDONLY);
  ASSERT_GE(again, 0);
  EXPECT_EQ(fcntl(again, F_GETFD), FD_CLOEXEC);
  EXPECT_EQ(read_file(again, out.data(), out.size()), 5);
  EXPECT_EQ(std::string_view(out.data()), "words");
  close_file(again);
  EXPECT_EQ(fcntl(again, F_GETFD), -1);
}

TEST(Files, SayWhyByErrno) {
  char out = 0;
  EXPECT_EQ(open_file("/nowhere/at/all", O_RDONLY), -1);
  EXPECT_EQ(errno, ENOENT);
  EXPECT_EQ(read_file(-1, &out, 1), -1);
  EXPECT_EQ(errno, EBADF);
  EXPECT_EQ(write_file(-1, &out, 1), -1);
  EXPECT_EQ(errno, EBADF);
  errno = EDOM;
  close_file(-1);
  EXPECT_EQ(errno, EDOM);
  EXPECT_EQ(reserve_in_file(-1, 0, 1), EBADF);
  EXPECT_EQ(errno, EDOM);
}

TEST(ReservingInAFile, MakesItAsLongAsWhatIsReservedAndSetsBlocksAside) {
  const MemoryFile file;
  ASSERT_EQ(reserve_in_file(file.fd(), 8192, 5000), 0);
  EXPECT_EQ(file.info().st_size, 8192 + 5000);
  EXPECT_EQ(file.info().st_blocks, 2 * 4096 / 512) << "of these bytes alone";
  ASSERT_EQ(reserve_in_file(file.fd(), 0, 1), 0);
  EXPECT_EQ(file.info().st_size, 8192 + 5000) << "no shorter than it was";
}

}  // namespace
}  // namespace temporal_slab::base
