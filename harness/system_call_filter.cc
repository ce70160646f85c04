#include "harness/system_call_filter.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>

namespace temporal_slab::harness {
namespace {

#if defined(__x86_64__)
constexpr unsigned kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr unsigned kArchitecture = AUDIT_ARCH_AARCH64;
#endif

}  // namespace

bool refuse_system_calls(const std::vector<int>& numbers, int error) {
  constexpr unsigned short kLoad = BPF_LD | BPF_W | BPF_ABS;
  constexpr unsigned short kSkipUnlessEqual = BPF_JMP | BPF_JEQ | BPF_K;
  constexpr unsigned short kReturn = BPF_RET | BPF_K;
  std::vector<sock_filter> program = {
      BPF_STMT(kLoad, offsetof(seccomp_data, arch)),
      BPF_JUMP(kSkipUnlessEqual, kArchitecture, 1, 0),
      BPF_STMT(kReturn, SECCOMP_RET_ALLOW),
      BPF_STMT(kLoad, offsetof(seccomp_data, nr)),
  };
  for (const int number : numbers) {
    program.push_back(BPF_JUMP(kSkipUnlessEqual, static_cast<unsigned>(number), 0, 1));
    program.push_back(BPF_STMT(kReturn, SECCOMP_RET_ERRNO | static_cast<unsigned>(error)));
  }
  program.push_back(BPF_STMT(kReturn, SECCOMP_RET_ALLOW));
  const sock_fprog filter = {static_cast<unsigned short>(program.size()), program.data()};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &filter) == 0;
}

}  // namespace temporal_slab::harness
