// temporal-slab's side of each comparison.
#include <temporal_slab/epoch_domain.h>
#include <temporal_slab/slab_alloc.h>

#include <array>
#include <cstring>
#include <temporal_slab/memory_resource.hpp>
#include <utility>
#include <vector>

#include "bench/hand_over.h"
#include "bench/slab_allocator.h"
#include "bench/workload.h"

namespace temporal_slab::bench {
namespace {

constexpr std::uint32_t kObjectBytes = 128;

class References final : public Workload {
 public:
  References() : allocator_(make_allocator()) {}

  // A reference is held all the time, so no dec here is the last one. The loop
  // around 16 calls costs nothing to speak of.
  std::uint64_t run(unsigned, std::uint64_t operations) override {
    SlabAllocator* const allocator = allocator_.get();
    const EpochId epoch = epoch_current(allocator);
    slab_epoch_inc_refcount(allocator, epoch);
    std::uint64_t done = 0;
    for (; done < operations; done += 16) {
#pragma GCC unroll 8
      for (int i = 0; i < 8; ++i) {
        slab_epoch_inc_refcount(allocator, epoch);
        slab_epoch_dec_refcount(allocator, epoch);
      }
    }
    slab_epoch_dec_refcount(allocator, epoch);
    return done;
  }

 private:
  const AllocatorPtr allocator_;
};

// One call of the library, 16 times in a row.
template <auto kCall>
class Calls final : public Workload {
 public:
  Calls() : allocator_(make_allocator()) {}

  std::uint64_t run(unsigned, std::uint64_t operations) override {
    SlabAllocator* const allocator = allocator_.get();
    std::uint64_t done = 0;
    for (; done < operations; done += 16) {
#pragma GCC unroll 16
      for (int i = 0; i < 16; ++i) kCall(allocator);
    }
    return done;
  }

 private:
  const AllocatorPtr allocator_;
};

// Keeps what a call returned.
template <typename Figure>
void keep(Figure figure) {
  asm volatile("" ::"r"(figure));
}

class Domains final : public Workload {
 public:
  Domains() : allocator_(make_allocator()) {}

  // A domain belongs to its thread, so each run makes its own.
  std::uint64_t run(unsigned, std::uint64_t operations) override {
    epoch_domain_t* const domain = epoch_domain_create(allocator_.get());
    if (domain == nullptr) give_up("epoch_domain_create");
    std::uint64_t done = 0;
    for (; done < operations; done += 16) {
#pragma GCC unroll 8
      for (int i = 0; i < 8; ++i) {
        epoch_domain_enter(domain);
        epoch_domain_exit(domain);
      }
    }
    if (!epoch_domain_destroy(domain)) give_up("epoch_domain_destroy");
    return done;
  }

 private:
  const AllocatorPtr allocator_;
};

// The calls of a row: by handle, by pointer in an epoch, and in the current epoch.
struct ByHandle {
  using Name = SlabHandle;
  static void* allocate(SlabAllocator* allocator, EpochId epoch, Name* name) {
    return alloc_obj_epoch(allocator, kObjectBytes, epoch, name);
  }
  static bool free(SlabAllocator* allocator, Name name) { return free_obj(allocator, name); }
};
struct ByPointer {
  using Name = void*;
  static void* allocate(SlabAllocator* allocator, EpochId epoch, Name* name) {
    return *name = slab_malloc_epoch(allocator, kObjectBytes, epoch);
  }
  static bool free(SlabAllocator* allocator, Name name) {
    slab_free(allocator, name);
    return true;
  }
};
struct InCurrent {
  using Name = void*;
  static void* allocate(SlabAllocator* allocator, EpochId, Name* name) {
    return *name = slab_malloc(allocator, kObjectBytes);
  }
  static bool free(SlabAllocator* allocator, Name name) {
    slab_free(allocator, name);
    return true;
  }
};

// Inlined, because a call a batch would show in a batch of 1.
template <class Calls>
[[gnu::always_inline]] inline void allocate(SlabAllocator* allocator, EpochId epoch,
                                            std::vector<typename Calls::Name>& names) {
  for (auto& name : names) {
    void* object = Calls::allocate(allocator, epoch, &name);
    if (object == nullptr) give_up("an allocation");
    std::memcpy(object, &name, sizeof name);
  }
}

template <class Calls>
[[gnu::always_inline]] inline void free_all(SlabAllocator* allocator,
                                            const std::vector<typename Calls::Name>& names) {
  for (const auto name : names)
    if (!Calls::free(allocator, name)) give_up("a free");
}

template <class Calls>
class Objects final : public Workload {
 public:
  Objects(unsigned batch, AllocatorPtr allocator) : allocator_(std::move(allocator)) {
    for (auto& names : names_) names.resize(batch);
  }

