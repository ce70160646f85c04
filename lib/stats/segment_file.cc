#include "stats/segment_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "base/files.h"
#include "sync/thread.h"

namespace temporal_slab::stats {
namespace {

constexpr mode_t kFileMode = 0600;
constexpr std::uint32_t kMaxFilesPerProcess = 4096;
constexpr int kDirectoryTries = 3;

// This process's files. It outlives everything: none of its members has a
// destructor that does anything.
struct Registry {
  sync::Mutex mutex;
  SegmentFile* first = nullptr;
  sync::Atomic<pid_t> owner = 0;   // the last process that put a file in, or is about to
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

// 0 or an errno. Reserving past RLIMIT_FSIZE would also send SIGXFSZ, which
// ends a process that does not expect it.
int reserve(int fd, std::size_t bytes) {
  rlimit limit = {};
  if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur < bytes) return EFBIG;
  return base::reserve_in_file(fd, 0, bytes);
}

// A new file with the smallest free number; -1 with errno.
int create_file(int directory_fd, char (&name)[kFileNameBytes]) {
  for (std::uint32_t number = 0; number < kMaxFilesPerProcess; ++number) {
    format_segment_name({getpid(), number}, name);
    const int fd =
        base::open_file_at(directory_fd, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, kFileMode);
    if (fd >= 0 || errno != EEXIST) return fd;
  }
  return -1;
}

}  // namespace

void* SegmentFile::create_in(int directory_fd, std::size_t bytes) {
  char name[kFileNameBytes];
  const int fd = create_file(directory_fd, name);
  if (fd < 0) return nullptr;
  struct stat info = {};
  void* memory = MAP_FAILED;
  int error = reserve(fd, bytes);
  if (error == 0) {
    // umask may have taken bits away.
    if (fchmod(fd, kFileMode) == 0 && fstat(fd, &info) == 0)
      memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED) error = errno;
  }
  base::close_file(fd);
  if (error != 0) {
    unlinkat(directory_fd, name, 0);
    errno = error;
    return nullptr;
  }
  device_ = info.st_dev;
  inode_ = info.st_ino;
  const std::size_t length = std::strlen(path_);
  std::snprintf(path_ + length, kPathBytes - length, "/%s", name);
  return memory;
}

void* SegmentFile::create(std::size_t bytes) {
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
    const int directory_fd = open_segment_directory(path_, IfMissing::kCreate, &made);
    if (directory_fd < 0) break;
    memory = create_in(directory_fd, bytes);
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
  forget();
}

void SegmentFile::forget() {
  if (creator_ == 0) return;
  delist();
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
