#include "memory/page_source.h"

#include <sys/mman.h>

#include <cstdint>

#include "base/bits.h"
#include "memory/size_class.h"

namespace temporal_slab::memory {
namespace {

std::byte* map(std::size_t bytes) {
  void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return memory == MAP_FAILED ? nullptr : static_cast<std::byte*>(memory);
}

}  // namespace

std::byte* reserve(std::size_t bytes, std::size_t alignment) {
  // What is aligned by chance needs no trimming, and no second try.
  const std::size_t slack = alignment > kPageBytes ? alignment : 0;
  std::byte* whole = map(bytes + slack);
  if (whole == nullptr) return nullptr;
  std::byte* aligned = whole;
  if (slack != 0) {
    const auto address = reinterpret_cast<std::uintptr_t>(whole);
    const std::size_t before = base::align_up(address, alignment) - address;
    aligned = whole + before;
    if (before != 0) ::munmap(whole, before);
    if (before != slack) ::munmap(aligned + bytes, slack - before);
  }
  // A huge page would keep 2 MiB resident for one slab, and what is given back
  // page by page has to be seen to leave. A kernel without them refuses: fine.
  ::madvise(aligned, bytes, MADV_NOHUGEPAGE);
  return aligned;
}

void release(std::byte* memory, std::size_t bytes) { ::munmap(memory, bytes); }

bool give_back(std::byte* memory, std::size_t bytes) {
  return ::madvise(memory, bytes, MADV_DONTNEED) == 0;
}

}  // namespace temporal_slab::memory
