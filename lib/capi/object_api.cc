// slab_alloc.h: objects.
#include <bit>
#include <cstring>

#include "capi/border.h"
#include "heap/allocator_frees.h"

using temporal_slab::capi::ErrnoScope;
using temporal_slab::capi::inner;
using temporal_slab::capi::is_epoch;
using temporal_slab::capi::outer;
using temporal_slab::heap::Object;

namespace {

constexpr std::size_t kMostInSlots = temporal_slab::memory::kMaxSlotBytes;

// What the first lines of the calls below leave: errors, and the mutex if need be.
[[gnu::noinline]] void* allocate_slowly(SlabAllocator* allocator, std::size_t size, EpochId epoch,
                                        SlabHandle* out) {
  ErrnoScope scope;
  if (allocator == nullptr || !is_epoch(allocator, epoch) || size == 0) {
    scope.check(EINVAL);
    return nullptr;
  }
  Object object{};
  if (!inner(allocator)->try_harder(size, epoch, &object) &&
      !scope.check(inner(allocator)->allocate(size, epoch, &object)))
    return nullptr;
  if (out != nullptr) *out = object.handle;
  return object.address;
}

template <typename Name>
[[gnu::noinline]] bool free_slowly(SlabAllocator* allocator, Name name) {
  ErrnoScope scope;
  if (allocator == nullptr) return scope.check(EINVAL);
  return inner(allocator)->try_harder(name) || scope.check(inner(allocator)->free(name));
}

}  // namespace

extern "C" {

void* alloc_obj_epoch(SlabAllocator* allocator, uint32_t size, EpochId epoch, SlabHandle* out) {
  Object object;
  if (allocator == nullptr || !is_epoch(allocator, epoch) || size - 1 >= kMostInSlots ||
      !inner(allocator)->try_allocate(size, epoch, &object)) [[unlikely]]
    return allocate_slowly(allocator, size, epoch, out);
  if (out != nullptr) *out = object.handle;
  return object.address;
}

bool free_obj(SlabAllocator* allocator, SlabHandle handle) {
  if (allocator == nullptr || !inner(allocator)->try_free(handle)) [[unlikely]]
    return free_slowly(allocator, handle);
  return true;
}

void* slab_malloc_epoch(SlabAllocator* allocator, size_t size, EpochId epoch) {
  Object object;
  if (allocator == nullptr || !is_epoch(allocator, epoch) || size - 1 >= kMostInSlots ||
      !inner(allocator)->try_allocate(size, epoch, &object)) [[unlikely]]
    return allocate_slowly(allocator, size, epoch, nullptr);
  return object.address;
}

void* slab_malloc(SlabAllocator* allocator, size_t size) {
  ErrnoScope scope;
  if (allocator == nullptr || size == 0) {
    scope.check(EINVAL);
    return nullptr;
  }
  auto* const impl = inner(allocator);
  const auto* const scopes = temporal_slab::heap::this_threads_scopes();
  const auto* const domain = scopes == nullptr ? nullptr : scopes->innermost_of(impl->id());
  Object object{};
  if (impl->try_harder(size, domain, &object)) return object.address;
  return scope.check(impl->allocate(size, domain, &object)) ? object.address : nullptr;
}

void* alloc_obj_ref(SlabAllocator* allocator, size_t size, SlabEpochRef reference,
                    SlabHandle* out) {
  ErrnoScope scope;
  if (allocator == nullptr || !is_epoch(allocator, reference.epoch) || size == 0) {
    scope.check(EINVAL);
    return nullptr;
  }
  auto* const impl = inner(allocator);
  const auto incarnation = inner(reference).incarnation();
  Object object{};
  if (!impl->try_harder(size, incarnation, &object) &&
      !scope.check(impl->allocate(size, incarnation, &object)))
    return nullptr;
  if (out != nullptr) *out = object.handle;
  return object.address;
}

void* slab_malloc_ref(SlabAllocator* allocator, size_t size, SlabEpochRef reference) {
  return alloc_obj_ref(allocator, size, reference, nullptr);
}

void* slab_calloc(SlabAllocator* allocator, size_t count, size_t size) {
  std::size_t bytes = 0;
  if (__builtin_mul_overflow(count, size, &bytes)) {
    errno = allocator == nullptr ? EINVAL : ENOMEM;
    return nullptr;
  }
  void* const object = slab_malloc(allocator, bytes);
  if (object != nullptr) std::memset(object, 0, bytes);
  return object;
}

// A size that is a multiple of a power of two of at most a page is aligned to that (R-2.1-2).
void* slab_aligned_alloc(SlabAllocator* allocator, size_t alignment, size_t size) {
  if (!std::has_single_bit(alignment) || alignment > temporal_slab::memory::kPageBytes) {
    errno = EINVAL;
    return nullptr;
  }
  std::size_t bytes = 0;
  if (__builtin_add_overflow(size, alignment - 1, &bytes)) {
    errno = allocator == nullptr ? EINVAL : ENOMEM;
    return nullptr;
  }
  return slab_malloc(allocator, bytes & ~(alignment - 1));
}

void* slab_realloc(SlabAllocator* allocator, void* pointer, size_t size) {
  if (pointer == nullptr) return slab_malloc(allocator, size);
  ErrnoScope scope;
  if (allocator == nullptr || size == 0) {
    scope.check(EINVAL);
    return nullptr;
  }
  void* moved = nullptr;
  return scope.check(inner(allocator)->reallocate(pointer, size, &moved)) ? moved : nullptr;
}

void slab_free(SlabAllocator* allocator, void* pointer) {
  if (pointer == nullptr) return;
  if (allocator == nullptr || !inner(allocator)->try_free(pointer)) [[unlikely]]
    free_slowly(allocator, pointer);
}

SlabAllocator* slab_allocator_of(const void* object) {
  ErrnoScope scope;
  temporal_slab::heap::Allocator* const found = temporal_slab::heap::allocator_of(object);
  size_t unused = 0;
  if (found != nullptr &&
      (found->try_usable_size(object, &unused) || found->usable_size(object, &unused) == 0))
    return outer(found);
  scope.check(EINVAL);
  return nullptr;
}

size_t slab_usable_size(SlabAllocator* allocator, const void* pointer) {
  size_t bytes = 0;
  if (allocator != nullptr && inner(allocator)->try_usable_size(pointer, &bytes)) return bytes;
  ErrnoScope scope;
  scope.check(allocator == nullptr ? EINVAL : inner(allocator)->usable_size(pointer, &bytes));
  return bytes;
}

}  // extern "C"
