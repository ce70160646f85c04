#include "stats/segment_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstring>

#include "base/files.h"
#include "stats/long_dead.h"
#include "stats/publisher.h"
#include "sync/atomic.h"
#include "sync/thread.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

namespace temporal_slab::stats {
namespace {

constexpr mode_t kFileMode = 0600;
constexpr std::uint32_t kMaxFilesPerProcess = 65536;  // of one pid, those that others left too
constexpr int kDirectoryTries = 3;

std::size_t page_bytes() { return static_cast<std::size_t>(sysconf(_SC_PAGESIZE)); }

// This process's files. It outlives everything: none of its members has a
// destructor that does anything.
struct Registry {
  sync::Mutex mutex;
  SegmentFile* first = nullptr;
  sync::Atomic<pid_t> owner = 0;    // the last process that put a file in, or is about to
  sync::Atomic<pid_t> cleaned = 0;  // the last process that looked for what the dead left
  sync::Atomic<pid_t> exited = 0;  // the last process that removes them all and makes none any more
};
constinit Registry registry;

// The thread that forks has the lock from lock_segment_files() on, and may be in a call.
class RegistryLock {
 public:
  RegistryLock() : taken_(!sync::forking()) {
    if (taken_) registry.mutex.lock();
  }
  ~RegistryLock() {
    if (taken_) registry.mutex.unlock();
  }
  RegistryLock(const RegistryLock&) = delete;
  RegistryLock& operator=(const RegistryLock&) = delete;

 private:
  const bool taken_;
};

// 0 or an errno. Growing a file past RLIMIT_FSIZE would also send SIGXFSZ, which
// ends a process that does not expect it.
int grow(int fd, std::size_t bytes) {
  rlimit limit = {};
  if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur < bytes) return EFBIG;
  return ftruncate(fd, static_cast<off_t>(bytes)) == 0 ? 0 : errno;
}

int open_again(int directory_fd, const char* name, int flags) {
  return base::open_file_at(directory_fd, name, flags | O_NOFOLLOW);
}

// A new file with a free number, the smallest if there are few; -1 with errno.
int create_file(int directory_fd, char (&name)[kFileNameBytes]) {
  for (std::uint32_t number = 0; number < kMaxFilesPerProcess; ++number) {
    format_segment_name({getpid(), number}, name);
    const int fd =
        base::open_file_at(directory_fd, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, kFileMode);
    if (fd >= 0 || errno != EEXIST) return fd;
  }
  return -1;
}

// Maps a page that holds a lock on the file from here on (stats/publisher.h). Null without; then
// `*error` is 0 if the file system knows no such locks, and ENOENT if somebody removed the file
// because there was none.
void* map_lock(int directory_fd, const char* name, const struct stat& file, std::size_t page_bytes,
               int* error) {
  *error = 0;
  const int fd = open_again(directory_fd, name, O_RDONLY);
  struct stat info = {};
  void* page = nullptr;
  if (fd < 0 || fstat(fd, &info) != 0 || info.st_dev != file.st_dev || info.st_ino != file.st_ino) {
    *error = ENOENT;
  } else if (!lock_shared(fd)) {
    // Whoever removes what nobody locks holds the lock meanwhile.
    if (errno == EAGAIN || errno == EACCES) *error = ENOENT;
  } else if (fstat(fd, &info) != 0 || info.st_nlink == 0) {
    *error = ENOENT;
  } else {
    page = mmap(nullptr, page_bytes, PROT_NONE, MAP_SHARED, fd, 0);
    if (page == MAP_FAILED) page = nullptr;
    if (page != nullptr) madvise(page, page_bytes, MADV_DONTFORK);
  }
  if (fd >= 0) base::close_file(fd);
  return page;
}

// As a reader sees it, now that no descriptor of ours has it.
bool looks_locked(int directory_fd, const char* name) {
  const int fd = open_again(directory_fd, name, O_RDONLY);
  const bool locked = fd >= 0 && lock_state(fd) == LockState::kHeld;
  if (fd >= 0) base::close_file(fd);
  return locked;
}

}  // namespace

// 0 or an errno. What lies in the directory under `name` is this process's new file, open as `fd`.
int SegmentFile::set_up(int directory_fd, int fd, const char* name, std::size_t bytes,
                        std::size_t fixed_bytes, void** memory) {
  struct stat info = {};
  if (const int error = grow(fd, bytes); error != 0) return error;
  // umask may have taken bits away.
  if (fchmod(fd, kFileMode) != 0 || fstat(fd, &info) != 0) return errno;
  int error = 0;
  lock_page_ = map_lock(directory_fd, name, info, page_bytes(), &error);
  if (error != 0) return error;
  locked_ = lock_page_ != nullptr && looks_locked(directory_fd, name);
  *memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (*memory == MAP_FAILED) return errno;
  is_sparse_ = true;
  error = populate(*memory, fixed_bytes);
  if (error == EINVAL) {  // before Linux 5.14
    is_sparse_ = false;
    error = base::reserve_in_file(fd, 0, bytes);
  }
  if (error != 0) {
    munmap(*memory, bytes);
    *memory = MAP_FAILED;
    return error;
  }
  device_ = info.st_dev;
  inode_ = info.st_ino;
  return 0;
}

