// Tells AddressSanitizer and Valgrind which bytes of a slab are an object
// (R-2.1-9): a free slot is poisoned under the one and freed under the other; and
// ThreadSanitizer that who is given memory comes after who had it (R-2.1-11).
//
// The sanitizers' entry points are weak: the library as it is built for release
// marks its slots too when the program that links it runs under one of them.
// Outside of the tools a mark is one test of a constant.
//
// ThreadSanitizer knows what it is told at an address: who acquires there comes after
// all who released. A slot's own address says that the slot was freed. Where a slab
// begins and ends slots have other addresses, so a free says it in two more words of
// each page, of which one is read as a slab begins or ends there and the other written,
// which is read as a slot of the new one is given out. So only those that had the same
// memory are ordered, and what else threads share is still looked at. A library that is
// itself built for ThreadSanitizer needs none of it.
#pragma once

#include <cstddef>
#include <cstdint>

#if !defined(TEMPORAL_SLAB_NO_VALGRIND) && __has_include(<valgrind/memcheck.h>)
#include <valgrind/memcheck.h>
#else  // then the library is no worse, but Valgrind sees no slots
#define RUNNING_ON_VALGRIND 0
#define VALGRIND_MAKE_MEM_NOACCESS(address, bytes) 0
#define VALGRIND_MAKE_MEM_UNDEFINED(address, bytes) 0
#define VALGRIND_MALLOCLIKE_BLOCK(address, bytes, redzone, zeroed) ((void)0)
#define VALGRIND_FREELIKE_BLOCK(address, redzone) ((void)0)
#define VALGRIND_RESIZEINPLACE_BLOCK(address, before, after, redzone) ((void)0)
#endif

extern "C" {
void __asan_poison_memory_region(const volatile void* address, std::size_t bytes)
    __attribute__((weak));
void __asan_unpoison_memory_region(const volatile void* address, std::size_t bytes)
    __attribute__((weak));
void __tsan_acquire(void* address) __attribute__((weak));
void __tsan_release(void* address) __attribute__((weak));
}

namespace temporal_slab::base {

inline bool under_valgrind() {
  static const bool under = RUNNING_ON_VALGRIND != 0;
  return under;
}

inline bool under_asan() { return __asan_poison_memory_region != nullptr; }

#if defined(__SANITIZE_THREAD__)
inline constexpr bool kBuiltForTsan = true;
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
inline constexpr bool kBuiltForTsan = true;
#else
inline constexpr bool kBuiltForTsan = false;
#endif
#else
inline constexpr bool kBuiltForTsan = false;
#endif

inline bool under_tsan() {
  return !kBuiltForTsan && __tsan_acquire != nullptr && __tsan_release != nullptr;
}

// One that is told of each slot that is given out and freed.
inline bool under_a_tool() { return under_asan() || under_tsan() || under_valgrind(); }
// One that is told, too, of objects that nobody frees.
inline bool knows_objects() { return under_tsan() || under_valgrind(); }

namespace internal {

constexpr std::uintptr_t kMarkPageBytes = 4096;
// In a page: what says that memory of it was freed, and that a slab began or ended there.
constexpr std::uintptr_t kFreed = 16;
constexpr std::uintptr_t kChanged = 24;

template <typename Mark>
void each_page(void* address, std::size_t bytes, Mark mark) {
  const auto begin = reinterpret_cast<std::uintptr_t>(address);
  for (std::uintptr_t page = begin & ~(kMarkPageBytes - 1); page < begin + bytes;
       page += kMarkPageBytes)
    mark(page);
}
inline void acquire(std::uintptr_t address) { __tsan_acquire(reinterpret_cast<void*>(address)); }
inline void release(std::uintptr_t address) { __tsan_release(reinterpret_cast<void*>(address)); }

}  // namespace internal

// Bytes that nobody may touch: a slab that was just set up, or the rest of one.
inline void mark_no_access(void* address, std::size_t bytes) {
  if (under_asan()) __asan_poison_memory_region(address, bytes);
  if (under_valgrind()) (void)VALGRIND_MAKE_MEM_NOACCESS(address, bytes);
  if (under_tsan())
    internal::each_page(address, bytes, [](std::uintptr_t page) {
      internal::acquire(page + internal::kFreed);
      internal::release(page + internal::kChanged);
    });
}

// Bytes that leave the allocator: whoever maps them next may use them.
inline void mark_ordinary(void* address, std::size_t bytes) {
  if (under_asan()) __asan_unpoison_memory_region(address, bytes);
  if (under_valgrind()) (void)VALGRIND_MAKE_MEM_UNDEFINED(address, bytes);
}

inline void mark_allocated(void* slot, std::size_t bytes) {
  if (under_asan()) __asan_unpoison_memory_region(slot, bytes);
  if (under_valgrind()) VALGRIND_MALLOCLIKE_BLOCK(slot, bytes, 0, 0);
  if (under_tsan()) {
    __tsan_acquire(slot);
    internal::each_page(slot, bytes,
                        [](std::uintptr_t page) { internal::acquire(page + internal::kChanged); });
  }
}

inline void mark_freed(void* slot, std::size_t bytes) {
  if (under_asan()) __asan_poison_memory_region(slot, bytes);
  if (under_valgrind()) VALGRIND_FREELIKE_BLOCK(slot, 0);
  if (under_tsan()) {
    __tsan_release(slot);
    internal::each_page(slot, bytes,
                        [](std::uintptr_t page) { internal::release(page + internal::kFreed); });
  }
}

// ThreadSanitizer alone: who counted one reference less comes before all that is done by who then
// looks at the count. `count` is any address of the incarnation's own.
inline void mark_dropped(const void* count) {
  if (under_tsan()) __tsan_release(const_cast<void*>(count));
}
inline void mark_counted(const void* count) {
  if (under_tsan()) __tsan_acquire(const_cast<void*>(count));
}

// An object that goes on with its first bytes.
inline void mark_shrunk(void* slot, std::size_t before, std::size_t after) {
  if (under_asan()) __asan_poison_memory_region(static_cast<char*>(slot) + after, before - after);
  if (under_valgrind()) VALGRIND_RESIZEINPLACE_BLOCK(slot, before, after, 0);
}

}  // namespace temporal_slab::base
