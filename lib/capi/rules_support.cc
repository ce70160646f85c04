#include "capi/rules_support.h"

#include <chrono>
#include <latch>
#include <thread>

namespace temporal_slab::rules {

SlabOptions options_of_rules() {
  SlabOptions options;
  slab_options_init(&options);
  options.takeover_after_sec = 0;
  return options;
}

Allocator make_allocator() {
  const SlabOptions options = options_of_rules();
  return Allocator(slab_allocator_create_with(&options));
}

Allocator make_allocator(std::size_t retain_bytes, std::size_t max_bytes) {
  SlabOptions options = options_of_rules();
  options.retain_bytes = retain_bytes;
  options.max_bytes = max_bytes;
  return Allocator(slab_allocator_create_with(&options));
}

Allocator make_named_allocator(const std::string& name, bool publish) {
  SlabOptions options = options_of_rules();
  options.name = name.c_str();
  options.publish = publish;
  return Allocator(slab_allocator_create_with(&options));
}

Object make_object(SlabAllocator* allocator, std::uint32_t size, EpochId epoch) {
  Object object;
  object.pointer = alloc_obj_epoch(allocator, size, epoch, &object.handle);
  return object;
}

std::vector<Object> make_objects(SlabAllocator* allocator, std::size_t count, std::uint32_t size,
                                 EpochId epoch) {
  std::vector<Object> objects(count);
  for (Object& object : objects) object = make_object(allocator, size, epoch);
  return objects;
}

std::size_t free_objects(SlabAllocator* allocator, const std::vector<Object>& objects) {
  std::size_t freed = 0;
  for (const Object& object : objects) freed += free_obj(allocator, object.handle) ? 1 : 0;
  return freed;
}

void advance(SlabAllocator* allocator, unsigned times) {
  for (unsigned i = 0; i < times; ++i) epoch_advance(allocator);
}

SlabGlobalStats global_stats(SlabAllocator* allocator) {
  SlabGlobalStats stats{};
  slab_stats_global(allocator, &stats);
  return stats;
}

SlabEpochStats epoch_stats(SlabAllocator* allocator, std::uint32_t size_class, EpochId epoch) {
  SlabEpochStats stats{};
  slab_stats_epoch(allocator, size_class, epoch, &stats);
  return stats;
}

std::string label_of(SlabAllocator* allocator, EpochId epoch) {
  char label[SLAB_LABEL_BYTES];
  const std::size_t length = slab_epoch_get_label(allocator, epoch, label);
  return std::string(label, length);
}

void run_threads(unsigned count, const std::function<void(unsigned)>& body) {
  std::latch begin(count);
  std::vector<std::thread> threads;
  threads.reserve(count);
  for (unsigned i = 0; i < count; ++i) {
    threads.emplace_back([&, i] {
      begin.arrive_and_wait();
      body(i);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

bool wait_until(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

}  // namespace temporal_slab::rules