  std::uint64_t run(unsigned thread, std::uint64_t operations) override {
    SlabAllocator* const allocator = allocator_.get();
    const EpochId epoch = epoch_current(allocator);
    auto& names = names_[thread];
    std::uint64_t done = 0;
    for (; done < operations; done += names.size()) {
      allocate<Calls>(allocator, epoch, names);
      free_all<Calls>(allocator, names);
    }
    return done;
  }

 private:
  const AllocatorPtr allocator_;
  std::array<std::vector<typename Calls::Name>, kMostThreads> names_;
};

class HandedOver final : public Workload {
 public:
  explicit HandedOver(unsigned batch) : allocator_(make_allocator()), hand_over_(batch) {}

  std::uint64_t run(unsigned thread, std::uint64_t operations) override {
    SlabAllocator* const allocator = allocator_.get();
    const EpochId epoch = epoch_current(allocator);
    return hand_over_.run(
        thread, operations,
        [&](std::vector<SlabHandle>& handles) { allocate<ByHandle>(allocator, epoch, handles); },
        [&](const std::vector<SlabHandle>& handles) { free_all<ByHandle>(allocator, handles); });
  }

 private:
  const AllocatorPtr allocator_;
  HandOver<SlabHandle> hand_over_;
};

// The same through the memory resource of the C++ headers.
class Resource final : public Workload {
 public:
  explicit Resource(unsigned batch) : memory_(allocator_), objects_(batch) {}

  std::uint64_t run(unsigned, std::uint64_t operations) override {
    std::uint64_t done = 0;
    for (; done < operations; done += objects_.size()) {
      for (void*& object : objects_) {
        object = memory_.allocate(kObjectBytes);
        std::memcpy(object, &object, sizeof object);
      }
      for (void* const object : objects_) memory_.deallocate(object, kObjectBytes);
    }
    return done;
  }

 private:
  Allocator allocator_;
  EpochResource memory_;
  std::vector<void*> objects_;
};

}  // namespace

std::unique_ptr<Workload> make_references() { return std::make_unique<References>(); }

std::unique_ptr<Workload> make_empty_calls() {
  return std::make_unique<Calls<[](SlabAllocator* a) { slab_free(a, nullptr); }>>();
}

std::unique_ptr<Workload> make_eras() {
  return std::make_unique<Calls<[](SlabAllocator* a) { keep(slab_epoch_era(a, 0)); }>>();
}

std::unique_ptr<Workload> make_states() {
  return std::make_unique<Calls<[](SlabAllocator* a) { keep(slab_epoch_state(a, 0)); }>>();
}

std::unique_ptr<Workload> make_domains() { return std::make_unique<Domains>(); }

std::unique_ptr<Workload> make_slab_objects(unsigned batch) {
  return std::make_unique<Objects<ByHandle>>(batch, make_allocator());
}

std::unique_ptr<Workload> make_slab_pointers(unsigned batch) {
  return std::make_unique<Objects<ByPointer>>(batch, make_allocator());
}

std::unique_ptr<Workload> make_slab_current(unsigned batch) {
  return std::make_unique<Objects<InCurrent>>(batch, make_allocator());
}

std::unique_ptr<Workload> make_slab_resource(unsigned batch) {
  return std::make_unique<Resource>(batch);
}

std::unique_ptr<Workload> make_slab_objects_kept_warm(unsigned batch, std::size_t retain_bytes) {
  return std::make_unique<Objects<ByHandle>>(batch, make_allocator(retain_bytes));
}

std::unique_ptr<Workload> make_slab_hand_over(unsigned batch) {
  return std::make_unique<HandedOver>(batch);
}

}  // namespace temporal_slab::bench
