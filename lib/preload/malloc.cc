// libtemporal_slab_malloc.so: malloc and what belongs to it, made of one published allocator whose
// epochs turn by time. With LD_PRELOAD any program runs on it, and `tslab` shows what of its memory
// is how old, and what grows.
//
// Threads. Any. No lock is taken here.
//
// Signals. A handler may free, whatever it interrupted but the end of its thread: what it frees in
// the middle of a call of ours or of a fork is freed when that is over.
//
// The environment, read at the first call: TEMPORAL_SLAB_TURN_MS, how long an epoch is current
// (default 1000; 0: for ever). The label of an epoch is when it was opened.
//
// In the middle of anything. The first call may come before any constructor, from the dynamic
// linker, or from the C library for a call of our own. What is asked for while the allocator is
// made comes from `early`, and stays.
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <temporal_slab/slab_alloc.h>
#include <time.h>

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace {

constexpr std::size_t kPageBytes = 4096;
constexpr std::uint64_t kNsPerMs = 1'000'000;
constexpr std::uint32_t kEpochs = 64;
// Allocations of a thread between two looks at the clock.
constexpr std::uint32_t kLookEvery = 64;

std::atomic<SlabAllocator*> made{nullptr};
std::atomic<bool> is_being_made{false};

// ---- before there is an allocator ----

alignas(64) char early[1 << 16];
std::atomic<std::size_t> early_used{0};

void* take_early(std::size_t bytes) {
  if (bytes > sizeof(early)) return nullptr;
  const std::size_t at = early_used.fetch_add((bytes + 63) & ~std::size_t{63});
  return at + bytes <= sizeof(early) ? early + at : nullptr;
}

bool is_early(const void* pointer) {
  const auto at = reinterpret_cast<std::uintptr_t>(pointer);
  const auto begin = reinterpret_cast<std::uintptr_t>(early);
  return at >= begin && at < begin + sizeof(early);
}

std::size_t early_bytes_after(const void* pointer) {
  return static_cast<std::size_t>(early + sizeof(early) - static_cast<const char*>(pointer));
}

// ---- epochs by time ----

std::atomic<std::uint64_t> turn_ns{0};       // 0: never
std::atomic<std::uint64_t> next_turn_ns{0};  // CLOCK_MONOTONIC_COARSE
[[gnu::tls_model("initial-exec")]] thread_local std::uint32_t allocations = 0;

std::uint64_t now_ns(clockid_t clock) {
  timespec now = {};
  clock_gettime(clock, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 +
         static_cast<std::uint64_t>(now.tv_nsec);
}

// As 2026-01-31T23:59:59Z. Not by gmtime, which reads files and takes a lock.
void write_time(char (&text)[SLAB_LABEL_BYTES]) {
  const std::uint64_t seconds = now_ns(CLOCK_REALTIME_COARSE) / 1'000'000'000;
  std::uint64_t days = seconds / 86'400 + 719'468;  // since 0000-03-01
  const std::uint64_t era = days / 146'097;
  days -= era * 146'097;
  const std::uint64_t year_of_era = (days - days / 1'460 + days / 36'524 - days / 146'096) / 365;
  const std::uint64_t day_of_year =
      days - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::uint64_t from_march = (5 * day_of_year + 2) / 153;
  const std::uint64_t day = day_of_year - (153 * from_march + 2) / 5 + 1;
  const std::uint64_t month = from_march < 10 ? from_march + 3 : from_march - 9;
  const std::uint64_t year = year_of_era + era * 400 + (month <= 2 ? 1 : 0);
  char* end = text;
  const auto put = [&end](std::uint64_t number, std::uint64_t power, char behind) {
    for (; power != 0; power /= 10) *end++ = static_cast<char>('0' + number / power % 10);
    *end++ = behind;
  };
  put(year, 1000, '-');
  put(month, 10, '-');
  put(day, 10, 'T');
  put(seconds / 3600 % 24, 10, ':');
  put(seconds / 60 % 60, 10, ':');
  put(seconds % 60, 10, 'Z');
  *end = '\0';
}

void label_current(SlabAllocator* allocator) {
  char label[SLAB_LABEL_BYTES];
  write_time(label);
  slab_epoch_set_label(allocator, epoch_current(allocator), label);
}

void look_at_the_clock(SlabAllocator* allocator) {
  const std::uint64_t every_ns = turn_ns.load(std::memory_order_relaxed);
  if (every_ns == 0) return;
  const std::uint64_t now = now_ns(CLOCK_MONOTONIC_COARSE);
  std::uint64_t next = next_turn_ns.load(std::memory_order_relaxed);
  if (now < next || !next_turn_ns.compare_exchange_strong(next, now + every_ns)) return;
  const int errno_before = errno;
  epoch_advance(allocator);
  label_current(allocator);
  errno = errno_before;
}

// ---- the allocator ----

void enter_call();
void leave_call();

std::uint64_t turn_ms_from_environment() {
  const char* text = secure_getenv("TEMPORAL_SLAB_TURN_MS");
  std::uint64_t number = 0;
  if (text == nullptr || *text == '\0') return 1000;
  for (; *text >= '0' && *text <= '9' && number < 1'000'000'000; ++text)
    number = number * 10 + static_cast<std::uint64_t>(*text - '0');
  return *text == '\0' ? number : 1000;
}

// nullptr: another call is about to make it, or there is no memory for it.
SlabAllocator* make() {
  if (is_being_made.exchange(true)) return nullptr;
  const int errno_before = errno;
  SlabOptions options;
  slab_options_init(&options);
  options.name = "malloc";
  options.publish = true;
  options.epoch_count = kEpochs;
  SlabAllocator* const fresh = slab_allocator_create_with(&options);
  if (fresh == nullptr) {
    is_being_made = false;
    return nullptr;
  }
  turn_ns.store(turn_ms_from_environment() * kNsPerMs, std::memory_order_relaxed);
  next_turn_ns.store(now_ns(CLOCK_MONOTONIC_COARSE) + turn_ns.load(std::memory_order_relaxed),
                     std::memory_order_relaxed);
  label_current(fresh);
  made.store(fresh, std::memory_order_release);
  // After the library's own: before a fork ours come first, and last after it.
  pthread_atfork(enter_call, leave_call, leave_call);
  errno = errno_before;
  return fresh;
}

SlabAllocator* allocator() {
  SlabAllocator* const known = made.load(std::memory_order_acquire);
  return known != nullptr ? known : make();
}

// For who allocates.
SlabAllocator* allocator_in_time() {
  SlabAllocator* const known = allocator();
  if (known != nullptr && ++allocations % kLookEvery == 0) look_at_the_clock(known);
  return known;
}

// ---- what is aligned to more than a page: a mapping of its own ----

struct Mapping {
  std::atomic<std::uintptr_t> object{0};  // 0: none; 1: about to be one
  void* begin = nullptr;
  std::size_t bytes = 0;  // of all of it
};
constexpr std::size_t kMostMappings = 1024;
Mapping mappings[kMostMappings];
std::atomic<std::size_t> mapping_count{0};

Mapping* mapping_of(const void* pointer) {
  const auto object = reinterpret_cast<std::uintptr_t>(pointer);
  if (object % (2 * kPageBytes) != 0 || mapping_count.load(std::memory_order_acquire) == 0)
    return nullptr;
  for (Mapping& each : mappings)
    if (each.object.load(std::memory_order_acquire) == object) return &each;
  return nullptr;
}

std::size_t bytes_of(const Mapping& mapping) {
  return static_cast<std::size_t>(static_cast<char*>(mapping.begin) + mapping.bytes -
                                  reinterpret_cast<char*>(mapping.object.load()));
}

void* map_aligned(std::size_t alignment, std::size_t bytes) {
  if (bytes > SIZE_MAX - alignment - kPageBytes) {
    errno = ENOMEM;
    return nullptr;
  }
  Mapping* place = nullptr;
  for (Mapping& each : mappings) {
    std::uintptr_t none = 0;
    if (!each.object.compare_exchange_strong(none, 1)) continue;
    place = &each;
    break;
  }
  const std::size_t all = (bytes + alignment + kPageBytes - 1) & ~(kPageBytes - 1);
  void* const memory = place == nullptr ? MAP_FAILED
                                        : mmap(nullptr, all, PROT_READ | PROT_WRITE,
                                               MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) {
    if (place != nullptr) place->object = 0;
    errno = ENOMEM;
    return nullptr;
  }
  const std::uintptr_t begin = reinterpret_cast<std::uintptr_t>(memory);
  const std::uintptr_t object = (begin + alignment - 1) & ~(alignment - 1);
  place->begin = memory;
  place->bytes = all;
  ++mapping_count;
  place->object.store(object, std::memory_order_release);
  return reinterpret_cast<void*>(object);
}

void unmap(Mapping* mapping) {
  void* const begin = mapping->begin;
  const std::size_t bytes = mapping->bytes;
  mapping->object.store(0, std::memory_order_release);
  --mapping_count;
  munmap(begin, bytes);
}

// ---- a free, and a signal in the middle of a call ----

void put_back(void* pointer) {
  const int errno_before = errno;  // which a free leaves alone
  if (Mapping* const mapping = mapping_of(pointer); mapping != nullptr)
    unmap(mapping);
  else if (SlabAllocator* const of = allocator(); of != nullptr)
    slab_free(of, pointer);
  errno = errno_before;
}

[[gnu::tls_model("initial-exec")]] thread_local std::atomic<std::uint32_t> inside_calls{0};
// What was freed meanwhile: each begins with the address of the next one.
[[gnu::tls_model("initial-exec")]] thread_local std::atomic<void*> to_free{nullptr};

void free_later(void* pointer) {
  void* first = to_free.load(std::memory_order_relaxed);
  do {
    memcpy(pointer, &first, sizeof(first));
  } while (!to_free.compare_exchange_weak(first, pointer, std::memory_order_relaxed));
}

void enter_call() {
  inside_calls.store(inside_calls.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  std::atomic_signal_fence(std::memory_order_seq_cst);
}

void leave_call() {
  std::atomic_signal_fence(std::memory_order_seq_cst);
  inside_calls.store(inside_calls.load(std::memory_order_relaxed) - 1, std::memory_order_relaxed);
  std::atomic_signal_fence(std::memory_order_seq_cst);
  // Outside of all calls a handler frees at once.
  while (to_free.load(std::memory_order_relaxed) != nullptr &&
         inside_calls.load(std::memory_order_relaxed) == 0)
    [[unlikely]] {
      enter_call();
      void* each = to_free.exchange(nullptr, std::memory_order_relaxed);
      while (each != nullptr) {
        void* next = nullptr;
        memcpy(&next, each, sizeof(next));
        put_back(each);
        each = next;
      }
      std::atomic_signal_fence(std::memory_order_seq_cst);
      inside_calls.store(0, std::memory_order_relaxed);
      std::atomic_signal_fence(std::memory_order_seq_cst);
    }
}

class Inside {
 public:
  Inside() { enter_call(); }
  ~Inside() { leave_call(); }
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;
};

void release(void* pointer) {
  if (pointer == nullptr || is_early(pointer)) return;
  if (inside_calls.load(std::memory_order_relaxed) != 0) [[unlikely]]
    return free_later(pointer);
  const Inside inside;
  put_back(pointer);
}

// ---- the calls ----

void* allocate(std::size_t bytes) {
  SlabAllocator* const from = allocator_in_time();
  if (from != nullptr) return slab_malloc(from, bytes == 0 ? 1 : bytes);
  void* const memory = take_early(bytes);
  if (memory == nullptr) errno = ENOMEM;
  return memory;
}

void* allocate_aligned(std::size_t alignment, std::size_t bytes) {
  const Inside inside;
  if (alignment > kPageBytes) return map_aligned(alignment, bytes);
  SlabAllocator* const from = allocator_in_time();
  if (from != nullptr) return slab_aligned_alloc(from, alignment, bytes == 0 ? 1 : bytes);
  char* const memory = static_cast<char*>(take_early(bytes + alignment));
  if (memory == nullptr) {
    errno = ENOMEM;
    return nullptr;
  }
  const auto begin = reinterpret_cast<std::uintptr_t>(memory);
  return memory + ((alignment - begin % alignment) % alignment);
}

std::size_t usable(void* pointer) {
  if (pointer == nullptr) return 0;
  if (is_early(pointer)) return early_bytes_after(pointer);
  if (const Mapping* const mapping = mapping_of(pointer); mapping != nullptr)
    return bytes_of(*mapping);
  const int errno_before = errno;
  const std::size_t bytes = slab_usable_size(allocator(), pointer);
  errno = errno_before;
  return bytes;
}

void* reallocate(void* pointer, std::size_t bytes) {
  if (pointer == nullptr) return allocate(bytes);
  if (bytes == 0) {  // as glibc's
    if (!is_early(pointer)) put_back(pointer);
    return nullptr;
  }
  if (!is_early(pointer) && mapping_of(pointer) == nullptr) {
    void* const there = slab_realloc(allocator(), pointer, bytes);
    // Its epoch is over: it goes on in the current one.
    if (there != nullptr || errno != ESTALE) return there;
  }
  void* const moved = allocate(bytes);
  if (moved == nullptr) return nullptr;
  const std::size_t before = usable(pointer);
  memcpy(moved, pointer, before < bytes ? before : bytes);
  if (!is_early(pointer)) put_back(pointer);
  return moved;
}

bool is_power_of_two(std::size_t number) { return number != 0 && (number & (number - 1)) == 0; }

}  // namespace

extern "C" {

#define LET_OUT __attribute__((visibility("default")))

LET_OUT void* malloc(std::size_t bytes) {
  const Inside inside;
  return allocate(bytes);
}

LET_OUT void free(void* pointer) { release(pointer); }

LET_OUT void free_sized(void* pointer, std::size_t) { release(pointer); }

LET_OUT void free_aligned_sized(void* pointer, std::size_t, std::size_t) { release(pointer); }

LET_OUT void* calloc(std::size_t count, std::size_t bytes) {
  std::size_t all = 0;
  if (__builtin_mul_overflow(count, bytes, &all)) {
    errno = ENOMEM;
    return nullptr;
  }
  const Inside inside;
  if (SlabAllocator* const from = allocator_in_time(); from != nullptr)
    return slab_calloc(from, 1, all == 0 ? 1 : all);
  void* const memory = take_early(all);  // is zero: it is given out once
  if (memory == nullptr) errno = ENOMEM;
  return memory;
}

LET_OUT void* realloc(void* pointer, std::size_t bytes) {
  const Inside inside;
  return reallocate(pointer, bytes);
}

LET_OUT void* reallocarray(void* pointer, std::size_t count, std::size_t bytes) {
  std::size_t all = 0;
  if (!__builtin_mul_overflow(count, bytes, &all)) return realloc(pointer, all);
  errno = ENOMEM;
  return nullptr;
}

LET_OUT std::size_t malloc_usable_size(void* pointer) {
  const Inside inside;
  return usable(pointer);
}

LET_OUT void* memalign(std::size_t alignment, std::size_t bytes) {
  if (is_power_of_two(alignment)) return allocate_aligned(alignment, bytes);
  errno = EINVAL;
  return nullptr;
}

LET_OUT void* aligned_alloc(std::size_t alignment, std::size_t bytes) {
  return memalign(alignment, bytes);
}

LET_OUT int posix_memalign(void** out, std::size_t alignment, std::size_t bytes) {
  if (!is_power_of_two(alignment) || alignment % sizeof(void*) != 0) return EINVAL;
  const int errno_before = errno;
  void* const memory = allocate_aligned(alignment, bytes);
  errno = errno_before;
  if (memory == nullptr) return ENOMEM;
  *out = memory;
  return 0;
}

LET_OUT void* valloc(std::size_t bytes) { return allocate_aligned(kPageBytes, bytes); }

LET_OUT void* pvalloc(std::size_t bytes) {
  if (bytes > SIZE_MAX - kPageBytes) {
    errno = ENOMEM;
    return nullptr;
  }
  return allocate_aligned(kPageBytes, (bytes + kPageBytes - 1) & ~(kPageBytes - 1));
}
}
