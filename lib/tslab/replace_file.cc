#include "tslab/replace_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

namespace temporal_slab::tslab {
namespace {

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(fd, text.data(), text.size());
    if (written < 0 && errno != EINTR) return false;
    if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

// The mode that a file made by open would have.
mode_t plain_mode() {
  const mode_t mask = umask(0);
  umask(mask);
  return 0666 & ~mask;
}

bool sync_folder(const std::string& folder) {
  const int fd = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool done = fsync(fd) == 0 || errno == EINVAL;  // some file systems have nothing to sync
  close(fd);
  return done;
}

}  // namespace

bool replace_file(const std::string& path, std::string_view text, std::string* error) {
  const auto fail = [&](const std::string& why) {
    *error = "cannot write '" + path + "': " + why;
    return false;
  };
  struct stat info = {};
  if (lstat(path.c_str(), &info) == 0) {
    if (!S_ISREG(info.st_mode)) return fail("it is no regular file");
  } else if (errno != ENOENT) {
    return fail(std::strerror(errno));
  }
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == path.npos ? "./" : path.substr(0, slash + 1);
  const std::string name = slash == path.npos ? path : path.substr(slash + 1);
  if (name.empty()) return fail("it names a folder");
  std::string fresh = folder + "." + name + ".XXXXXX";
  const int fd = mkostemp(fresh.data(), O_CLOEXEC);
  if (fd < 0) return fail(std::strerror(errno));
  int fault = 0;
  if (!write_all(fd, text) || fchmod(fd, plain_mode()) != 0 || fsync(fd) != 0) fault = errno;
  if (close(fd) != 0 && fault == 0) fault = errno;
  if (fault == 0 && rename(fresh.c_str(), path.c_str()) != 0) fault = errno;
  if (fault != 0) {
    unlink(fresh.c_str());
    return fail(std::strerror(fault));
  }
  return sync_folder(folder) || fail(std::string("its folder: ") + std::strerror(errno));
}

}  // namespace temporal_slab::tslab
