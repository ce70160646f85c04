#include "stats/publisher.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/times.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>

#include "base/process.h"
#include "stats/saturating.h"
#include "stats/segment_path.h"
#include "stats/segment_write.h"
#include "sync/clock.h"

namespace temporal_slab::stats {
namespace {

// Where a file has the words.
constexpr std::size_t kPublisherAt = offsetof(Segment, header) + offsetof(SegmentHeader, publisher);

// One of them that is another process's to write. Not pwrite, which is a cancellation point.
void write_word(int fd, std::size_t offset, std::uint64_t value) {
  const int errno_before = errno;
  syscall(SYS_pwrite64, fd, &value, sizeof(value), kPublisherAt + offset);
  errno = errno_before;
}

// Further apart than this, two clock bases are of two time namespaces: times() counts hundredths.
constexpr std::uint64_t kSameClockNs = 500'000'000;
constexpr std::uint64_t kNsPerSec = 1'000'000'000;

std::uint64_t clock_base_ns() {
  const auto ns_per_tick = kNsPerSec / static_cast<std::uint64_t>(sysconf(_SC_CLK_TCK));
  const int errno_before = errno;
  tms unused = {};
  // Of all clocks the one that no namespace moves.
  const auto ticks = static_cast<std::uint64_t>(times(&unused));
  errno = errno_before;
  return sync::monotonic_ns() - ticks * ns_per_tick;
}

// How far the publisher's clock is ahead of this one; 0 if both are of one time namespace.
std::uint64_t clock_difference_ns(const Publisher& publisher) {
  const std::uint64_t difference = publisher.clock_base_ns - clock_base_ns();
  const std::uint64_t distance = std::min(difference, std::uint64_t{0} - difference);
  return distance < kSameClockNs ? 0 : difference;
}

enum class Boot { kSame, kOther, kNotKnown };
Boot boot_of(const Publisher& publisher) {
  std::uint64_t here[2];
  base::boot_id(here);
  const auto none = [](const std::uint64_t(&id)[2]) { return id[0] == 0 && id[1] == 0; };
  if (none(here) || none(publisher.boot_id)) return Boot::kNotKnown;
  return std::equal(here, here + 2, publisher.boot_id) ? Boot::kSame : Boot::kOther;
}

bool is_of_this_namespace(const Publisher& publisher) {
  return publisher.pid_namespace != 0 && publisher.pid_namespace == base::pid_namespace();
}

enum class Pid { kGone, kRuns, kIsThere };
// Of the same boot and pid namespace.
Pid pid_of(const Publisher& publisher) {
  const auto pid = static_cast<pid_t>(publisher.pid);
  const int errno_before = errno;
  const bool is_there = kill(pid, 0) == 0 || errno != ESRCH;
  errno = errno_before;
  if (!is_there) return Pid::kGone;
  base::ProcessStat stat;
  if (!base::proc_is_of_this_namespace() || !base::read_process_stat(pid, &stat))
    return Pid::kIsThere;
  if (base::has_ended(stat)) return Pid::kGone;
  if (publisher.process_start_ticks == 0 || clock_difference_ns(publisher) != 0)
    return Pid::kIsThere;
  return stat.start_ticks == publisher.process_start_ticks ? Pid::kRuns : Pid::kGone;
}

bool lock_with(int fd, short type, int command, struct flock* lock) {
  *lock = {};
  lock->l_type = type;
  lock->l_whence = SEEK_SET;  // from the first byte to the last one that can be
  return fcntl(fd, command, lock) == 0;
}

// By its number alone.
Liveness by_pid(const Publisher& publisher, Boot boot) {
  if (boot == Boot::kOther)
    return {Life::kUnknown, "it is of an earlier boot or of another machine"};
  if (boot == Boot::kNotKnown)
    return {Life::kUnknown, "the file system keeps no lock for it, and its boot is not known"};
  if (publisher.pid_namespace == 0 || base::pid_namespace() == 0)
    return {Life::kUnknown,
            "the file system keeps no lock for it, and /proc does not say whose "
            "numbers its pid is one of"};
  if (!is_of_this_namespace(publisher))
    return {Life::kUnknown,
            "the file system keeps no lock for it, and its pid is of another pid namespace"};
  switch (pid_of(publisher)) {
    case Pid::kGone:
      return {Life::kDead, ""};
    case Pid::kRuns:
      return {Life::kAlive, ""};
    case Pid::kIsThere:
      break;
  }
  return {Life::kUnknown,
          "the file system keeps no lock for it, and /proc does not say which "
          "process has its pid"};
}

bool is_in_memory(int fd) {
  struct statfs info = {};
  return fstatfs(fd, &info) == 0 && info.f_type == TMPFS_MAGIC;
}

}  // namespace

const char* to_string(Life life) {
  return life == Life::kAlive ? "alive" : life == Life::kDead ? "dead" : "unknown";
}

void write_publisher(PublisherWords& words, bool lock) {
  std::uint64_t boot_id[2];
  base::boot_id(boot_id);
  base::ProcessStat stat;
  const std::uint64_t now_ns = sync::monotonic_ns();
  put(words.pid, static_cast<std::uint64_t>(getpid()));
  put(words.lock, lock ? 1 : 0);
  put(words.pid_namespace, base::pid_namespace());
  put(words.boot_id[0], boot_id[0]);
  put(words.boot_id[1], boot_id[1]);
  const bool has_start = base::read_own_stat(&stat);
  put(words.process_start_ticks, has_start ? stat.start_ticks : 0);
  const std::uint64_t age_ns = has_start ? base::age_ns(stat.start_ticks) : 0;
  put(words.process_start_ns, now_ns > age_ns ? now_ns - age_ns : 0);
  put(words.clock_base_ns, clock_base_ns());
  put(words.created_ns, now_ns);
  put(words.created_realtime_ns, sync::realtime_ns());
  put(words.mark, kPublisherMark);
}

Publisher read_publisher(int fd) {
  Publisher publisher;
  PublisherWords words;
  ssize_t got = 0;
  const int errno_before = errno;
  do {
    // Not pread, which is a cancellation point.
    got = syscall(SYS_pread64, fd, static_cast<void*>(&words), sizeof(words), kPublisherAt);
  } while (got < 0 && errno == EINTR);
  errno = errno_before;
  if (got != static_cast<ssize_t>(sizeof(words)) || get(words.mark) != kPublisherMark ||
      get(words.pid) < 1 || get(words.pid) > kMaxPid)
    return publisher;
  publisher.known = true;
  publisher.pid = get(words.pid);
  publisher.lock = get(words.lock) == 1;
  publisher.pid_namespace = get(words.pid_namespace);
  publisher.boot_id[0] = get(words.boot_id[0]);
  publisher.boot_id[1] = get(words.boot_id[1]);
  publisher.process_start_ticks = get(words.process_start_ticks);
  publisher.process_start_ns = get(words.process_start_ns);
  publisher.clock_base_ns = get(words.clock_base_ns);
  publisher.created_ns = get(words.created_ns);
  publisher.created_realtime_ns = get(words.created_realtime_ns);
  publisher.found_dead_realtime_ns = get(words.found_dead_realtime_ns);
  publisher.seen_alive_ns = get(words.seen_alive_ns);
  return publisher;
}

bool is_unfinished(int fd) {
  std::uint64_t words[(kPublisherAt + sizeof(PublisherWords)) / 8] = {};
  const int errno_before = errno;
  const long got = syscall(SYS_pread64, fd, words, sizeof(words), std::size_t{0});
  errno = errno_before;
  // Each of the two is the last of what it is stored with: whoever was killed before has stored
  // neither.
  constexpr std::size_t kMagic = offsetof(SegmentHeader, magic) / 8;
  constexpr std::size_t kMark = (kPublisherAt + offsetof(PublisherWords, mark)) / 8;
  return got >= 0 && words[kMagic] == 0 && words[kMark] == 0;
}

LockState lock_state(int fd) {
  const int errno_before = errno;
  struct flock lock = {};
  const bool told = lock_with(fd, F_WRLCK, F_OFD_GETLK, &lock);
  errno = errno_before;
  if (!told) return LockState::kCannotTell;
  return lock.l_type == F_UNLCK ? LockState::kFree : LockState::kHeld;
}

bool lock_shared(int fd) {
  struct flock lock = {};
  return lock_with(fd, F_RDLCK, F_OFD_SETLK, &lock);
}

bool lock_alone(int fd) {
  struct flock lock = {};
  return lock_with(fd, F_WRLCK, F_OFD_SETLK, &lock);
}

Liveness liveness_of(int fd, const Publisher& publisher) {
  const LockState lock = lock_state(fd);
  if (!publisher.known) {
    if (lock == LockState::kHeld) return {Life::kAlive, ""};
    return {Life::kUnknown, "its file does not say who its process is"};
  }
  const Boot boot = boot_of(publisher);
  if (!publisher.lock || lock == LockState::kCannotTell) return by_pid(publisher, boot);
  if (lock == LockState::kHeld) {
    if (boot == Boot::kSame && is_of_this_namespace(publisher) && pid_of(publisher) == Pid::kGone)
      return {Life::kUnknown, "its process has ended, but another one has its memory or its lock"};
    return {Life::kAlive, ""};
  }
  // Elsewhere the lock need not be seen.
  if (boot == Boot::kOther || (boot == Boot::kNotKnown && !is_in_memory(fd)))
    return {Life::kUnknown, "it may be of another machine, whose locks are not seen here"};
  return {Life::kDead, ""};
}

Moment last_known_moment(const Publisher& publisher, const Liveness& liveness,
                         std::uint64_t active_ns) {
  const std::uint64_t now_ns = sync::monotonic_ns() + clock_difference_ns(publisher);
  const std::uint64_t now_realtime_ns = sync::realtime_ns();
  const bool is_of_this_boot = boot_of(publisher) != Boot::kOther;
  if (liveness.life == Life::kAlive || !publisher.known ||
      (liveness.life == Life::kUnknown && is_of_this_boot))
    return {now_ns, now_realtime_ns, true};
  std::uint64_t last_ns = std::max({active_ns, publisher.created_ns, publisher.seen_alive_ns});
  if (is_of_this_boot) last_ns = std::min(last_ns, now_ns);
  const std::uint64_t lived_ns = last_ns - std::min(last_ns, publisher.created_ns);
  return {last_ns, std::min(sum(publisher.created_realtime_ns, lived_ns), now_realtime_ns), false};
}

void write_seen_alive(int fd, const Moment& moment) {
  write_word(fd, offsetof(PublisherWords, seen_alive_ns), moment.monotonic_ns);
}

void write_found_dead(int fd, std::uint64_t realtime_ns) {
  write_word(fd, offsetof(PublisherWords, found_dead_realtime_ns), realtime_ns);
}

std::uint64_t uptime_sec(const Publisher& publisher, const Moment& moment) {
  return publisher.known ? difference(moment.monotonic_ns, publisher.process_start_ns) / kNsPerSec
                         : 0;
}

bool has_pid_here(const Publisher& publisher) {
  return publisher.known && boot_of(publisher) == Boot::kSame && is_of_this_namespace(publisher) &&
         base::proc_is_of_this_namespace();
}

}  // namespace temporal_slab::stats
