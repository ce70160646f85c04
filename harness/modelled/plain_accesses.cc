// The functions that compilers call for each access to plain memory in code that is built with
// -fsanitize=thread: with these in place of ThreadSanitizer's own, the explorer sees every access
// of the modelled library, and tells races by happens-before.
//
// Not seen: what memcpy and its like do, and std::atomic, which lib/ does not use.
#include <cstddef>

#include "harness/modelled/places.h"

// NOLINTBEGIN: the names are the compilers'.
using temporal_slab::modelled::plain_access;

#define ACCESS(name, bytes, write)                                    \
  extern "C" void __tsan_##name(void* address) {                      \
    plain_access(address, bytes, write, __builtin_return_address(0)); \
  }
#define ACCESSES(bytes)                      \
  ACCESS(read##bytes, bytes, false)          \
  ACCESS(write##bytes, bytes, true)          \
  ACCESS(volatile_read##bytes, bytes, false) \
  ACCESS(volatile_write##bytes, bytes, true)
ACCESSES(1)
ACCESSES(2)
ACCESSES(4)
ACCESSES(8)
ACCESSES(16)
#define UNALIGNED(bytes)                      \
  ACCESS(unaligned_read##bytes, bytes, false) \
  ACCESS(unaligned_write##bytes, bytes, true)
UNALIGNED(2)
UNALIGNED(4)
UNALIGNED(8)
UNALIGNED(16)

extern "C" {
void __tsan_read_range(void* address, std::size_t bytes) {
  plain_access(address, bytes, false, __builtin_return_address(0));
}
void __tsan_write_range(void* address, std::size_t bytes) {
  plain_access(address, bytes, true, __builtin_return_address(0));
}
void __tsan_vptr_read(void* address) {
  plain_access(address, sizeof(void*), false, __builtin_return_address(0));
}
void __tsan_vptr_update(void* address, void*) {
  plain_access(address, sizeof(void*), true, __builtin_return_address(0));
}
void __tsan_func_entry(void*) {}
void __tsan_func_exit() {}
void __tsan_init() {}
// A compiler barrier: operations are run in the program's order anyway.
void __tsan_atomic_signal_fence(int) {}
// Of the guards of static variables.
char __tsan_atomic8_load(const volatile char* address, int) {
  return __atomic_load_n(address, __ATOMIC_ACQUIRE);
}
}
// NOLINTEND
