// A process as it is met in the field: field_program NAME MODE... publishes an allocator, holds a
// reference in it, does what MODE says, writes "ready" and waits to be ended. See field_test.py.
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <temporal_slab/slab_alloc.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

namespace {

SlabAllocator* allocator = nullptr;

void use() {
  slab_epoch_inc_refcount(allocator, epoch_current(allocator));
  std::vector<void*> objects;
  for (int i = 0; i < 1000; ++i) objects.push_back(slab_malloc(allocator, 100));
  for (void* const object : objects) slab_free(allocator, object);
}

[[noreturn]] void wait(const std::string& text) {
  const std::string line = text + "\n";
  if (write(1, line.data(), line.size()) != static_cast<ssize_t>(line.size())) _exit(9);
  for (;;) pause();
}

// Fills the file system that the segment lies in, and uses what had no memory by then.
int fill(const char* folder) {
  const std::string path = std::string(folder) + "/fill";
  const int fd = open(path.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
  std::vector<char> bytes(4096, 'x');
  while (write(fd, bytes.data(), bytes.size()) > 0) {
  }
  if (errno != ENOSPC) return 2;
  std::vector<std::thread> threads;
  for (int i = 0; i < 20; ++i) threads.emplace_back(use);
  for (std::thread& thread : threads) thread.join();
  for (int i = 0; i < 40; ++i) {
    use();
    epoch_advance(allocator);
  }
  errno = 0;
  return slab_allocator_published(allocator) || errno != ENOSPC ? 3 : 0;
}

int run_without_memory_of_its_own(void*) {
  for (;;) pause();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 1;
  SlabOptions options;
  slab_options_init(&options);
  options.name = argv[1];
  options.publish = true;
  allocator = slab_allocator_create_with(&options);
  if (allocator == nullptr || !slab_allocator_published(allocator)) {
    std::perror("publishing");
    return 1;
  }
  const std::string mode = argv[2];
  if (mode == "idle") wait("ready");
  if (mode == "fill") return fill(argv[3]);
  use();
  if (mode == "exit") _exit(0);
  if (mode == "setuid") {
    if (setuid(static_cast<uid_t>(std::atoi(argv[3]))) != 0) return 2;
    errno = 0;
    if (slab_allocator_published(allocator) || errno != EACCES) return 3;
    slab_allocator_free(allocator);
    return 0;
  }
  if (mode == "undumpable") prctl(PR_SET_DUMPABLE, 0);
  if (mode == "daemon") {
    if (write(1, "ready\n", 6) != 6) return 2;
    syscall(SYS_close_range, 0U, ~0U, 0U);
    for (;;) pause();
  }
  if (mode == "fork") {  // past the C library, which does not know of it
    const long child = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
    if (child == 0)
      for (;;) pause();
    wait("ready " + std::to_string(child));
  }
  if (mode == "share") {
    std::vector<char> stack(1 << 16);
    const int child = clone(run_without_memory_of_its_own, stack.data() + stack.size(),
                            CLONE_VM | SIGCHLD, nullptr);
    wait("ready " + std::to_string(child));
  }
  wait("ready");
}
