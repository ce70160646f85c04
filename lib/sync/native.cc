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

// One key for the whole library, made when the first thread needs it, without a lock: a child could
// find that taken. Refused, it is asked for anew by the next one. 0: none, else the key + 1.
constinit Atomic<std::uint64_t> exit_key_and_one{0};

int make_exit_key() {
  pthread_key_t key{};
  const int error = pthread_key_create(&key, run_hook);
  if (error != 0) return error;
  std::uint64_t none = 0;
  if (!exit_key_and_one.compare_exchange_strong(none, std::uint64_t{key} + 1, kRelaxed))
    pthread_key_delete(key);  // another thread was first
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
  const auto key = static_cast<pthread_key_t>(exit_key_and_one.load(kRelaxed) - 1);
  return pthread_setspecific(key, reinterpret_cast<void*>(hook));
}

int at_fork(void (*before)(), void (*in_parent)(), void (*in_child)()) {
  return pthread_atfork(before, in_parent, in_child);
}

}  // namespace temporal_slab::sync
