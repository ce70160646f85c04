// faults_without_membarrier EPERM|ENOSYS PROGRAM [ARGUMENT...]: runs a program as where a filter
// does not allow membarrier, or where the kernel is too old to have it.
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string_view>

#include "harness/system_call_filter.h"

int main(int count, char** words) {
  const std::string_view name = count > 2 ? words[1] : "";
  if (name != "EPERM" && name != "ENOSYS") {
    std::fprintf(stderr, "usage: faults_without_membarrier EPERM|ENOSYS PROGRAM [ARGUMENT...]\n");
    return 2;
  }
  const int error = name == "EPERM" ? EPERM : ENOSYS;
  if (!temporal_slab::harness::refuse_system_calls({SYS_membarrier}, error)) {
    std::fprintf(stderr, "no filter on system calls: %s\n", std::strerror(errno));
    return 1;
  }
  if (syscall(SYS_membarrier, MEMBARRIER_CMD_QUERY, 0, 0) != -1 || errno != error) {
    std::fprintf(stderr, "the filter lets membarrier through\n");
    return 1;
  }
  execvp(words[2], words + 2);
  std::fprintf(stderr, "%s: %s\n", words[2], std::strerror(errno));
  return 1;
}
