// What the rule tests share. They see the library as an application does: through
// the public C API alone.
#pragma once

#include <temporal_slab/slab_alloc.h>
#include <temporal_slab/slab_stats.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace temporal_slab::rules {

// The small classes, whose slabs are a page.
inline constexpr std::array<std::uint32_t, 8> kClassBytes = {64, 96, 128, 192, 256, 384, 512, 768};
inline constexpr std::size_t kSlabBytes = 4096;
inline constexpr EpochId kEpochs = 16;

// The defaults, but that a full ring takes over at once (R-2.2-3).
SlabOptions options_of_rules();

// How many objects fit in one slab.
constexpr std::size_t slots_of(std::uint32_t class_bytes) { return kSlabBytes / class_bytes; }

struct FreeAllocator {
  void operator()(SlabAllocator* allocator) const { slab_allocator_free(allocator); }
};
using Allocator = std::unique_ptr<SlabAllocator, FreeAllocator>;

Allocator make_allocator();
Allocator make_allocator(std::size_t retain_bytes, std::size_t max_bytes = 0);
Allocator make_named_allocator(const std::string& name, bool publish = false);

// One object and the handle that names it.
struct Object {
  void* pointer = nullptr;
  SlabHandle handle = 0;
};

Object make_object(SlabAllocator* allocator, std::uint32_t size, EpochId epoch);
std::vector<Object> make_objects(SlabAllocator* allocator, std::size_t count, std::uint32_t size,
                                 EpochId epoch);
// Frees them all; how many of the frees were told true.
std::size_t free_objects(SlabAllocator* allocator, const std::vector<Object>& objects);

void advance(SlabAllocator* allocator, unsigned times);
SlabGlobalStats global_stats(SlabAllocator* allocator);
SlabEpochStats epoch_stats(SlabAllocator* allocator, std::uint32_t size_class, EpochId epoch);
std::string label_of(SlabAllocator* allocator, EpochId epoch);

// Calls `call` with an errno that no rule speaks of and returns what errno is then.
inline constexpr int kUntouchedErrno = EXDEV;
template <typename Call>
int errno_after(Call&& call) {
  errno = kUntouchedErrno;
  call();
  return errno;
}

// Runs `body(index)` on `count` threads that begin together, and joins them.
void run_threads(unsigned count, const std::function<void(unsigned)>& body);

// Waits until the condition holds; false after 30 seconds of yielding.
bool wait_until(const std::function<bool()>& condition);

}  // namespace temporal_slab::rules
