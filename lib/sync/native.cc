#include "sync/native.h"

#include <errno.h>
#include <linux/membarrier.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sync/once.h"

namespace temporal_slab::sync {
namespace {

long call_membarrier(int command) { return ::syscall(SYS_membarrier, command, 0, 0); }

// One key for the whole library, made when the first thread needs it.
struct ExitKey {
  Once made;
  int error = 0;
  pthread_key_t key{};
};
constinit ExitKey exit_key;

// The hook itself is what the key holds for a thread.
void run_hook(void* hook) { reinterpret_cast<void (*)()>(hook)(); }

}  // namespace

bool register_membarrier() {
  const int errno_before = errno;
  const long has = call_membarrier(MEMBARRIER_CMD_QUERY);
  const bool ready = has >= 0 && (has & MEMBARRIER_CMD_PRIVATE_EXPEDITED) != 0 &&
                     call_membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED) == 0;
  errno = errno_before;
  return ready;
}

void membarrier() { call_membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED); }

int at_thread_exit(void (*hook)()) {
  exit_key.made.run([] { exit_key.error = pthread_key_create(&exit_key.key, run_hook); });
  if (exit_key.error != 0) return exit_key.error;
  return pthread_setspecific(exit_key.key, reinterpret_cast<void*>(hook));
}

}  // namespace temporal_slab::sync
