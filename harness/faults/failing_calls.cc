#include "harness/faults/failing_calls.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include <cstring>
#include <set>
#include <string_view>
#include <utility>

#include "harness/faults/purposes.h"

extern "C" ssize_t __real_readlink(const char* path, char* out, size_t size);

namespace temporal_slab::faults {
namespace {

struct State {
  bool counting = false;
  int calls = 0;
  int first_failing = 0;
  bool all = false;
  std::string failed_site;
  std::set<std::string> sites;
  std::set<std::string> failed_sites;
  std::set<int> errors;
  std::ptrdiff_t mapped_bytes = 0;
};
State state;

// Counts one call; true, with errno, if it is to fail.
bool fails(const std::string& site, int error) {
  if (!state.counting) return false;
  const Faults::Pause pause;  // for what keeping the list itself needs
  ++state.calls;
  state.sites.insert(site);
  const bool now = state.first_failing != 0 && (state.all ? state.calls >= state.first_failing
                                                          : state.calls == state.first_failing);
  if (!now) return false;
  if (state.failed_site.empty()) state.failed_site = site;
  state.failed_sites.insert(site);
  state.errors.insert(error);
  errno = error;
  return true;
}

int error_of_syscall(const std::string& site) {
  if (site == "open: new segment") return ENFILE;
  if (site.rfind("open: ", 0) == 0) return EMFILE;
  if (site == "read") return EIO;
  if (site == "getcwd") return ENOENT;
  if (site == "write" || site == "fallocate" || site == "pwrite") return ENOSPC;
  // Of membarrier. Once: as if a registration was lost. For good: the kernel has no memory.
  return state.all ? ENOMEM : EPERM;
}

// What is asked for until it works is refused every other time.
bool fails_every_other_time(bool& refused, const std::string& site, int error) {
  refused = !refused && fails(site, error);
  return refused;
}

std::string kind_of(int fd) {
  const std::string link = "/proc/self/fd/" + std::to_string(fd);
  char path[256] = {};
  if (__real_readlink(link.c_str(), path, sizeof(path) - 1) < 0) return "file";
  const std::string_view text = path;
  return text.size() > 4 && text.substr(text.size() - 4) == ".seg" ? "segment" : "directory";
}

}  // namespace

Faults::Faults(int first_failing, Last last) {
  state = {};
  state.first_failing = first_failing;
  state.all = last == Last::kAll;
  state.counting = true;
}
Faults::~Faults() { state.counting = false; }
void Faults::stop_failing() { state.first_failing = 0; }
bool Faults::happened() const { return !state.failed_site.empty(); }
int Faults::calls() const { return state.calls; }
const std::string& Faults::failed_site() const { return state.failed_site; }
bool Faults::has_failed(const std::string& site) const {
  return state.failed_sites.count(site) != 0;
}
bool Faults::has_failed_with(int error) const { return state.errors.count(error) != 0; }
const std::set<std::string>& Faults::sites() const { return state.sites; }
std::ptrdiff_t Faults::mapped_bytes() const { return state.mapped_bytes; }

Faults::Pause::Pause() : was_counting_(state.counting) { state.counting = false; }
Faults::Pause::~Pause() { state.counting = was_counting_; }

}  // namespace temporal_slab::faults

using namespace temporal_slab::faults;

