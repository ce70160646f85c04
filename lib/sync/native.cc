#include "sync/native.h"

#include <errno.h>
#include <linux/membarrier.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>
#include <mutex>

#include "base/files.h"
#include "sync/atomic.h"
#include "sync/interrupt.h"

namespace temporal_slab::sync {
namespace {

// The hook itself is what the key holds for a thread.
void run_hook(void* hook) { reinterpret_cast<void (*)()>(hook)(); }

long call_membarrier(int command) { return ::syscall(SYS_membarrier, command, 0, 0); }

// If not, errno says why the quick one was not.
bool made_by_the_kernel() {
  if (call_membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED) == 0) return true;
  // A process restored from a checkpoint may have lost its registration.
  if (errno == EPERM && register_membarrier() &&
      call_membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED) == 0)
    return true;
  // On large machines the quick one needs memory, and may be refused it; the slow one needs none,
  // and is not there on every kernel.
  const int why = errno;
  if (call_membarrier(MEMBARRIER_CMD_GLOBAL) == 0) return true;
  errno = why;
  return false;
}

// Owners are at work with a compiler barrier alone, and nobody can stop them.
[[noreturn]] void end_without_barrier() {
  constexpr char kWhy[] =
      "temporal_slab: this process lost the system call membarrier after the library was loaded, "
      "and has no other barrier for its threads. Let its filter allow membarrier, or install the "
      "filter before the library is loaded.\n";
  // Whether it is written or not: there is no way on.
  [[maybe_unused]] const ssize_t written = base::write_file(STDERR_FILENO, kWhy, sizeof kWhy - 1);
  std::abort();
}

// One key for the whole library, made when it is loaded, and if it was refused then when a thread
// needs it; without a lock: a child could find that taken. 0: none, else the key + 1.
constinit Atomic<std::uint64_t> exit_key_and_one{0};
constexpr std::uint64_t kNoMoreKeys = ~std::uint64_t{0};

// For the first keys each thread has room; for the others the C library allocates some as a thread
// first sets one (glibc's PTHREAD_KEY_2NDLEVEL_SIZE; musl has room for all).
constexpr pthread_key_t kKeysWithRoom = 32;

int make_exit_key() {
  pthread_key_t key{};
  if (pthread_key_create(&key, run_hook) != 0) return EAGAIN;
  if (key >= kKeysWithRoom) {
    pthread_key_delete(key);
    return EAGAIN;
  }
  std::uint64_t none = 0;
  if (!exit_key_and_one.compare_exchange_strong(none, std::uint64_t{key} + 1, kRelaxed))
    pthread_key_delete(key);  // another thread was first, or the library goes
  return 0;
}

}  // namespace

bool register_membarrier() {
  const int errno_before = errno;
  const long has = call_membarrier(MEMBARRIER_CMD_QUERY);
  const bool ready = has >= 0 && (has & MEMBARRIER_CMD_PRIVATE_EXPEDITED) != 0 &&
                     call_membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED) == 0;
  errno = errno_before;
  return ready;
}

void membarrier() {
  const int errno_before = errno;
  while (!made_by_the_kernel()) {
    const bool may_have_memory_later = errno == ENOMEM;
    const Interrupted interrupted =
        can_interrupt() ? interrupt_all_threads() : Interrupted::kRefused;
    if (interrupted == Interrupted::kAll) break;
    if (interrupted == Interrupted::kRefused && !may_have_memory_later) end_without_barrier();
    sched_yield();
  }
  errno = errno_before;
}

int at_thread_exit(void (*hook)()) {
  if (exit_key_and_one.load(kRelaxed) == 0) {
    const int error = make_exit_key();
    if (error != 0) return error;
  }
  const std::uint64_t key_and_one = exit_key_and_one.load(kRelaxed);
  if (key_and_one == kNoMoreKeys) return EAGAIN;
  const auto key = static_cast<pthread_key_t>(key_and_one - 1);
  return pthread_setspecific(key, reinterpret_cast<void*>(hook)) == 0 ? 0 : EAGAIN;
}

void begin_thread_exits() { make_exit_key(); }

// Threads that end later find no destructor, and what they set means nothing.
void end_thread_exits() {
  const std::uint64_t key_and_one = exit_key_and_one.exchange(kNoMoreKeys, kRelaxed);
  if (key_and_one != 0 && key_and_one != kNoMoreKeys)
    pthread_key_delete(static_cast<pthread_key_t>(key_and_one - 1));
}

bool thread_is_gone(std::uint64_t tid) {
  const int errno_before = errno;
  const bool gone =
      ::syscall(SYS_tgkill, getpid(), static_cast<pid_t>(tid), 0) != 0 && errno == ESRCH;
  errno = errno_before;
  return gone;
}

int at_exit(void (*hook)()) { return std::atexit(hook) == 0 ? 0 : ENOMEM; }

int at_fork(void (*before)(), void (*in_parent)(), void (*in_child)()) {
  return pthread_atfork(before, in_parent, in_child);
}

}  // namespace temporal_slab::sync
