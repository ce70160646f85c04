// malloc, made of this library. As the program starts, and in the middle of anything.
#include <errno.h>
#include <temporal_slab/slab_alloc.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace {

constexpr std::size_t kPage = 4096;
std::atomic<SlabAllocator*> made{nullptr};
std::atomic<int> making{0};

// What is asked for while the allocator is made comes from here, and stays.
alignas(64) char early[1 << 16];
std::atomic<std::size_t> early_used{0};

void* take_early(std::size_t bytes) {
  const std::size_t at = early_used.fetch_add((bytes + 63) & ~std::size_t{63});
  if (at + bytes > sizeof early) __builtin_trap();
  return early + at;
}
bool is_early(const void* pointer) {
  const auto at = reinterpret_cast<std::uintptr_t>(pointer);
  const auto begin = reinterpret_cast<std::uintptr_t>(early);
  return at >= begin && at < begin + sizeof early;
}

SlabAllocator* allocator() {
  SlabAllocator* const known = made.load(std::memory_order_acquire);
  if (known != nullptr) return known;
  if (making.exchange(1) != 0) return made.load();  // itself; nullptr: it is being made
  SlabAllocator* const fresh = slab_allocator_create();
  made.store(fresh, std::memory_order_release);
  return fresh;
}

// A slot is aligned to the largest power of two that divides its size.
std::size_t aligned_bytes(std::size_t alignment, std::size_t bytes) {
  if (alignment <= 32) return bytes;
  std::size_t power = alignment;
  while (power < bytes) power *= 2;
  return power;
}

}  // namespace

extern "C" {

#define LET_OUT __attribute__((visibility("default")))

LET_OUT void* malloc(std::size_t bytes) {
  SlabAllocator* const a = allocator();
  return a == nullptr ? take_early(bytes) : slab_malloc(a, bytes == 0 ? 1 : bytes);
}
LET_OUT void free(void* pointer) {
  if (pointer != nullptr && !is_early(pointer)) slab_free(allocator(), pointer);
}
LET_OUT void* calloc(std::size_t count, std::size_t bytes) {
  if (bytes != 0 && count > SIZE_MAX / bytes) {
    errno = ENOMEM;
    return nullptr;
  }
  void* const memory = malloc(count * bytes);
  return memory == nullptr ? nullptr : std::memset(memory, 0, count * bytes);
}
LET_OUT std::size_t malloc_usable_size(void* pointer) {
  return pointer == nullptr || is_early(pointer) ? 0 : slab_usable_size(allocator(), pointer);
}
LET_OUT void* realloc(void* pointer, std::size_t bytes) {
  if (pointer == nullptr) return malloc(bytes);
  if (!is_early(pointer)) return slab_realloc(allocator(), pointer, bytes == 0 ? 1 : bytes);
  void* const moved = malloc(bytes);
  const auto left = static_cast<std::size_t>(early + sizeof early - static_cast<char*>(pointer));
  return std::memcpy(moved, pointer, bytes < left ? bytes : left);
}
LET_OUT void* memalign(std::size_t alignment, std::size_t bytes) {
  if (alignment > kPage) {
    errno = ENOMEM;
    return nullptr;
  }
  return malloc(aligned_bytes(alignment, bytes));
}
LET_OUT void* aligned_alloc(std::size_t alignment, std::size_t bytes) {
  return memalign(alignment, bytes);
}
LET_OUT int posix_memalign(void** out, std::size_t alignment, std::size_t bytes) {
  *out = memalign(alignment, bytes);
  return *out == nullptr ? ENOMEM : 0;
}
LET_OUT void* valloc(std::size_t bytes) { return memalign(kPage, bytes); }
LET_OUT void* pvalloc(std::size_t bytes) {
  return memalign(kPage, (bytes + kPage - 1) / kPage * kPage);
}
}
