// slab_alloc.h: making and freeing allocators.
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "base/utf8.h"
#include "capi/border.h"

using temporal_slab::capi::ErrnoScope;
using temporal_slab::capi::inner;
using temporal_slab::capi::outer;

namespace {

constexpr size_t kDefaultRetainBytes = size_t{4} << 20;
constexpr uint32_t kDefaultTakeoverAfterSec = 300;

static_assert(SLAB_MOST_EPOCHS == temporal_slab::stats::kMaxEpochs &&
              SLAB_FEWEST_EPOCHS == temporal_slab::stats::kFewestEpochs);

// The sizes that SlabOptions has had.
bool is_options_size(size_t bytes) {
  return bytes == offsetof(SlabOptions, epoch_count) || bytes == sizeof(SlabOptions);
}

bool asked_by_environment() {
  const char* value = secure_getenv("TEMPORAL_SLAB_PUBLISH");
  return value != nullptr && value == std::string_view("1");
}

}  // namespace

extern "C" {

void slab_options_init_sized(SlabOptions* options, size_t struct_size) {
  if (options == nullptr || !is_options_size(struct_size)) {
    errno = EINVAL;
    return;
  }
  SlabOptions defaults{};
  defaults.struct_size = struct_size;
  defaults.retain_bytes = kDefaultRetainBytes;
  defaults.epoch_count = SLAB_EPOCH_COUNT;
  defaults.takeover_after_sec = kDefaultTakeoverAfterSec;
  std::memcpy(static_cast<void*>(options), &defaults, struct_size);
}

SlabAllocator* slab_allocator_create(void) { return slab_allocator_create_with(nullptr); }

SlabAllocator* slab_allocator_create_with(const SlabOptions* options) {
  ErrnoScope scope;
  SlabOptions all;  // also what an older caller does not know of
  slab_options_init(&all);
  if (options != nullptr) {
    if (!is_options_size(options->struct_size)) {
      scope.check(EINVAL);
      return nullptr;
    }
    std::memcpy(static_cast<void*>(&all), options, options->struct_size);
  }
  options = &all;
  const std::uint32_t epoch_count =
      all.epoch_count == 0 ? std::uint32_t{SLAB_EPOCH_COUNT} : all.epoch_count;
  if (epoch_count < SLAB_FEWEST_EPOCHS || epoch_count > SLAB_MOST_EPOCHS) {
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
                                              options->max_bytes,
                                              epoch_count,
                                              options->takeover_after_sec});
  if (allocator == nullptr) scope.check(ENOMEM);
  return outer(allocator);
}

const char* slab_version(void) { return TEMPORAL_SLAB_VERSION; }

uint32_t slab_allocator_epoch_count(SlabAllocator* allocator) {
  if (allocator != nullptr) return inner(allocator)->epoch_count();
  errno = EINVAL;
  return 0;
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
