// The peers of object benchmarks: all that is used through malloc and free.
#include <dlfcn.h>
#include <mimalloc.h>

#include <array>
#include <cstring>
#include <vector>

#include "bench/hand_over.h"
#include "bench/malloc_peer.h"
#include "bench/requests.h"

namespace temporal_slab::bench {
namespace {

constexpr std::size_t kObjectBytes = 128;

// mimalloc, called as directly as ours is.
struct Direct {
  void* allocate(std::size_t bytes) const { return mi_malloc(bytes); }
  void free(void* object) const { mi_free(object); }
};

using Batch = std::vector<void*>;

// Inlined, because a call a batch would show in a batch of 1. `Calls` is Direct, or a peer that was
// looked up.
template <class Calls>
[[gnu::always_inline]] inline void allocate(const Calls& calls, Batch& objects) {
  for (void*& object : objects) {
    object = calls.allocate(kObjectBytes);
    if (object == nullptr) give_up("an allocation of a peer");
    std::memcpy(object, &object, sizeof object);
  }
}

template <class Calls>
[[gnu::always_inline]] inline void free_all(const Calls& calls, const Batch& objects) {
  for (void* object : objects) calls.free(object);
}

template <class Calls>
class Objects final : public Workload {
 public:
  Objects(unsigned batch, Calls calls) : calls_(calls) {
    for (auto& objects : objects_) objects.resize(batch);
  }

  std::uint64_t run(unsigned thread, std::uint64_t operations) override {
    Batch& objects = objects_[thread];
    std::uint64_t done = 0;
    for (; done < operations; done += objects.size()) {
      allocate(calls_, objects);
      free_all(calls_, objects);
    }
    return done;
  }

 private:
  const Calls calls_;
  std::array<Batch, kMostThreads> objects_;
};

class HandedOver final : public Workload {
 public:
  explicit HandedOver(unsigned batch) : hand_over_(batch) {}

  std::uint64_t run(unsigned thread, std::uint64_t operations) override {
    return hand_over_.run(
        thread, operations, [](Batch& objects) { allocate(Direct(), objects); },
        [](const Batch& objects) { free_all(Direct(), objects); });
  }

 private:
  HandOver<void*> hand_over_;
};

template <class Calls>
class Requests final : public Workload {
 public:
  explicit Requests(Calls calls) : calls_(calls) {}

  std::uint64_t run(unsigned, std::uint64_t operations) override {
    for (std::uint64_t done = 0; done < operations; ++done) {
      void* objects[kRequestObjects];
      for (unsigned i = 0; i < kRequestObjects; ++i) {
        objects[i] = calls_.allocate(kRequestSizes[i]);
        if (objects[i] == nullptr) give_up("an allocation of a peer");
        std::memcpy(objects[i], &i, sizeof i);
      }
      for (void* const object : objects) calls_.free(object);
    }
    return operations;
  }

 private:
  const Calls calls_;
};

}  // namespace

std::unique_ptr<Workload> make_mimalloc_objects(unsigned batch) {
  return std::make_unique<Objects<Direct>>(batch, Direct());
}

std::unique_ptr<Workload> make_mimalloc_hand_over(unsigned batch) {
  return std::make_unique<HandedOver>(batch);
}

std::unique_ptr<Workload> make_mimalloc_requests() {
  return std::make_unique<Requests<Direct>>(Direct());
}

std::unique_ptr<Workload> make_peer_objects(const MallocPeer& peer, unsigned batch) {
  return std::make_unique<Objects<MallocPeer>>(batch, peer);
}

std::unique_ptr<Workload> make_peer_requests(const MallocPeer& peer) {
  return std::make_unique<Requests<MallocPeer>>(peer);
}

std::vector<MallocPeer> other_peers() {
  struct Known {
    const char* name;
    const char* library;
  };
  constexpr Known kKnown[] = {{"glibc", "libc.so.6"},
                              {"jemalloc", "libjemalloc.so.2"},
                              {"tcmalloc", "libtcmalloc_minimal.so.4"}};
  std::vector<MallocPeer> found;
  for (const Known& known : kKnown) {
    // For good: memory of it may be in use until the process ends.
    void* const library = dlopen(known.library, RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) continue;
    const MallocPeer peer{known.name,
                          reinterpret_cast<void* (*)(std::size_t)>(dlsym(library, "malloc")),
                          reinterpret_cast<void (*)(void*)>(dlsym(library, "free"))};
    if (peer.allocate != nullptr && peer.free != nullptr) found.push_back(peer);
  }
  return found;
}

}  // namespace temporal_slab::bench
