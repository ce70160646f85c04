// Memory that comes and goes behind the modelled library's back, seen through the linker's --wrap
// and the replaced operator delete: what lay in it is forgotten, and what a run that failed left
// mapped is unmapped before the next one.
#include "harness/modelled/system_calls.h"

#include <malloc.h>
#include <sys/mman.h>

#include <cstdarg>
#include <cstdlib>
#include <map>
#include <new>

#include "harness/modelled/places.h"

// NOLINTBEGIN: the names are the linker's.
extern "C" {
void* __real_mmap(void* address, size_t bytes, int protection, int flags, int fd, off_t offset);
int __real_munmap(void* address, size_t bytes);
int __real_madvise(void* address, size_t bytes, int advice);
}

namespace temporal_slab::modelled {
namespace {

// begin -> end, made in a run and not unmapped. It outlives the library, which unmaps as the
// program ends.
std::map<char*, char*>& mapped() {
  static auto& all = *new std::map<char*, char*>;
  return all;
}

void note_unmapped(char* low, char* high) {
  auto& all = mapped();
  for (auto range = all.begin(); range != all.end();) {
    char* const begin = range->first;
    char* const end = range->second;
    if (end <= low || begin >= high) {
      ++range;
      continue;
    }
    range = all.erase(range);
    if (begin < low) all.emplace(begin, low);
    if (end > high) range = all.emplace(high, end).first;
  }
}

}  // namespace

void unmap_what_is_left() {
  for (const auto& [begin, end] : mapped())
    __real_munmap(begin, static_cast<std::size_t>(end - begin));
  mapped().clear();
}

}  // namespace temporal_slab::modelled

using namespace temporal_slab;

extern "C" {
void* __wrap_mmap(void* address, size_t bytes, int protection, int flags, int fd, off_t offset) {
  void* const memory = __real_mmap(address, bytes, protection, flags, fd, offset);
  if (explorer::running_engine != nullptr && memory != MAP_FAILED) {
    auto* const begin = static_cast<char*>(memory);
    modelled::forget(memory, bytes);
    modelled::mapped().emplace(begin, begin + bytes);
  }
  return memory;
}

int __wrap_munmap(void* address, size_t bytes) {
  auto* const begin = static_cast<char*>(address);
  modelled::forget(address, bytes);
  modelled::note_unmapped(begin, begin + bytes);
  return __real_munmap(address, bytes);
}

int __wrap_madvise(void* address, size_t bytes, int advice) {
  if (advice == MADV_DONTNEED) modelled::forget(address, bytes);
  return __real_madvise(address, bytes, advice);
}
}
// NOLINTEND

void operator delete(void* block) noexcept {
  if (block != nullptr) modelled::forget_plain(block, malloc_usable_size(block));
  std::free(block);
}
void operator delete(void* block, std::size_t) noexcept { operator delete(block); }
void* operator new(std::size_t bytes) {
  void* const block = std::malloc(bytes);
  if (block == nullptr) throw std::bad_alloc();
  return block;
}
