// slab_alloc.h: making and freeing allocators.
#include <cstdlib>
#include <string_view>

#include "base/utf8.h"
#include "capi/border.h"

using temporal_slab::capi::ErrnoScope;
using temporal_slab::capi::inner;
using temporal_slab::capi::outer;

namespace {

constexpr size_t kDefaultRetainBytes = size_t{4} << 20;

bool asked_by_environment() {
  const char* value = secure_getenv("TEMPORAL_SLAB_PUBLISH");
  return value != nullptr && value == std::string_view("1");
}

}  // namespace

extern "C" {

void slab_options_init(SlabOptions* options) {
  if (options == nullptr) {
    errno = EINVAL;
    return;
  }
  *options = {sizeof(SlabOptions), nullptr, false, kDefaultRetainBytes, 0};
}

SlabAllocator* slab_allocator_create(void) { return slab_allocator_create_with(nullptr); }

SlabAllocator* slab_allocator_create_with(const SlabOptions* options) {
  ErrnoScope scope;
  SlabOptions defaults;
  if (options == nullptr) {
    slab_options_init(&defaults);
    options = &defaults;
  }
  if (options->struct_size != sizeof(SlabOptions)) {
    scope.check(EINVAL);
    return nullptr;
  }
  char name[SLAB_LABEL_BYTES];
  const size_t name_bytes = temporal_slab::base::sanitize_utf8_c_string(
      options->name == nullptr ? "" : options->name, name, sizeof name);
  auto* allocator =
      temporal_slab::heap::Allocator::create({{name, name_bytes},
                                              options->publish || asked_by_environment(),
                                              options->retain_bytes,
                                              options->max_bytes});
  if (allocator == nullptr) scope.check(ENOMEM);
  return outer(allocator);
}

void slab_allocator_free(SlabAllocator* allocator) {
  const ErrnoScope scope;
  if (allocator != nullptr) temporal_slab::heap::Allocator::destroy(inner(allocator));
}

void slab_allocator_trim(SlabAllocator* allocator) {
  const ErrnoScope scope;
  if (allocator != nullptr) inner(allocator)->trim();
}

bool slab_allocator_published(SlabAllocator* allocator) {
  if (allocator == nullptr) {
    errno = EINVAL;
    return false;
  }
  const auto& memory = inner(allocator)->segment_memory();
  const int errno_before = errno;
  const int error = memory.published() ? memory.why_out_of_reach() : memory.publish_error();
  if (error == 0 && memory.published()) {
    errno = errno_before;
    return true;
  }
  errno = error;
  return false;
}

}  // extern "C"
