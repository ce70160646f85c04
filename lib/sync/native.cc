#include "sync/native.h"

#include <errno.h>
#include <linux/membarrier.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <mutex>

#include "sync/atomic.h"

namespace temporal_slab::sync {
namespace {

// The hook itself is what the key holds for a thread.
void run_hook(void* hook) { reinterpret_cast<void (*)()>(hook)(); }

long call_membarrier(int command) { return ::syscall(SYS_membarrier, command, 0, 0); }

// One key for the whole library, made when the first thread needs it. Refused, it is asked for anew
// by the next one.
struct ExitKey {
  Atomic<bool> made{false};
  Mutex mutex;  // guards the making
  pthread_key_t key{};
};
constinit ExitKey exit_key;

int make_exit_key() {
  const std::lock_guard lock(exit_key.mutex);
  if (exit_key.made.load(kRelaxed)) return 0;
  const int error = pthread_key_create(&exit_key.key, run_hook);
  // Pairs with the acquire in at_thread_exit, which then reads the key.
  if (error == 0) exit_key.made.store(true, kRelease);
  return error;
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
  // On large machines it needs memory, and may be refused it; the slow one needs none, and is not
  // there on every kernel.
  while (call_membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED) != 0 && errno == ENOMEM &&
         call_membarrier(MEMBARRIER_CMD_GLOBAL) != 0)
    sched_yield();
  errno = errno_before;
}

int at_thread_exit(void (*hook)()) {
  if (!exit_key.made.load(kAcquire)) {
    const int error = make_exit_key();
    if (error != 0) return error;
  }
  return pthread_setspecific(exit_key.key, reinterpret_cast<void*>(hook));
}

int at_fork(void (*before)(), void (*in_parent)(), void (*in_child)()) {
  return pthread_atfork(before, in_parent, in_child);
}

}  // namespace temporal_slab::sync
