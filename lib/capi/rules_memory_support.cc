#include "capi/rules_memory_support.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace temporal_slab::rules {

// For tests that go past an object's end on purpose, to see that nothing of the allocator's lies
// there (R-2.1-8): AddressSanitizer would end them for that. Volatile, so that no loop becomes a
// call of memset, which it watches all the same.
__attribute__((no_sanitize("address"))) void overwrite(void* memory, std::size_t bytes,
                                                       unsigned char value) {
  volatile unsigned char* byte = static_cast<unsigned char*>(memory);
  for (std::size_t i = 0; i < bytes; ++i) byte[i] = value;
}

__attribute__((no_sanitize("address"))) bool holds_only(const void* memory, std::size_t bytes,
                                                        unsigned char value) {
  const volatile unsigned char* byte = static_cast<const unsigned char*>(memory);
  for (std::size_t i = 0; i < bytes; ++i) {
    if (byte[i] != value) return false;
  }
  return true;
}

std::vector<std::uintptr_t> pages_of(const std::vector<Object>& objects) {
  std::vector<std::uintptr_t> pages;
  pages.reserve(objects.size());
  for (const Object& object : objects) pages.push_back(page_of(object.pointer));
  std::sort(pages.begin(), pages.end());
  pages.erase(std::unique(pages.begin(), pages.end()), pages.end());
  return pages;
}

std::size_t resident_bytes() {
  // smaps_rollup walks the page tables; statm is only near the truth.
  char text[4096];
  const int fd = ::open("/proc/self/smaps_rollup", O_RDONLY | O_CLOEXEC);
  const ssize_t length = ::read(fd, text, sizeof text - 1);
  ::close(fd);
  if (length <= 0) return 0;
  text[length] = '\0';
  const char* figure = std::strstr(text, "\nRss:");
  return figure == nullptr ? 0 : std::strtoull(figure + 5, nullptr, 10) * 1024;
}

bool page_is_resident(std::uintptr_t page) {
  unsigned char resident = 0;
  void* address = reinterpret_cast<void*>(page * kSlabBytes);
  return ::mincore(address, kSlabBytes, &resident) == 0 && (resident & 1) != 0;
}

std::size_t resident_pages(const std::vector<std::uintptr_t>& pages) {
  return static_cast<std::size_t>(std::count_if(pages.begin(), pages.end(), page_is_resident));
}

}  // namespace temporal_slab::rules
