// preload_calls: every call of malloc's kind, as the manual pages say; threads, forks, and a signal
// handler that frees. Prints what does not hold, and "done".
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <thread>
#include <vector>

extern "C" {
void free_sized(void* pointer, std::size_t bytes) __attribute__((weak));
void free_aligned_sized(void* pointer, std::size_t alignment, std::size_t bytes)
    __attribute__((weak));
}

namespace {

int failures = 0;
#define CHECK(holds)                                               \
  do {                                                             \
    if (!(holds)) {                                                \
      std::printf("%s:%d: %s\n", __FILE_NAME__, __LINE__, #holds); \
      ++failures;                                                  \
    }                                                              \
  } while (false)

// Kept from what the compiler knows of these calls.
template <typename T>
T* opaque(T* pointer) {
  asm volatile("" : "+r"(pointer)::"memory");
  return pointer;
}

bool is_aligned(const void* pointer, std::size_t alignment) {
  return reinterpret_cast<std::uintptr_t>(pointer) % alignment == 0;
}

bool is_all(const void* memory, std::size_t bytes, char value) {
  const char* const begin = static_cast<const char*>(memory);
  for (std::size_t i = 0; i < bytes; ++i)
    if (begin[i] != value) return false;
  return true;
}

void sizes() {
  for (const std::size_t bytes : {0UL, 1UL, 100UL, 32768UL, 32769UL, 1000000UL, 50000000UL}) {
    char* const object = static_cast<char*>(opaque(malloc(bytes)));
    CHECK(object != nullptr && is_aligned(object, 16));
    CHECK(malloc_usable_size(object) >= bytes);
    std::memset(object, 'x', malloc_usable_size(object));
    char* const zeroed = static_cast<char*>(opaque(calloc(bytes == 0 ? 0 : 1, bytes)));
    CHECK(zeroed != nullptr && is_all(zeroed, bytes, '\0'));
    free(object);
    free(zeroed);
  }
  CHECK(malloc_usable_size(nullptr) == 0);
  free(nullptr);
}

// By pointers that the compiler does not know the value of: it would refuse such sizes.
void* (*volatile call_malloc)(std::size_t) = malloc;
void* (*volatile call_calloc)(std::size_t, std::size_t) = calloc;
void* (*volatile call_realloc)(void*, std::size_t) = realloc;
void* (*volatile call_reallocarray)(void*, std::size_t, std::size_t) = reallocarray;
void* (*volatile call_memalign)(std::size_t, std::size_t) = memalign;

void too_much() {
  errno = 0;
  CHECK(call_malloc(SIZE_MAX - 100) == nullptr && errno == ENOMEM);
  errno = 0;
  CHECK(call_calloc(SIZE_MAX / 2, 3) == nullptr && errno == ENOMEM);
  char* const object = static_cast<char*>(malloc(10));
  std::strcpy(object, "unharmed");
  errno = 0;
  CHECK(call_realloc(object, SIZE_MAX - 100) == nullptr && errno == ENOMEM);
  CHECK(call_reallocarray(object, SIZE_MAX / 2, 3) == nullptr && errno == ENOMEM);
  CHECK(std::strcmp(object, "unharmed") == 0);
  free(object);
  for (const std::size_t alignment : {std::size_t{64}, std::size_t{1} << 20}) {
    errno = 0;
    CHECK(call_memalign(alignment, SIZE_MAX - 100) == nullptr && errno == ENOMEM);
  }
}

void moves() {
  char* object = nullptr;
  std::size_t before = 0;
  for (const std::size_t bytes : {10UL, 5000UL, 100UL, 100000UL, 3000000UL, 20UL}) {
    object = static_cast<char*>(opaque(realloc(object, bytes)));
    CHECK(object != nullptr && is_all(object, before < bytes ? before : bytes, 'y'));
    std::memset(object, 'y', bytes);
    before = bytes;
  }
  CHECK(opaque(realloc(object, 0)) == nullptr);
  char* const aligned = static_cast<char*>(memalign(65536, 100));
  std::memset(aligned, 'z', 100);
  char* const moved = static_cast<char*>(opaque(realloc(aligned, 200000)));
  CHECK(moved != nullptr && is_all(moved, 100, 'z'));
  free(moved);
}

void alignments() {
  for (std::size_t alignment = 1; alignment <= std::size_t{1} << 22; alignment *= 2)
    for (const std::size_t bytes : {1UL, 100UL, 5000UL, 70000UL}) {
      void* const object = opaque(memalign(alignment, bytes));
      CHECK(object != nullptr && is_aligned(object, alignment));
      CHECK(malloc_usable_size(object) >= bytes);
      std::memset(object, 'a', bytes);
      void* const second = opaque(aligned_alloc(alignment, bytes));
      CHECK(second != nullptr && is_aligned(second, alignment) && second != object);
      CHECK(is_all(object, bytes, 'a'));
      free(object);
      free(second);
      void* third = &third;
      const int error = posix_memalign(&third, alignment, bytes);
      CHECK(error == (alignment < sizeof(void*) ? EINVAL : 0));
      CHECK(error == 0 ? is_aligned(third, alignment) : third == &third);
      if (error == 0) free(third);
    }
  void* unused = nullptr;
  CHECK(posix_memalign(&unused, 48, 100) == EINVAL);
  errno = 0;
  CHECK(opaque(memalign(48, 100)) == nullptr && errno == EINVAL);
  void* const page = opaque(valloc(1));
  void* const pages = opaque(pvalloc(5000));
  CHECK(is_aligned(page, 4096) && is_aligned(pages, 4096) && malloc_usable_size(pages) >= 8192);
  free(page);
  free(pages);
}

void frees_leave_errno_alone() {
  errno = EDOM;
  free(malloc(10));
  free(memalign(1 << 20, 10));
  CHECK(errno == EDOM);
  if (free_sized == nullptr || free_aligned_sized == nullptr) {
    CHECK(!"free_sized and free_aligned_sized are there");
    return;
  }
  free_sized(malloc(10), 10);
  free_aligned_sized(aligned_alloc(64, 128), 64, 128);
  CHECK(errno == EDOM);
}

void churn(unsigned seed) {
  std::vector<std::pair<char*, std::size_t>> mine;
  for (unsigned i = 0; i < 20000; ++i) {
    seed = seed * 1664525 + 1013904223;
    const std::size_t bytes = seed >> 8 & 0x3fff;
    mine.emplace_back(static_cast<char*>(malloc(bytes)), bytes);
    std::memset(mine.back().first, static_cast<int>(bytes & 0x7f), bytes);
    if (mine.size() < 100) continue;
    const std::size_t at = (seed >> 4) % mine.size();
    CHECK(is_all(mine[at].first, mine[at].second, static_cast<char>(mine[at].second & 0x7f)));
    free(mine[at].first);
    mine[at] = mine.back();
    mine.pop_back();
  }
  for (const auto& [object, bytes] : mine) free(object);
}

void threads_and_forks() {
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < 4; ++i) threads.emplace_back(churn, i);
  for (int i = 0; i < 20; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      churn(static_cast<unsigned>(100 + i));
      _exit(failures);
    }
    int status = 0;
    CHECK(waitpid(child, &status, 0) == child && status == 0);
  }
  for (std::thread& thread : threads) thread.join();
  for (int i = 0; i < 200; ++i) std::thread([] { free(malloc(100)); }).join();
}

std::atomic<void*> to_free[64];
void free_one(int) {
  for (std::atomic<void*>& place : to_free)
    if (void* const object = place.exchange(nullptr); object != nullptr) return free(object);
}

// In the middle of our own calls a handler frees.
void signals() {
  struct sigaction action = {};
  action.sa_handler = free_one;
  action.sa_flags = SA_RESTART;
  sigaction(SIGALRM, &action, nullptr);
  const itimerval often = {{0, 100}, {0, 100}};
  setitimer(ITIMER_REAL, &often, nullptr);
  for (int i = 0; i < 300000; ++i) {
    void* const object = malloc(static_cast<std::size_t>(i % 2000));
    void* none = nullptr;
    if (!to_free[i % 64].compare_exchange_strong(none, object)) free(object);
  }
  const itimerval never = {};
  setitimer(ITIMER_REAL, &never, nullptr);
  for (std::atomic<void*>& place : to_free) free(place.exchange(nullptr));
}

}  // namespace

int main() {
  sizes();
  too_much();
  moves();
  alignments();
  frees_leave_errno_alone();
  threads_and_forks();
  signals();
  std::printf("%s\n", failures == 0 ? "done" : "failed");
  return failures == 0 ? 0 : 1;
}
