#include "stats/discovery.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <tuple>
#include <utility>

#include "base/process.h"
#include "stats/segment_path.h"
#include "stats/segment_view.h"

namespace temporal_slab::stats {
namespace {

// A file with a segment's name may be a pipe: opening must not wait for it.
constexpr int kOpenFlags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;

struct CloseDirectory {
  void operator()(DIR* directory) const { closedir(directory); }
};
using Directory = std::unique_ptr<DIR, CloseDirectory>;

bool fail(std::string text, std::string* error) {
  *error = std::move(text);
  return false;
}

const char* why_not_directory(int fault) {
  switch (fault) {
    case ELOOP:
      return "it is a link";
    case EPERM:
      return "another user owns it";
    case EACCES:
      return "its mode is not 0700";
    default:
      return std::strerror(fault);
  }
}

// Opens this user's directory; with none, `*out` stays null.
bool open_directory(Directory* out, std::string* path, std::string* error) {
  char buffer[kPathBytes];
  if (!segment_directory(buffer))
    return fail("cannot use TEMPORAL_SLAB_RUNTIME_DIR: " + std::string(std::strerror(errno)),
                error);
  *path = buffer;
  const int fd = open_segment_directory(buffer, IfMissing::kFail, nullptr);
  if (fd >= 0) {
    out->reset(fdopendir(fd));
    if (*out == nullptr) close(fd);
  }
  if (*out != nullptr || errno == ENOENT) return true;
  return fail("cannot use the directory " + *path + ": " + why_not_directory(errno), error);
}

// Fills what the file says of itself. False: it is none of this user's segments.
bool describe(int directory_fd, const char* file_name, Published* out) {
  const int fd = openat(directory_fd, file_name, kOpenFlags);
  if (fd < 0) return false;
  struct stat info = {};
  const bool ours = fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && info.st_uid == geteuid();
  if (ours) {
    out->device = info.st_dev;
    out->inode = info.st_ino;
    SegmentIdentity identity;
    if (!read_identity(FileView(fd), &identity, &out->error)) {
      // Nothing of it is believed.
    } else if (identity.pid != static_cast<std::uint64_t>(out->pid)) {
      out->error = "damaged segment: pid is " + std::to_string(identity.pid) +
                   ", allowed is that of its file name";
    } else {
      out->identity = std::move(identity);
    }
    out->alive = base::is_alive(out->pid, out->identity.process_start_ticks);
    if (out->error.empty()) out->uptime_sec = base::uptime_sec(out->identity.process_start_ticks);
  }
  close(fd);
  return ours;
}

std::string candidate(const Published& published) {
  const std::string pid = std::to_string(published.pid);
  if (!published.error.empty())
    return pid + "." + std::to_string(published.number) + " (" + published.error + ")";
  return pid + ":" + published.identity.allocator + " (" + published.identity.process + ", " +
         (published.alive ? "alive" : "dead") + ")";
}

std::string candidates(const std::vector<const Published*>& list) {
  constexpr std::size_t kShown = 16;
  std::string text;
  for (std::size_t i = 0; i < std::min(list.size(), kShown); ++i)
    text += (i == 0 ? "" : ", ") + candidate(*list[i]);
  if (list.size() > kShown) text += " and " + std::to_string(list.size() - kShown) + " more";
  return text;
}

std::string wanted(const Selector& selector) {
  std::string text;
  if (selector.pid) text += " with pid " + std::to_string(*selector.pid);
  if (selector.name) text += " with name \"" + *selector.name + "\"";
  return text;
}

// The one that is meant, or null with `error`.
const Published* choose(const Selector& selector, const std::vector<Published>& list,
                        std::string* error) {
  std::vector<const Published*> all;
  std::vector<const Published*> fit;
  std::vector<const Published*> broken;
  for (const Published& one : list) {
    all.push_back(&one);
    if (selector.pid && one.pid != *selector.pid) continue;
    if (!one.error.empty()) {
      broken.push_back(&one);
    } else if (!selector.name || one.identity.allocator == *selector.name) {
      fit.push_back(&one);
    }
  }
  // Who asks for a pid or a name means the process that has it now, not an earlier
  // one that crashed.
  const auto is_dead = [](const Published* one) { return !one->alive; };
  if ((selector.pid || selector.name) && !std::all_of(fit.begin(), fit.end(), is_dead))
    std::erase_if(fit, is_dead);
  if (fit.size() == 1) return fit.front();
  if (!fit.empty()) {
    *error = std::to_string(fit.size()) + " published allocators" + wanted(selector) +
             ", choose one with --pid PID[:NAME] or --name NAME: " + candidates(fit);
  } else if (!broken.empty()) {
    *error = "no readable published allocator" + wanted(selector) + ": " + candidates(broken);
  } else {
    *error = "no published allocator" + wanted(selector) +
             (all.empty() ? ", none of this user is published" : ", there are " + candidates(all));
  }
  return nullptr;
}

}  // namespace

bool list_published(std::vector<Published>* out, std::string* error) {
  out->clear();
  Directory directory;
  std::string path;
  if (!open_directory(&directory, &path, error)) return false;
  if (directory == nullptr) return true;
  std::size_t entries = 0;
  while (const dirent* entry = readdir(directory.get())) {
    if (++entries > kMaxDirectoryEntries)
      return fail("the directory " + path + " has more than " +
                      std::to_string(kMaxDirectoryEntries) + " entries",
                  error);
    SegmentFileName name = {};
    if (!parse_segment_name(entry->d_name, &name)) continue;
    Published found;
    found.pid = name.pid;
    found.number = name.number;
    found.path = path + "/" + entry->d_name;
    if (!describe(dirfd(directory.get()), entry->d_name, &found)) continue;
    if (out->size() == kMaxPublished)
      return fail(
          "the directory " + path + " has more than " + std::to_string(kMaxPublished) + " segments",
          error);
    out->push_back(std::move(found));
  }
  std::sort(out->begin(), out->end(), [](const Published& a, const Published& b) {
    return std::tie(a.pid, a.number) < std::tie(b.pid, b.number);
  });
  return true;
}

bool parse_pid_selector(const std::string& text, Selector* out, std::string* error) {
  const std::size_t colon = std::min(text.find(':'), text.size());
  // The same number that a file's name may begin with.
  SegmentFileName name = {};
  if (!parse_segment_name(text.substr(0, colon) + ".0.seg", &name))
    return fail("--pid takes PID or PID:NAME, PID from 1 to " + std::to_string(kMaxPid) +
                    ", not \"" + text + "\"",
                error);
  *out = {};
  out->pid = name.pid;
  if (colon < text.size()) out->name = text.substr(colon + 1);
  return true;
}

OpenSegment::OpenSegment(OpenSegment&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), published_(std::move(other.published_)) {}

OpenSegment& OpenSegment::operator=(OpenSegment&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(published_, other.published_);
  return *this;
}

OpenSegment::~OpenSegment() {
  if (fd_ >= 0) close(fd_);
}

bool OpenSegment::snapshot(Snapshot* out, std::string* error) const {
  const bool alive = base::is_alive(published_.pid, published_.identity.process_start_ticks);
  const std::uint64_t rss_bytes = alive ? base::rss_bytes(published_.pid) : 0;
  if (read_snapshot(FileView(fd_), read_context(rss_bytes), out, error)) return true;
  return fail(published_.path + ": " + *error, error);
}

bool open_published(const Selector& selector, OpenSegment* out, std::string* error) {
  std::vector<Published> list;
  if (!list_published(&list, error)) return false;
  const Published* const chosen = choose(selector, list, error);
  if (chosen == nullptr) return false;
  return open_listed(*chosen, out, error);
}

bool open_listed(const Published& listed, OpenSegment* out, std::string* error) {
  OpenSegment segment;
  segment.fd_ = open(listed.path.c_str(), kOpenFlags);
  struct stat info = {};
  if (segment.fd_ < 0 || fstat(segment.fd_, &info) != 0)
    return fail(listed.path + ": " + std::strerror(errno), error);
  if (info.st_dev != listed.device || info.st_ino != listed.inode)
    return fail(listed.path + ": another file took its place just now", error);
  segment.published_ = listed;
  *out = std::move(segment);
  return true;
}

bool remove_published(const Published& published, std::string* error) {
  if (base::is_alive(published.pid, published.identity.process_start_ticks))
    return fail(published.path + ": its process lives", error);
  struct stat info = {};
  if (lstat(published.path.c_str(), &info) != 0)
    return fail(published.path + ": " + std::strerror(errno), error);
  if (info.st_dev != published.device || info.st_ino != published.inode)
    return fail(published.path + ": another file took its place", error);
  return unlink(published.path.c_str()) == 0 ||
         fail(published.path + ": " + std::strerror(errno), error);
}

}  // namespace temporal_slab::stats
