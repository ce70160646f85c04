#include "capi/rules_madvise_support.h"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <mutex>
#include <utility>

namespace temporal_slab::rules {
namespace {

std::mutex mutex;                    // NOLINT
std::vector<GivenBack> given_back;   // NOLINT
thread_local bool in_close = false;  // NOLINT

void note(void* begin, std::size_t bytes) {
  const std::lock_guard lock(mutex);
  given_back.push_back({reinterpret_cast<std::uintptr_t>(begin) / 4096, bytes / 4096, in_close});
}

}  // namespace

std::vector<GivenBack> take_given_back() {
  const std::lock_guard lock(mutex);
  return std::exchange(given_back, {});
}

CloseOfThisThread::CloseOfThisThread() { in_close = true; }
CloseOfThisThread::~CloseOfThisThread() { in_close = false; }

}  // namespace temporal_slab::rules

extern "C" int madvise(void* begin, std::size_t bytes, int advice) noexcept {
  if (advice == MADV_DONTNEED) temporal_slab::rules::note(begin, bytes);
  return static_cast<int>(::syscall(SYS_madvise, begin, bytes, advice));
}
