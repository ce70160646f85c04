#include "stats/long_dead.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>
#include <string_view>

#include "base/files.h"
#include "stats/publisher.h"
#include "stats/segment_path.h"
#include "sync/clock.h"

namespace temporal_slab::stats {
namespace {

// A name that looks like a segment's may be a pipe: opening must not wait for it.
constexpr int kOpenFlags = O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;

// What getdents64 gives.
struct Entry {
  std::uint64_t inode;
  std::int64_t offset;
  unsigned short length;
  unsigned char type;
  char name[1];  // and the rest of it
};

void look_at(int directory_fd, const char* name, std::uint64_t now_ns) {
  const int fd = base::open_file_at(directory_fd, name, O_RDONLY | kOpenFlags);
  if (fd < 0) return;
  struct stat info = {};
  const Publisher publisher = read_publisher(fd);
  const bool is_dead = fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && info.st_uid == geteuid() &&
                       publisher.known && liveness_of(fd, publisher).life == Life::kDead;
  const std::uint64_t found_ns = publisher.found_dead_realtime_ns;
  if (is_dead && (found_ns == 0 || found_ns > now_ns)) {
    const int own_fd = base::open_file_at(directory_fd, name, O_RDWR | kOpenFlags);
    struct stat own = {};
    if (own_fd >= 0 && fstat(own_fd, &own) == 0 && own.st_ino == info.st_ino &&
        own.st_dev == info.st_dev)
      write_found_dead(own_fd, now_ns);
    if (own_fd >= 0) base::close_file(own_fd);
  } else if (is_dead && now_ns - found_ns >= kKeepDeadNs) {
    // No other takes its place while it lies there.
    struct stat there = {};
    if (fstatat(directory_fd, name, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
        there.st_ino == info.st_ino && there.st_dev == info.st_dev)
      unlinkat(directory_fd, name, 0);
  }
  base::close_file(fd);
}

}  // namespace

void remove_long_dead(int directory_fd) {
  const char* const keep = secure_getenv("TEMPORAL_SLAB_KEEP_DEAD");
  if (keep != nullptr && std::string_view(keep) == "1") return;
  const int fd = base::open_file_at(directory_fd, ".", O_RDONLY | O_DIRECTORY);
  if (fd < 0) return;
  const std::uint64_t now_ns = sync::realtime_ns();
  alignas(Entry) char buffer[4096];
  for (long got; (got = syscall(SYS_getdents64, fd, buffer, sizeof(buffer))) > 0;) {
    for (long at = 0; at < got;) {
      Entry entry;
      std::memcpy(&entry, buffer + at, offsetof(Entry, name));
      const char* const name = buffer + at + offsetof(Entry, name);
      SegmentFileName parsed = {};
      if (parse_segment_name(name, &parsed)) look_at(directory_fd, name, now_ns);
      at += entry.length;
    }
  }
  base::close_file(fd);
}

}  // namespace temporal_slab::stats
