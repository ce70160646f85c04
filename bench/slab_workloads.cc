// temporal-slab's side of each comparison.
#include <temporal_slab/epoch_domain.h>
#include <temporal_slab/slab_alloc.h>

#include <array>
#include <cstring>
#include <utility>
#include <vector>

#include "bench/hand_over.h"
#include "bench/workload.h"

namespace temporal_slab::bench {
namespace {

constexpr std::uint32_t kObjectBytes = 128;

struct FreeAllocator {
  void operator()(SlabAllocator* allocator) const { slab_allocator_free(allocator); }
};
using AllocatorPtr = std::unique_ptr<SlabAllocator, FreeAllocator>;

AllocatorPtr make_allocator(const SlabOptions* options = nullptr) {
  AllocatorPtr allocator(slab_allocator_create_with(options));
  if (allocator == nullptr) give_up("slab_allocator_create_with");
  return allocator;
}

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

class EmptyCalls final : public Workload {
 public:
  EmptyCalls() : allocator_(make_allocator()) {}

  std::uint64_t run(unsigned, std::uint64_t operations) override {
    SlabAllocator* const allocator = allocator_.get();
    std::uint64_t done = 0;
    for (; done < operations; done += 16) {
#pragma GCC unroll 16
      for (int i = 0; i < 16; ++i) slab_free(allocator, nullptr);
    }
    return done;
  }

 private:
  const AllocatorPtr allocator_;
};

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

using Batch = std::vector<SlabHandle>;

// Inlined, because a call a batch would show in a batch of 1.
[[gnu::always_inline]] inline void allocate(SlabAllocator* allocator, EpochId epoch,
                                            Batch& handles) {
  for (SlabHandle& handle : handles) {
    void* object = alloc_obj_epoch(allocator, kObjectBytes, epoch, &handle);
    if (object == nullptr) give_up("alloc_obj_epoch");
    std::memcpy(object, &handle, sizeof handle);
  }
}

[[gnu::always_inline]] inline void free_all(SlabAllocator* allocator, const Batch& handles) {
  for (const SlabHandle handle : handles)
    if (!free_obj(allocator, handle)) give_up("free_obj");
}

class Objects final : public Workload {
 public:
  Objects(unsigned batch, AllocatorPtr allocator) : allocator_(std::move(allocator)) {
    for (Batch& handles : handles_) handles.resize(batch);
  }

  std::uint64_t run(unsigned thread, std::uint64_t operations) override {
    SlabAllocator* const allocator = allocator_.get();
    const EpochId epoch = epoch_current(allocator);
    Batch& handles = handles_[thread];
    std::uint64_t done = 0;
    for (; done < operations; done += handles.size()) {
      allocate(allocator, epoch, handles);
      free_all(allocator, handles);
    }
    return done;
  }

 private:
  const AllocatorPtr allocator_;
  std::array<Batch, kMostThreads> handles_;
};

class HandedOver final : public Workload {
 public:
  explicit HandedOver(unsigned batch) : allocator_(make_allocator()), hand_over_(batch) {}

  std::uint64_t run(unsigned thread, std::uint64_t operations) override {
    SlabAllocator* const allocator = allocator_.get();
    const EpochId epoch = epoch_current(allocator);
    return hand_over_.run(
        thread, operations, [&](Batch& handles) { allocate(allocator, epoch, handles); },
        [&](const Batch& handles) { free_all(allocator, handles); });
  }

 private:
  const AllocatorPtr allocator_;
  HandOver<SlabHandle> hand_over_;
};

}  // namespace

std::unique_ptr<Workload> make_references() { return std::make_unique<References>(); }

std::unique_ptr<Workload> make_empty_calls() { return std::make_unique<EmptyCalls>(); }

std::unique_ptr<Workload> make_domains() { return std::make_unique<Domains>(); }

std::unique_ptr<Workload> make_slab_objects(unsigned batch) {
  return std::make_unique<Objects>(batch, make_allocator());
}

std::unique_ptr<Workload> make_slab_objects_kept_warm(unsigned batch, std::size_t retain_bytes) {
  SlabOptions options;
  slab_options_init(&options);
  options.retain_bytes = retain_bytes;
  return std::make_unique<Objects>(batch, make_allocator(&options));
}

std::unique_ptr<Workload> make_slab_hand_over(unsigned batch) {
  return std::make_unique<HandedOver>(batch);
}

}  // namespace temporal_slab::bench
