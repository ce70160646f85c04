#include "base/files.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

namespace temporal_slab::base {
namespace {

// No file system that Linux maps files of has smaller blocks in use; more writes than blocks are
// only slower.
constexpr std::size_t kBlockBytes = 4096;

// 0 or an errno.
int write_a_zero(int fd, std::size_t offset) {
  constexpr char kZero = 0;
  while (true) {
    const long written = ::syscall(SYS_pwrite64, fd, &kZero, std::size_t{1}, offset);
    if (written == 1) return 0;
    if (written == 0) return EIO;
    if (errno != EINTR) return errno;
  }
}

}  // namespace

int open_file(const char* path, int flags) { return open_file_at(AT_FDCWD, path, flags); }

int open_file_at(int directory_fd, const char* path, int flags, mode_t mode) {
  return static_cast<int>(
      ::syscall(SYS_openat, directory_fd, path, flags | O_CLOEXEC, static_cast<unsigned>(mode)));
}

ssize_t read_file(int fd, void* out, std::size_t bytes) {
  return ::syscall(SYS_read, fd, out, bytes);
}

ssize_t write_file(int fd, const void* from, std::size_t bytes) {
  return ::syscall(SYS_write, fd, from, bytes);
}

void close_file(int fd) {
  const int errno_before = errno;
  ::syscall(SYS_close, fd);
  errno = errno_before;
}

bool working_folder(char* out, std::size_t capacity) {
  if (::syscall(SYS_getcwd, out, capacity) < 0) return false;
  if (out[0] == '/') return true;
  errno = ENOENT;
  return false;
}

int reserve_in_file(int fd, std::size_t offset, std::size_t bytes) {
  const int errno_before = errno;
  int error = 0;
  do {
    error = ::syscall(SYS_fallocate, fd, 0, offset, bytes) == 0 ? 0 : errno;
  } while (error == EINTR);
  if (error == EOPNOTSUPP && bytes != 0) {
    const std::size_t last = offset + bytes - 1;
    error = write_a_zero(fd, last);
    for (std::size_t at = offset; at < last && error == 0; at += kBlockBytes)
      error = write_a_zero(fd, at);
  }
  errno = errno_before;
  return error;
}

}  // namespace temporal_slab::base
