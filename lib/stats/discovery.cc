#include "stats/discovery.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <memory>
#include <tuple>
#include <utility>

#include "base/process.h"
#include "stats/segment_path.h"
#include "stats/segment_view.h"
#include "sync/clock.h"

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

// Opens a user's directory; with none, `*out` stays null.
bool open_directory(const std::string& path, uid_t user, Directory* out, std::string* error) {
  const int fd = open_segment_directory(path.c_str(), IfMissing::kFail, user, nullptr);
  if (fd >= 0) {
    out->reset(fdopendir(fd));
    if (*out == nullptr) close(fd);
  }
  if (*out != nullptr || errno == ENOENT) return true;
  return fail("cannot use the directory " + path + ": " + why_not_directory(errno), error);
}

// Fills what the file says of itself. False: it is none of this user's segments.
bool describe(int directory_fd, const char* file_name, Published* out) {
  const int fd = openat(directory_fd, file_name, kOpenFlags);
  if (fd < 0) return false;
  struct stat info = {};
  const bool is_theirs = fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && info.st_uid == out->user;
  if (is_theirs) {
    out->device = info.st_dev;
    out->inode = info.st_ino;
    const Publisher publisher = read_publisher(fd);
    out->liveness = liveness_of(fd, publisher);
    out->is_unfinished = !publisher.known && is_unfinished(fd);
    SegmentIdentity identity;
    if (!read_identity(FileView(fd), &identity, &out->error)) {
      // Nothing of it is believed but who publishes it.
    } else if (identity.pid != static_cast<std::uint64_t>(out->pid)) {
      out->error = "damaged segment: pid is " + std::to_string(identity.pid) +
                   ", allowed is that of its file name";
    } else {
      const Moment moment = last_known_moment(publisher, out->liveness, identity.active_ns);
      out->uptime_sec = uptime_sec(publisher, moment);
      const std::uint64_t now_ns = sync::realtime_ns();
      if (!moment.is_now && now_ns > moment.realtime_ns)
        out->last_known_ago_sec = (now_ns - moment.realtime_ns) / 1'000'000'000;
      out->identity = std::move(identity);
    }
  }
  close(fd);
  return is_theirs;
}

// Each file of one directory. False with `error`: it cannot be read.
bool visit_directory(const std::string& path, uid_t user,
                     const std::function<void(Published)>& visit, bool* is_whole,
                     std::string* error) {
  Directory directory;
  if (!open_directory(path, user, &directory, error)) return false;
  if (directory == nullptr) return true;
  std::size_t entries = 0;
  while (const dirent* entry = readdir(directory.get())) {
    if (++entries > kMaxDirectoryEntries) {
      *is_whole = false;
      break;
    }
    SegmentFileName name = {};
    if (!parse_segment_name(entry->d_name, &name)) continue;
    Published found;
    found.user = user;
    found.pid = name.pid;
    found.number = name.number;
    found.path = path + "/" + entry->d_name;
    if (describe(dirfd(directory.get()), entry->d_name, &found)) visit(std::move(found));
  }
  return true;
}

// The directories of other users that lie where this user's would, with their owners.
std::vector<std::pair<std::string, uid_t>> directories_of_others(const std::string& own) {
  std::vector<std::pair<std::string, uid_t>> found;
  const std::string root = own.substr(0, own.rfind('/'));
  const Directory directory(opendir(root.c_str()));
  if (directory == nullptr) return found;
  while (const dirent* entry = readdir(directory.get())) {
    uid_t user = 0;
    if (!parse_directory_name(entry->d_name, &user) || user == geteuid()) continue;
    found.emplace_back(root + "/" + entry->d_name, user);
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::string candidate(const Published& published) {
  const std::string file = std::to_string(published.pid) + "." + std::to_string(published.number);
  if (!published.error.empty()) return file + " (" + published.error + ")";
  return file + ":" + published.identity.allocator + " (" + published.identity.process + ", " +
         to_string(published.liveness.life) + ")";
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
  if (selector.number) text += " and number " + std::to_string(*selector.number);
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
    if (selector.number && one.number != *selector.number) continue;
    if (!one.error.empty()) {
      broken.push_back(&one);
    } else if (!selector.name || one.identity.allocator == *selector.name) {
      fit.push_back(&one);
    }
  }
  // The process that lives now is meant, and not an earlier one that crashed.
  std::string none_alive;
  for (const Life best : {Life::kAlive, Life::kUnknown}) {
    const auto is_best = [&](const Published* one) { return one->is(best); };
    if (std::none_of(fit.begin(), fit.end(), is_best)) {
      none_alive = best == Life::kAlive ? "none of them known to be alive" : "all of them dead";
      continue;
    }
    std::erase_if(fit, std::not_fn(is_best));
    break;
  }
  if (fit.size() == 1) return fit.front();
  if (!fit.empty()) {
    *error = std::to_string(fit.size()) + " published allocators" + wanted(selector) +
             (none_alive.empty() ? "" : ", " + none_alive) +
             ", choose one with --pid PID[.N][:NAME] or --name NAME: " + candidates(fit);
  } else if (!broken.empty()) {
    *error = "no readable published allocator" + wanted(selector) + ": " + candidates(broken);
  } else {
    *error = "no published allocator" + wanted(selector) +
             (all.empty() ? ", none of this user is published" : ", there are " + candidates(all));
  }
  return nullptr;
}

}  // namespace

