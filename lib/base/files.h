// Files by system calls that are no cancellation points (R-2.2-12). The C library's open, read,
// write, close and posix_fallocate are: a thread with a cancel pending would leave the call in the
// middle of its work.
//
// Threads. Any. Errors are as those of the C library's functions of these names.
#pragma once

#include <sys/types.h>

#include <cstddef>

namespace temporal_slab::base {

// Files are closed on exec, whatever the flags say. `mode` is of a file that is made.
int open_file(const char* path, int flags);
int open_file_at(int directory_fd, const char* path, int flags, mode_t mode = 0);
ssize_t read_file(int fd, void* out, std::size_t bytes);
ssize_t write_file(int fd, const void* from, std::size_t bytes);
// errno stays as it was.
void close_file(int fd);

// The path of the working folder, and a NUL: absolute. False with errno: ENOENT where it has none
// that leads there. (The C library's getcwd may malloc.)
bool working_folder(char* out, std::size_t capacity);

// Has the file system set blocks aside for bytes that nobody wrote yet, so that writing to them
// cannot fail later; the file grows where it is shorter. 0 or an errno. Where the file system
// cannot do that by itself zeros are written.
int reserve_in_file(int fd, std::size_t offset, std::size_t bytes);

}  // namespace temporal_slab::base
