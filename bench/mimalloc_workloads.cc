// The peer of object benchmarks.
#include <mimalloc.h>

#include <array>
#include <cstring>
#include <vector>

#include "bench/hand_over.h"
#include "bench/workload.h"

namespace temporal_slab::bench {
namespace {

constexpr std::size_t kObjectBytes = 128;

using Batch = std::vector<void*>;

// Inlined, because a call a batch would show in a batch of 1.
[[gnu::always_inline]] inline void allocate(Batch& objects) {
  for (void*& object : objects) {
    object = mi_malloc(kObjectBytes);
    if (object == nullptr) give_up("mi_malloc");
    std::memcpy(object, &object, sizeof object);
  }
}

[[gnu::always_inline]] inline void free_all(const Batch& objects) {
  for (void* object : objects) mi_free(object);
}

class Objects final : public Workload {
 public:
  explicit Objects(unsigned batch) {
    for (auto& objects : objects_) objects.resize(batch);
  }

  std::uint64_t run(unsigned thread, std::uint64_t operations) override {
    Batch& objects = objects_[thread];
    std::uint64_t done = 0;
    for (; done < operations; done += objects.size()) {
      allocate(objects);
      free_all(objects);
    }
    return done;
  }

 private:
  std::array<Batch, kMostThreads> objects_;
};

class HandedOver final : public Workload {
 public:
  explicit HandedOver(unsigned batch) : hand_over_(batch) {}

  std::uint64_t run(unsigned thread, std::uint64_t operations) override {
    return hand_over_.run(
        thread, operations, [](Batch& objects) { allocate(objects); },
        [](const Batch& objects) { free_all(objects); });
  }

 private:
  HandOver<void*> hand_over_;
};

}  // namespace

std::unique_ptr<Workload> make_mimalloc_objects(unsigned batch) {
  return std::make_unique<Objects>(batch);
}

std::unique_ptr<Workload> make_mimalloc_hand_over(unsigned batch) {
  return std::make_unique<HandedOver>(batch);
}

}  // namespace temporal_slab::bench