extern "C" {

void* __real_mmap(void* at, size_t length, int protection, int flags, int fd, off_t offset);
void* __wrap_mmap(void* at, size_t length, int protection, int flags, int fd, off_t offset) {
  if (fails(purpose_of_mapping(length, fd), ENOMEM)) return MAP_FAILED;
  void* const memory = __real_mmap(at, length, protection, flags, fd, offset);
  if (state.counting && memory != MAP_FAILED)
    state.mapped_bytes += static_cast<std::ptrdiff_t>(length);
  return memory;
}

int __real_munmap(void* at, size_t length);
int __wrap_munmap(void* at, size_t length) {
  if (state.counting) state.mapped_bytes -= static_cast<std::ptrdiff_t>(length);
  return __real_munmap(at, length);
}

int __real_madvise(void* at, size_t length, int advice);
int __wrap_madvise(void* at, size_t length, int advice) {
  return fails(purpose_of_advice(advice), ENOMEM) ? -1 : __real_madvise(at, length, advice);
}

int __real_mprotect(void* at, size_t length, int protection);
int __wrap_mprotect(void* at, size_t length, int protection) {
  static bool refused = false;
  return fails_every_other_time(refused, "mprotect", ENOMEM)
             ? -1
             : __real_mprotect(at, length, protection);
}

int __real_mkdir(const char* path, mode_t mode);
int __wrap_mkdir(const char* path, mode_t mode) {
  return fails("mkdir", ENOSPC) ? -1 : __real_mkdir(path, mode);
}

int __real_rmdir(const char* path);
int __wrap_rmdir(const char* path) { return fails("rmdir", EBUSY) ? -1 : __real_rmdir(path); }

int __real_open(const char* path, int flags, ...);
int __wrap_open(const char* path, int flags, ...) {
  // None of the calls in question creates a file, so there is no mode.
  return fails("open: " + name_of(path), EMFILE) ? -1 : __real_open(path, flags);
}

int __real_openat(int directory_fd, const char* path, int flags, ...);
int __wrap_openat(int directory_fd, const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0;
  va_end(arguments);
  return fails((flags & O_CREAT) != 0 ? "openat: new segment" : "openat: segment", ENFILE)
             ? -1
             : __real_openat(directory_fd, path, flags, mode);
}

int __real_fstat(int fd, struct stat* out);
int __wrap_fstat(int fd, struct stat* out) {
  return fails("fstat: " + kind_of(fd), EIO) ? -1 : __real_fstat(fd, out);
}

int __real_lstat(const char* path, struct stat* out);
int __wrap_lstat(const char* path, struct stat* out) {
  return fails("lstat: " + name_of(path), EACCES) ? -1 : __real_lstat(path, out);
}

int __real_fchmod(int fd, mode_t mode);
int __wrap_fchmod(int fd, mode_t mode) {
  return fails("fchmod: " + kind_of(fd), EPERM) ? -1 : __real_fchmod(fd, mode);
}

int __real_faccessat(int directory_fd, const char* path, int mode, int flags);
int __wrap_faccessat(int directory_fd, const char* path, int mode, int flags) {
  return fails("faccessat", EACCES) ? -1 : __real_faccessat(directory_fd, path, mode, flags);
}

int __real_fcntl(int fd, int command, ...);
// Locks are all that lib/ does by it.
int __wrap_fcntl(int fd, int command, void* lock) {
  if (command == F_OFD_SETLK || command == F_OFD_GETLK) {
    if (fails(command == F_OFD_SETLK ? "fcntl: lock" : "fcntl: lock state", ENOLCK)) return -1;
  }
  return __real_fcntl(fd, command, lock);
}

int __real_fstatat(int directory_fd, const char* path, struct stat* out, int flags);
int __wrap_fstatat(int directory_fd, const char* path, struct stat* out, int flags) {
  return fails("fstatat", EACCES) ? -1 : __real_fstatat(directory_fd, path, out, flags);
}

int __real_fstatfs(int fd, struct statfs* out);
int __wrap_fstatfs(int fd, struct statfs* out) {
  return fails("fstatfs", EIO) ? -1 : __real_fstatfs(fd, out);
}

int __real_stat(const char* path, struct stat* out);
int __wrap_stat(const char* path, struct stat* out) {
  return fails("stat: " + name_of(path), EACCES) ? -1 : __real_stat(path, out);
}

DIR* __real_opendir(const char* path);
DIR* __wrap_opendir(const char* path) {
  return fails("opendir", EMFILE) ? nullptr : __real_opendir(path);
}

int __real_unlink(const char* path);
int __wrap_unlink(const char* path) {
  return fails("unlink: " + name_of(path), EROFS) ? -1 : __real_unlink(path);
}

int __real_unlinkat(int directory_fd, const char* path, int flags);
int __wrap_unlinkat(int directory_fd, const char* path, int flags) {
  return fails("unlinkat", EROFS) ? -1 : __real_unlinkat(directory_fd, path, flags);
}

ssize_t __wrap_readlink(const char* path, char* out, size_t size) {
  return fails("readlink: " + name_of(path), EACCES) ? -1 : __real_readlink(path, out, size);
}

int __real_getrlimit(__rlimit_resource_t resource, struct rlimit* out);
int __wrap_getrlimit(__rlimit_resource_t resource, struct rlimit* out) {
  return fails("getrlimit", EINVAL) ? -1 : __real_getrlimit(resource, out);
}

int __real_clock_gettime(clockid_t clock, struct timespec* out);
int __wrap_clock_gettime(clockid_t clock, struct timespec* out) {
  // Each call that takes the mutex reads it, and does without.
  if (clock == CLOCK_MONOTONIC_COARSE) return __real_clock_gettime(clock, out);
  const char* const name = clock == CLOCK_MONOTONIC  ? "monotonic"
                           : clock == CLOCK_REALTIME ? "realtime"
                                                     : "boot time";
  return fails(std::string("clock_gettime: ") + name, EINVAL) ? -1
                                                              : __real_clock_gettime(clock, out);
}

ssize_t __real_pread(int fd, void* out, size_t size, off_t offset);
ssize_t __wrap_pread(int fd, void* out, size_t size, off_t offset) {
  return fails("pread", EIO) ? -1 : __real_pread(fd, out, size, offset);
}

DIR* __real_fdopendir(int fd);
DIR* __wrap_fdopendir(int fd) {
  return fails("fdopendir", ENOMEM) ? nullptr : __real_fdopendir(fd);
}

struct dirent* __real_readdir(DIR* directory);
struct dirent* __wrap_readdir(DIR* directory) {
  return fails("readdir", EIO) ? nullptr : __real_readdir(directory);
}

int __real_pthread_create(pthread_t* out, const pthread_attr_t* attributes, void* (*body)(void*),
                          void* argument);
int __wrap_pthread_create(pthread_t* out, const pthread_attr_t* attributes, void* (*body)(void*),
                          void* argument) {
  return fails("pthread_create", EAGAIN) ? EAGAIN
                                         : __real_pthread_create(out, attributes, body, argument);
}

int __real_pthread_atfork(void (*before)(), void (*in_parent)(), void (*in_child)());
int __wrap_pthread_atfork(void (*before)(), void (*in_parent)(), void (*in_child)()) {
  // The first one, as the program starts, is refused: the first allocator asks again, in tests.
  static bool asked = false;
  if (!std::exchange(asked, true) || fails("pthread_atfork", ENOMEM)) return ENOMEM;
  return __real_pthread_atfork(before, in_parent, in_child);
}

void* __real_mremap(void* old, size_t old_bytes, size_t bytes, int flags, ...);
// lib/ moves memory to where it says, and nothing else.
void* __wrap_mremap(void* old, size_t old_bytes, size_t bytes, int flags, void* to) {
  if (fails("mremap", ENOMEM)) return MAP_FAILED;
  return __real_mremap(old, old_bytes, bytes, flags, to);
}

int __real_pthread_key_create(pthread_key_t* out, void (*destroy)(void*));
int __wrap_pthread_key_create(pthread_key_t* out, void (*destroy)(void*)) {
  // The first one, as the program starts, is refused: the first thread asks again, in tests.
  static bool asked = false;
  if (!std::exchange(asked, true) || fails("pthread_key_create", EAGAIN)) return EAGAIN;
  return __real_pthread_key_create(out, destroy);
}

int __real_pthread_setspecific(pthread_key_t key, const void* value);
int __wrap_pthread_setspecific(pthread_key_t key, const void* value) {
  return fails("pthread_setspecific", ENOMEM) ? ENOMEM : __real_pthread_setspecific(key, value);
}

int __real_shm_open(const char* name, int flags, mode_t mode);
int __wrap_shm_open(const char* name, int flags, mode_t mode) {
  return fails("shm_open", EMFILE) ? -1 : __real_shm_open(name, flags, mode);
}

int __real_ftruncate(int fd, off_t length);
int __wrap_ftruncate(int fd, off_t length) {
  return fails("ftruncate", ENOSPC) ? -1 : __real_ftruncate(fd, length);
}

// What base/files.h and sync/ do by this one. Closing cannot fail. Calls take at most six
// arguments, of one word each.
long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...) {
  va_list list;
  va_start(list, number);
  long words[6];
  for (long& word : words) word = va_arg(list, long);
  va_end(list);
  static bool refused = false;
  const std::string site = purpose_of_syscall(number, words);
  if (site == "close"        ? false
      : site == "membarrier" ? fails_every_other_time(refused, site, error_of_syscall(site))
                             : fails(site, error_of_syscall(site)))
    return -1;
  return __real_syscall(number, words[0], words[1], words[2], words[3], words[4], words[5]);
}

}  // extern "C"
