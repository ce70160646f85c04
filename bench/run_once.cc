// temporal_slab_run_once PRELOAD COMMAND...: runs a program to its end, with the library PRELOAD
// beneath it unless that is empty, and says its wall time in ns, its peak RSS in bytes and its exit
// code.
//
// It is a program of its own, and small: what the kernel calls a process's peak RSS includes what
// was there when it forked, before it became another program.
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace {

long long now_ns() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1'000'000'000LL + time.tv_nsec;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const long long begin_ns = now_ns();
  const pid_t child = fork();
  if (child == 0) {
    if (argv[1][0] != '\0') setenv("LD_PRELOAD", argv[1], 1);
    if (std::freopen("/dev/null", "r", stdin) == nullptr) _exit(126);
    if (std::freopen("/dev/null", "w", stdout) == nullptr) _exit(126);
    execvp(argv[2], argv + 2);
    _exit(127);
  }
  int status = 0;
  rusage used{};
  if (child < 0 || wait4(child, &status, 0, &used) != child) return 1;
  const long long wall_ns = now_ns() - begin_ns;
  std::printf("%lld %lld %d\n", wall_ns, used.ru_maxrss * 1024LL,
              WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
  return 0;
}
