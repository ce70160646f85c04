#include "sync/interrupt.h"

#if !defined(__x86_64__)

namespace temporal_slab::sync {

bool can_interrupt() { return false; }
Interrupted interrupt_all_threads() { return Interrupted::kRefused; }

}  // namespace temporal_slab::sync

#else

#include <cpuid.h>
#include <errno.h>
#include <sys/mman.h>

#include <cstring>
#include <mutex>

#include "sync/atomic.h"

namespace temporal_slab::sync {
namespace {

constexpr std::size_t kPageBytes = 4096;

constinit Mutex one_at_a_time;  // guards what follows
alignas(kPageBytes) constinit volatile char page[kPageBytes] = {};
constinit bool writable = true;

void* whole_page() { return const_cast<char*>(page); }

Interrupted failed() {
  return errno == ENOMEM || errno == EAGAIN ? Interrupted::kNoMemory : Interrupted::kRefused;
}

bool has_invlpgb() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid(0x80000008, &a, &b, &c, &d) != 0 && (b & 1U << 3) != 0;
}

bool hypervisor_takes_pages_away() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  const bool is_guest = __get_cpuid(1, &a, &b, &c, &d) != 0 && (c & 1U << 31) != 0;
  if (!is_guest) return false;
  __cpuid(0x40000000, a, b, c, d);
  const unsigned name[3] = {b, c, d};
  return std::memcmp(name, "Microsoft Hv", sizeof name) == 0 ||
         std::memcmp(name, "XenVMMXenVMM", sizeof name) == 0;
}

}  // namespace

bool can_interrupt() {
  // CPUID is dear in a guest. Two threads that ask at first find the same.
  enum Known : std::uint8_t { kNotYet, kYes, kNo };
  static constinit Atomic<std::uint8_t> known{kNotYet};
  std::uint8_t answer = known.load(kRelaxed);
  if (answer == kNotYet) {
    answer = !has_invlpgb() && !hypervisor_takes_pages_away() ? kYes : kNo;
    known.store(answer, kRelaxed);
  }
  return answer == kYes;
}

Interrupted interrupt_all_threads() {
  const std::lock_guard lock(one_at_a_time);
  if (!writable) {
    if (::mprotect(whole_page(), kPageBytes, PROT_READ | PROT_WRITE) != 0) return failed();
    writable = true;
  }
  full_fence();  // what the caller stored is before all that the kernel looks at
  page[0] = 1;
  if (::madvise(whole_page(), kPageBytes, MADV_DONTNEED) == 0) return Interrupted::kAll;
  // Not of locked memory. To change the protection of one page may need memory for two mappings.
  if (::mprotect(whole_page(), kPageBytes, PROT_READ) != 0) return failed();
  writable = false;
  return Interrupted::kAll;
}

}  // namespace temporal_slab::sync

#endif
