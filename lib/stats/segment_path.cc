#include "stats/segment_path.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <cstring>

#include "base/files.h"

namespace temporal_slab::stats {
namespace {

constexpr mode_t kDirectoryMode = 0700;
constexpr mode_t kAccessBits = 0777;
constexpr std::string_view kSuffix = ".seg";
constexpr std::string_view kDirectoryPrefix = "temporal-slab-";

bool is_link(const char* path) {
  struct stat info = {};
  return lstat(path, &info) == 0 && S_ISLNK(info.st_mode);
}

// 0, or why the directory must not be used.
int fault_of_directory(int fd, uid_t user) {
  struct stat info = {};
  if (fstat(fd, &info) != 0) return errno;
  if (info.st_uid != user) return EPERM;
  if ((info.st_mode & kAccessBits) != kDirectoryMode) return EACCES;
  return 0;
}

// Takes one number without sign or leading zeros from the front.
template <typename Number>
bool take_number(std::string_view* text, Number* out) {
  if (text->empty() || text->front() < '0' || text->front() > '9') return false;
  const auto [stop, error] = std::from_chars(text->data(), text->data() + text->size(), *out);
  const auto length = static_cast<std::size_t>(stop - text->data());
  if (error != std::errc{} || (length > 1 && text->front() == '0')) return false;
  text->remove_prefix(length);
  return true;
}

}  // namespace

bool segment_directory(char (&out)[kPathBytes]) {
  // An environment that a less privileged user gave is not looked at.
  const char* root = secure_getenv("TEMPORAL_SLAB_RUNTIME_DIR");
  if (root == nullptr || *root == '\0') root = "/dev/shm";
  std::size_t length = 0;
  if (*root != '/') {
    // Absolute, so that removing finds the file also after a chdir.
    if (!base::working_folder(out, kPathBytes)) return false;
    length = std::strlen(out);
    out[length++] = '/';
  }
  const int written = std::snprintf(out + length, kPathBytes - length, "%s/%s%u", root,
                                    kDirectoryPrefix.data(), static_cast<unsigned>(geteuid()));
  if (length + static_cast<std::size_t>(written) + kFileNameBytes < kPathBytes) return true;
  errno = ENAMETOOLONG;
  return false;
}

int open_segment_directory(const char* path, IfMissing if_missing, uid_t user, bool* created) {
  const bool made = if_missing == IfMissing::kCreate && mkdir(path, kDirectoryMode) == 0;
  if (created != nullptr) *created = made;
  if (!made && if_missing == IfMissing::kCreate && errno != EEXIST) return -1;
  const int fd = base::open_file(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  int fault = 0;
  if (fd < 0) {
    fault = errno == ENOTDIR && is_link(path) ? ELOOP : errno;
  } else {
    if (made) fchmod(fd, kDirectoryMode);  // umask may have taken bits away
    fault = fault_of_directory(fd, user);
  }
  if (fault == 0) return fd;
  if (fd >= 0) base::close_file(fd);
  if (made) rmdir(path);
  errno = fault;
  return -1;
}

bool parse_directory_name(std::string_view text, uid_t* user) {
  if (text.substr(0, kDirectoryPrefix.size()) != kDirectoryPrefix) return false;
  text.remove_prefix(kDirectoryPrefix.size());
  return take_number(&text, user) && text.empty();
}

void format_segment_name(SegmentFileName name, char (&out)[kFileNameBytes]) {
  std::snprintf(out, sizeof(out), "%d.%u%s", static_cast<int>(name.pid), name.number,
                kSuffix.data());
}

bool parse_segment_name(std::string_view text, SegmentFileName* out) {
  SegmentFileName name = {};
  if (!take_number(&text, &name.pid) || name.pid < 1 || name.pid > kMaxPid) return false;
  if (text.empty() || text.front() != '.') return false;
  text.remove_prefix(1);
  if (!take_number(&text, &name.number) || text != kSuffix) return false;
  *out = name;
  return true;
}

}  // namespace temporal_slab::stats
