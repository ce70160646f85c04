// Tells AddressSanitizer and Valgrind which bytes of a slab are an object
// (R-2.1-9): a free slot is poisoned under the one and freed under the other.
//
// The sanitizer's entry points are weak: the library as it is built for release
// marks its slots too when the program that links it runs under
// AddressSanitizer. Outside both tools a mark is one test of a constant.
#pragma once

#include <valgrind/memcheck.h>

#include <cstddef>

extern "C" {
void __asan_poison_memory_region(const volatile void* address, std::size_t bytes)
    __attribute__((weak));
void __asan_unpoison_memory_region(const volatile void* address, std::size_t bytes)
    __attribute__((weak));
}

namespace temporal_slab::base {

inline bool under_valgrind() {
  static const bool under = RUNNING_ON_VALGRIND != 0;
  return under;
}

inline bool under_asan() { return __asan_poison_memory_region != nullptr; }

// Bytes that nobody may touch: a slab that was just set up, or the rest of one.
inline void mark_no_access(void* address, std::size_t bytes) {
  if (under_asan()) __asan_poison_memory_region(address, bytes);
  if (under_valgrind()) (void)VALGRIND_MAKE_MEM_NOACCESS(address, bytes);
}

// Bytes that leave the allocator: whoever maps them next may use them.
inline void mark_ordinary(void* address, std::size_t bytes) {
  if (under_asan()) __asan_unpoison_memory_region(address, bytes);
  if (under_valgrind()) (void)VALGRIND_MAKE_MEM_UNDEFINED(address, bytes);
}

inline void mark_allocated(void* slot, std::size_t bytes) {
  if (under_asan()) __asan_unpoison_memory_region(slot, bytes);
  if (under_valgrind()) VALGRIND_MALLOCLIKE_BLOCK(slot, bytes, 0, 0);
}

inline void mark_freed(void* slot, std::size_t bytes) {
  if (under_asan()) __asan_poison_memory_region(slot, bytes);
  if (under_valgrind()) VALGRIND_FREELIKE_BLOCK(slot, 0);
}

// An object that goes on with its first bytes.
inline void mark_shrunk(void* slot, std::size_t before, std::size_t after) {
  if (under_asan()) __asan_poison_memory_region(static_cast<char*>(slot) + after, before - after);
  if (under_valgrind()) VALGRIND_RESIZEINPLACE_BLOCK(slot, before, after, 0);
}

}  // namespace temporal_slab::base
