// slab_alloc.h: objects.
#include "capi/border.h"

using temporal_slab::capi::ErrnoScope;
using temporal_slab::capi::inner;
using temporal_slab::capi::is_epoch;
using temporal_slab::heap::Object;

extern "C" {

void* alloc_obj_epoch(SlabAllocator* allocator, uint32_t size, EpochId epoch, SlabHandle* out) {
  ErrnoScope scope;
  if (allocator == nullptr || !is_epoch(epoch) || size == 0) {
    scope.check(EINVAL);
    return nullptr;
  }
  Object object{};
  if (!scope.check(inner(allocator)->allocate(size, epoch, &object))) return nullptr;
  if (out != nullptr) *out = object.handle;
  return object.address;
}

bool free_obj(SlabAllocator* allocator, SlabHandle handle) {
  ErrnoScope scope;
  return scope.check(allocator == nullptr ? EINVAL : inner(allocator)->free(handle));
}

void* slab_malloc_epoch(SlabAllocator* allocator, size_t size, EpochId epoch) {
  ErrnoScope scope;
  if (allocator == nullptr || !is_epoch(epoch) || size == 0) {
    scope.check(EINVAL);
    return nullptr;
  }
  Object object{};
  return scope.check(inner(allocator)->allocate(size, epoch, &object)) ? object.address : nullptr;
}

void* slab_malloc(SlabAllocator* allocator, size_t size) {
  ErrnoScope scope;
  if (allocator == nullptr || size == 0) {
    scope.check(EINVAL);
    return nullptr;
  }
  auto* const impl = inner(allocator);
  const auto* domain = temporal_slab::epoch::this_thread_scopes().innermost_of(impl->id());
  Object object{};
  return scope.check(impl->allocate(size, domain, &object)) ? object.address : nullptr;
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
  ErrnoScope scope;
  scope.check(allocator == nullptr ? EINVAL : inner(allocator)->free(pointer));
}

size_t slab_usable_size(SlabAllocator* allocator, const void* pointer) {
  ErrnoScope scope;
  size_t bytes = 0;
  scope.check(allocator == nullptr ? EINVAL : inner(allocator)->usable_size(pointer, &bytes));
  return bytes;
}

}  // extern "C"
