// temporal-slab's side of what is measured by epochs: requests, advances, references handed on.
#include <temporal_slab/slab_alloc.h>

#include <condition_variable>
#include <cstring>
#include <mutex>
#include <thread>
#include <vector>

#include "bench/hand_over.h"
#include "bench/requests.h"
#include "bench/slab_allocator.h"

namespace temporal_slab::bench {
namespace {

class Requests final : public Workload {
 public:
  explicit Requests(const RequestKind& kind)
      : kind_(kind), allocator_(make_allocator(kind.retain_bytes)) {}

  std::uint64_t run(unsigned, std::uint64_t operations) override {
    SlabAllocator* const allocator = allocator_.get();
    const SlabFinish end = kind_.frees_each ? SLAB_FINISH_CLOSE : SLAB_FINISH_DISCARD;
    std::uint64_t done = 0;
    while (done < operations) {
      const SlabEpochRef epoch = slab_epoch_open(allocator, "request");
      for (unsigned i = 0; i < kind_.an_epoch; ++i) one(allocator, epoch.epoch);
      if (!slab_epoch_finish(allocator, epoch, end)) give_up("slab_epoch_finish");
      done += kind_.an_epoch;
    }
    return done;
  }

 private:
  void one(SlabAllocator* allocator, EpochId epoch) {
    void* objects[kRequestObjects];
    for (unsigned i = 0; i < kRequestObjects; ++i) {
      objects[i] = slab_malloc_epoch(allocator, kRequestSizes[i], epoch);
      if (objects[i] == nullptr) give_up("slab_malloc_epoch");
      std::memcpy(objects[i], &i, sizeof i);
    }
    if (!kind_.frees_each) return;
    for (void* const object : objects) slab_free(allocator, object);
  }

  const RequestKind kind_;
  const AllocatorPtr allocator_;
};

// The ring turns, and nothing is in it. Other threads have heaps, and do nothing.
class Advances final : public Workload {
 public:
  explicit Advances(unsigned others) : allocator_(make_allocator()) {
    // One's own heap too.
    slab_free(allocator_.get(), slab_malloc(allocator_.get(), 64));
    for (unsigned i = 0; i < others; ++i) others_.emplace_back([this] { have_a_heap(); });
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return ready_ == others_.size(); });
  }
  ~Advances() override {
    {
      const std::lock_guard lock(mutex_);
      over_ = true;
    }
    changed_.notify_all();
    for (std::thread& other : others_) other.join();
  }

  std::uint64_t run(unsigned, std::uint64_t operations) override {
    for (std::uint64_t i = 0; i < operations; ++i) epoch_advance(allocator_.get());
    return operations;
  }

 private:
  void have_a_heap() {
    slab_free(allocator_.get(), slab_malloc(allocator_.get(), 64));
    std::unique_lock lock(mutex_);
    ++ready_;
    changed_.notify_all();
    changed_.wait(lock, [&] { return over_; });
  }

  const AllocatorPtr allocator_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t ready_ = 0;
  bool over_ = false;
  std::vector<std::thread> others_;
};

// Each thread acquires a batch of references, and releases the other's.
class HandedOn final : public Workload {
 public:
  explicit HandedOn(unsigned batch) : allocator_(make_allocator()), hand_over_(batch) {}

  std::uint64_t run(unsigned thread, std::uint64_t operations) override {
    SlabAllocator* const allocator = allocator_.get();
    return hand_over_.run(
        thread, operations,
        [&](std::vector<SlabEpochRef>& references) {
          for (SlabEpochRef& reference : references) reference = slab_epoch_acquire(allocator);
        },
        [&](const std::vector<SlabEpochRef>& references) {
          for (const SlabEpochRef& reference : references)
            if (!slab_epoch_release(allocator, reference)) give_up("slab_epoch_release");
        });
  }

 private:
  const AllocatorPtr allocator_;
  HandOver<SlabEpochRef> hand_over_;
};

}  // namespace

std::unique_ptr<Workload> make_slab_requests(const RequestKind& kind) {
  return std::make_unique<Requests>(kind);
}

std::unique_ptr<Workload> make_advances(unsigned others) {
  return std::make_unique<Advances>(others);
}

std::unique_ptr<Workload> make_handed_on_references(unsigned batch) {
  return std::make_unique<HandedOn>(batch);
}

}  // namespace temporal_slab::bench