bool list_published(Listing* out, std::string* error) {
  *out = {};
  char own[kPathBytes];
  if (!segment_directory(own))
    return fail("cannot use TEMPORAL_SLAB_RUNTIME_DIR: " + std::string(std::strerror(errno)),
                error);
  const auto list = [out](const std::string& path, uid_t user, std::string* why_not) {
    std::size_t dead = 0;
    std::size_t others = 0;
    return visit_directory(
        path, user,
        [&](Published found) {
          std::size_t& kept = found.is(Life::kDead) ? dead : others;
          if (kept++ < kMaxPublished)
            out->segments.push_back(std::move(found));
          else
            out->is_whole = false;
        },
        &out->is_whole, why_not);
  };
  if (!list(own, geteuid(), error)) return false;
  if (geteuid() == 0) {
    // What another user did to theirs must not keep root from seeing the rest.
    std::string unused;
    for (const auto& [path, user] : directories_of_others(own)) list(path, user, &unused);
  }
  std::sort(out->segments.begin(), out->segments.end(), [](const Published& a, const Published& b) {
    return std::tie(a.user, a.pid, a.number) < std::tie(b.user, b.pid, b.number);
  });
  return true;
}

bool parse_pid_selector(const std::string& text, Selector* out, std::string* error) {
  const std::size_t colon = std::min(text.find(':'), text.size());
  const std::string file = text.substr(0, colon);
  const bool has_number = file.find('.') != std::string::npos;
  // The same number that a file's name may begin with.
  SegmentFileName name = {};
  if (!parse_segment_name(file + (has_number ? ".seg" : ".0.seg"), &name))
    return fail("--pid takes PID, PID.N or either with :NAME, PID from 1 to " +
                    std::to_string(kMaxPid) + ", not \"" + text + "\"",
                error);
  *out = {};
  out->pid = name.pid;
  if (has_number) out->number = name.number;
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

Liveness OpenSegment::liveness() const { return liveness_of(fd_, read_publisher(fd_)); }

bool OpenSegment::has_pid_here() const { return stats::has_pid_here(read_publisher(fd_)); }

bool OpenSegment::snapshot(Snapshot* out, std::string* error) const {
  const Publisher publisher = read_publisher(fd_);
  ReadContext context;
  context.liveness = liveness_of(fd_, publisher);
  SegmentIdentity identity;
  if (!read_identity(FileView(fd_), &identity, error))
    return fail(published_.path + ": " + *error, error);
  const Moment moment = last_known_moment(publisher, context.liveness, identity.active_ns);
  context.now_monotonic_ns = moment.monotonic_ns;
  context.now_realtime_ns = sync::realtime_ns();
  if (!moment.is_now) context.last_known_realtime_ns = moment.realtime_ns;
  // What is told of it now holds when it is dead (R-2.6-10).
  if (context.liveness.life == Life::kAlive) write_seen_alive(fd_, moment);
  context.uptime_sec = uptime_sec(publisher, moment);
  if (context.liveness.life != Life::kDead && stats::has_pid_here(publisher))
    context.rss_bytes = base::rss_bytes(published_.pid);
  if (read_snapshot(FileView(fd_), context, out, error)) return true;
  return fail(published_.path + ": " + *error, error);
}

bool open_published(const Selector& selector, OpenSegment* out, std::string* error) {
  Listing listing;
  if (!list_published(&listing, error)) return false;
  const Published* const chosen = choose(selector, listing.segments, error);
  if (chosen == nullptr) return false;
  return open_listed(*chosen, out, error);
}

bool open_listed(const Published& listed, OpenSegment* out, std::string* error) {
  OpenSegment segment;
  segment.fd_ = open(listed.path.c_str(), (kOpenFlags & ~O_ACCMODE) | O_RDWR);
  if (segment.fd_ < 0) segment.fd_ = open(listed.path.c_str(), kOpenFlags);
  struct stat info = {};
  if (segment.fd_ < 0 || fstat(segment.fd_, &info) != 0)
    return fail(listed.path + ": " + std::strerror(errno), error);
  if (info.st_dev != listed.device || info.st_ino != listed.inode)
    return fail(listed.path + ": another file took its place just now", error);
  segment.published_ = listed;
  *out = std::move(segment);
  return true;
}

bool is_there(const Published& listed) {
  struct stat info = {};
  return lstat(listed.path.c_str(), &info) == 0 && info.st_dev == listed.device &&
         info.st_ino == listed.inode;
}

bool remove_published(const Published& published, std::string* error) {
  const int fd = open(published.path.c_str(), kOpenFlags);
  struct stat info = {};
  if (fd < 0 || fstat(fd, &info) != 0) {
    if (fd >= 0) close(fd);
    return fail(published.path + ": " + std::strerror(errno), error);
  }
  std::string why;
  if (info.st_dev != published.device || info.st_ino != published.inode) {
    why = "another file took its place";
  } else if (const Liveness now = liveness_of(fd, read_publisher(fd)); now.life == Life::kAlive) {
    why = "its process lives";
  } else if (is_unfinished(fd)) {
    // Whoever makes it has the lock, or finds its file removed once it has.
    const int own_fd = open(published.path.c_str(), (kOpenFlags & ~O_ACCMODE) | O_RDWR);
    if (own_fd < 0 || !lock_alone(own_fd) || !is_unfinished(own_fd))
      why = "it is being made";
    else if (unlink(published.path.c_str()) != 0)
      why = std::strerror(errno);
    if (own_fd >= 0) close(own_fd);
    close(fd);
    return why.empty() || fail(published.path + ": " + why, error);
  } else if (now.life == Life::kUnknown) {
    why = std::string("it is not known whether its process lives: ") + now.reason;
  }
  close(fd);
  if (!why.empty()) return fail(published.path + ": " + why, error);
  return unlink(published.path.c_str()) == 0 ||
         fail(published.path + ": " + std::strerror(errno), error);
}

}  // namespace temporal_slab::stats