void* SegmentFile::create_in(int directory_fd, std::size_t bytes, std::size_t fixed_bytes) {
  char name[kFileNameBytes];
  const int fd = create_file(directory_fd, name);
  if (fd < 0) return nullptr;
  void* memory = MAP_FAILED;
  const int error = set_up(directory_fd, fd, name, bytes, fixed_bytes, &memory);
  if (error != 0) {
    unmap_lock();
    // Another process may have removed it, and a third have made one with its name.
    struct stat mine = {};
    struct stat there = {};
    if (fstat(fd, &mine) != 0 || (fstatat(directory_fd, name, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
                                  there.st_dev == mine.st_dev && there.st_ino == mine.st_ino))
      unlinkat(directory_fd, name, 0);
  }
  base::close_file(fd);
  if (error != 0) {
    errno = error;
    return nullptr;
  }
  const std::size_t length = std::strlen(path_);
  std::snprintf(path_ + length, kPathBytes - length, "/%s", name);
  return memory;
}

void SegmentFile::unmap_lock() {
  if (lock_page_ != nullptr) munmap(lock_page_, page_bytes());
  lock_page_ = nullptr;
  locked_ = false;
}

int SegmentFile::populate(void* from, std::size_t bytes) {
  const std::size_t page = page_bytes();
  const auto begin = reinterpret_cast<std::uintptr_t>(from);
  const std::uintptr_t first = begin & ~(page - 1);
  // A write that would end in SIGBUS comes back as EFAULT.
  if (madvise(reinterpret_cast<void*>(first), begin + bytes - first, MADV_POPULATE_WRITE) == 0)
    return 0;
  return errno == EFAULT ? ENOSPC : errno;
}

void* SegmentFile::create(std::size_t bytes, std::size_t fixed_bytes) {
  // Pairs with the two in remove_segment_files_at_exit: it sees this or is seen below.
  registry.owner.store(getpid(), sync::kSeqCst);
  // Held until the file is in the list: none lies there that exit does not know of.
  const RegistryLock lock;
  if (registry.exited.load(sync::kSeqCst) == getpid()) {
    errno = ESHUTDOWN;
    return nullptr;
  }
  void* memory = nullptr;
  // Another process whose own attempt failed may remove the empty directory
  // between our two steps.
  for (int i = 0; i < kDirectoryTries && memory == nullptr; ++i) {
    bool made = false;
    if (!segment_directory(path_)) break;
    const int directory_fd = open_segment_directory(path_, IfMissing::kCreate, geteuid(), &made);
    if (directory_fd < 0) break;
    if (registry.cleaned.load(sync::kRelaxed) != getpid()) {
      registry.cleaned.store(getpid(), sync::kRelaxed);
      remove_long_dead(directory_fd);
    }
    memory = create_in(directory_fd, bytes, fixed_bytes);
    const int error = errno;
    base::close_file(directory_fd);
    if (memory == nullptr && made) rmdir(path_);
    errno = error;
    if (error != ENOENT) break;
  }
  if (memory == nullptr) {
    path_[0] = '\0';
    return nullptr;
  }
  creator_ = getpid();
  enlist();
  return memory;
}

void SegmentFile::remove() {
  if (creator_ != 0) unlink_own();
  // A child does not have the page, and may have something else there.
  if (creator_ == getpid()) unmap_lock();
  forget();
}

void SegmentFile::forget() {
  if (creator_ == 0) return;
  delist();
  lock_page_ = nullptr;
  locked_ = false;
  creator_ = 0;
  path_[0] = '\0';
}

void SegmentFile::unlink_own() const {
  // A child has a copy of this object; another process may have reaped the file
  // and a third made one with its name.
  struct stat info = {};
  if (creator_ != getpid() || lstat(path_, &info) != 0) return;
  if (info.st_dev == device_ && info.st_ino == inode_) unlink(path_);
}

int SegmentFile::why_out_of_reach() const {
  struct stat info = {};
  if (lstat(path_, &info) != 0) return errno;
  if (info.st_dev != device_ || info.st_ino != inode_) return ENOENT;
  char directory[kPathBytes];
  const std::size_t length = static_cast<std::size_t>(std::strrchr(path_, '/') - path_);
  std::memcpy(directory, path_, length);
  directory[length] = '\0';
  return faccessat(AT_FDCWD, directory, W_OK | X_OK, AT_EACCESS) == 0 ? 0 : errno;
}

// Under the registry's lock.
void SegmentFile::enlist() {
  next_ = registry.first;
  previous_ = nullptr;
  if (next_ != nullptr) next_->previous_ = this;
  registry.first = this;
}

void SegmentFile::delist() {
  const RegistryLock lock;
  (previous_ != nullptr ? previous_->next_ : registry.first) = next_;
  if (next_ != nullptr) next_->previous_ = previous_;
}

void lock_segment_files() { registry.mutex.lock(); }
void unlock_segment_files() { registry.mutex.unlock(); }

// As a destructor of the library it runs after the application's own handlers and
// static destructors, which may still free allocators. Other threads may run on:
// nothing is changed but the directory, in which they make no file any more.
[[gnu::destructor]] void remove_segment_files_at_exit() {
  registry.exited.store(getpid(), sync::kSeqCst);
  // A child that published nothing has nothing to remove, and its lock may be held
  // by a thread that only its parent has.
  if (registry.owner.load(sync::kSeqCst) != getpid()) return;
  const RegistryLock lock;
  for (const SegmentFile* file = registry.first; file != nullptr; file = file->next_)
    file->unlink_own();
}

}  // namespace temporal_slab::stats
