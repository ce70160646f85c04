// The peer of object benchmarks.
#include <mimalloc.h>

#include <array>
#include <cstring>
#include <vector>

#include "bench/workload.h"

namespace temporal_slab::bench {
namespace {

constexpr std::size_t kObjectBytes = 128;

class Objects final : public Workload {
 public:
  explicit Objects(unsigned batch) {
    for (auto& objects : objects_) objects.resize(batch);
  }

  std::uint64_t run(unsigned thread, std::uint64_t operations) override {
    std::vector<void*>& objects = objects_[thread];
    std::uint64_t done = 0;
    for (; done < operations; done += objects.size()) {
      for (void*& object : objects) {
        object = mi_malloc(kObjectBytes);
        if (object == nullptr) give_up("mi_malloc");
        std::memcpy(object, &object, sizeof object);
      }
      for (void* object : objects) mi_free(object);
    }
    return done;
  }

 private:
  std::array<std::vector<void*>, kMostThreads> objects_;
};

}  // namespace

std::unique_ptr<Workload> make_mimalloc_objects(unsigned batch) {
  return std::make_unique<Objects>(batch);
}

}  // namespace temporal_slab::bench
