#include "memory/page_source.h"

#include <sys/mman.h>

#include <cstdint>

#include "base/bits.h"
#include "memory/size_class.h"

namespace temporal_slab::memory {
namespace {

std::byte* map(void* where, std::size_t bytes, int protection, int flags = 0) {
  void* memory =
      ::mmap(where, bytes, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | flags, -1, 0);
  return memory == MAP_FAILED ? nullptr : static_cast<std::byte*>(memory);
}

constexpr int kUsable = PROT_READ | PROT_WRITE;

bool is_aligned(const std::byte* memory, std::size_t alignment) {
  return reinterpret_cast<std::uintptr_t>(memory) % alignment == 0;
}

// Address space may be short: what is aligned is looked for below where the kernel would map,
// before more is asked for than is needed.
std::byte* map_aligned(std::size_t bytes, std::size_t alignment) {
  constexpr std::uintptr_t kTries = 4;
  std::byte* const anywhere = map(nullptr, bytes, kUsable);
  if (anywhere == nullptr || is_aligned(anywhere, alignment)) return anywhere;
  ::munmap(anywhere, bytes);
  const auto address = reinterpret_cast<std::uintptr_t>(anywhere) & ~(alignment - 1);
  for (std::uintptr_t i = 0; i < kTries && address > (i + 1) * alignment; ++i) {
    void* const wanted = reinterpret_cast<void*>(address - i * alignment);
    std::byte* const memory = map(wanted, bytes, kUsable, MAP_FIXED_NOREPLACE);
    if (memory == wanted) return memory;
    if (memory != nullptr) ::munmap(memory, bytes);  // a kernel that takes it for a hint
  }
  std::byte* const whole = map(nullptr, bytes + alignment, kUsable);
  if (whole == nullptr) return nullptr;
  const std::size_t before = base::align_up(reinterpret_cast<std::uintptr_t>(whole), alignment) -
                             reinterpret_cast<std::uintptr_t>(whole);
  if (before != 0) ::munmap(whole, before);
  if (before != alignment) ::munmap(whole + before + bytes, alignment - before);
  return whole + before;
}

}  // namespace

std::byte* reserve(std::size_t bytes, std::size_t alignment) {
  std::byte* const memory = map_aligned(bytes, alignment);
  if (memory == nullptr) return nullptr;
  // A huge page would keep 2 MiB resident for one slab, and what is given back
  // page by page has to be seen to leave. A kernel without them refuses: fine.
  ::madvise(memory, bytes, MADV_NOHUGEPAGE);
  return memory;
}

std::byte* reserve_inaccessible(std::size_t bytes) {
  std::byte* const memory = map(nullptr, bytes, PROT_NONE);
  if (memory != nullptr) ::madvise(memory, bytes, MADV_NOHUGEPAGE);
  return memory;
}

bool make_accessible(std::byte* memory, std::size_t bytes) {
  return ::mprotect(memory, bytes, kUsable) == 0;
}

void release(std::byte* memory, std::size_t bytes) { ::munmap(memory, bytes); }

bool give_back(std::byte* memory, std::size_t bytes) {
  return ::madvise(memory, bytes, MADV_DONTNEED) == 0;
}

}  // namespace temporal_slab::memory
