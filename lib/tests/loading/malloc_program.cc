// malloc_program KEYS LIBRARY: a program whose malloc is made of the library, with so many keys of
// threads made before the library's first use: threads, a library loaded late, standard output, the
// environment, forks.
#include <dlfcn.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <thread>
#include <vector>

namespace {

constexpr int kMostKeys = 1000;
pthread_key_t keys[kMostKeys];
int key_count = 0;

// Before the constructors of any library, and so before the first malloc.
void make_keys(int argc, char** argv, char**) {
  if (argc != 3) return;
  for (const char* digit = argv[1]; *digit != '\0'; ++digit)
    key_count = key_count * 10 + (*digit - '0');
  if (key_count > kMostKeys) _exit(2);
  for (int i = 0; i < key_count; ++i)
    if (pthread_key_create(&keys[i], nullptr) != 0) _exit(3);
}
[[gnu::section(".preinit_array"), gnu::used]] void (*const first)(int, char**, char**) = make_keys;

void work() {
  std::map<int, std::string> map;
  for (int i = 0; i < 2000; ++i) map[i % 300] = std::string(static_cast<std::size_t>(i), 'x');
  for (int i = 0; i < 300; ++i)
    if (map[i].size() % 300 != static_cast<std::size_t>(i)) std::abort();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  for (int round = 0; round < 20; ++round) {
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
      threads.emplace_back([&] {
        for (int key = 0; key < key_count; ++key) pthread_setspecific(keys[key], &keys);
        thread_local std::string own(100, 'o');
        work();
        if (own.size() != 100) std::abort();
      });
    for (std::thread& thread : threads) thread.join();
  }
  void* const library = dlopen(argv[2], RTLD_NOW);
  if (library == nullptr) return 4;
  char* (*room)() = nullptr;
  *reinterpret_cast<void**>(&room) = dlsym(library, "greedy_room");
  std::thread([&] { std::memset(room(), 1, 200); }).join();
  dlclose(library);
  setenv("MALLOC_PROGRAM", "set", 1);
  if (std::string(getenv("MALLOC_PROGRAM")) != "set") return 5;
  const pid_t child = fork();
  if (child == 0) {
    work();
    std::thread(work).join();
    _exit(7);
  }
  int status = 0;
  if (waitpid(child, &status, 0) != child || !WIFEXITED(status) || WEXITSTATUS(status) != 7)
    return 6;
  std::printf("%d keys: done\n", key_count);
  return 0;
}
