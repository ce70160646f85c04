#include "base/thread.h"

#include <sys/prctl.h>
#include <unistd.h>

#include <cstring>

namespace temporal_slab::base {

std::uint64_t own_thread_id() { return static_cast<std::uint64_t>(gettid()); }

std::size_t own_thread_name(char (&out)[kThreadNameBytes]) {
  out[0] = '\0';
  prctl(PR_GET_NAME, out);  // cannot fail: the room is what the kernel fills
  return strnlen(out, kThreadNameBytes - 1);
}

}  // namespace temporal_slab::base
