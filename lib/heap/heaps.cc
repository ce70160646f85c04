#include "heap/heaps.h"

#include <new>

#include "memory/page_source.h"

namespace temporal_slab::heap {
namespace {

constexpr std::size_t kHeapBytes = base::align_up(sizeof(Heap), memory::kPageBytes);

}  // namespace

Heaps::~Heaps() {
  for (std::uint32_t i = 0; i < count_; ++i) {
    heaps_[i]->~Heap();
    memory::release(reinterpret_cast<std::byte*>(heaps_[i]), kHeapBytes);
  }
}

void Heaps::stop() {
  stopped_others_ = stopped_others_ || others_run();
  if (stops_++ != 0 || !stopped_others_) return;
  // Relaxed: the fence that revoke() begins with orders it.
  state_.store(state_.load(sync::kRelaxed) | kStopped, sync::kRelaxed);
  sync::revoke(bias_, count_, [&](std::size_t i) -> const sync::Atomic<std::uint64_t>& {
    return heaps_[i]->turn();
  });
  for (std::uint32_t i = 0; i < count_; ++i) heaps_[i]->references().wait_until_left();
}

void Heaps::go_on() {
  if (--stops_ != 0 || !stopped_others_) return;
  state_.store(state_.load(sync::kRelaxed) & ~kStopped, sync::kRelease);
  stopped_others_ = false;
}

Heap* Heaps::of_thread(std::uint64_t thread) {
  for (std::uint32_t i = 0; i < count_; ++i)
    if (heaps_[i]->owner_thread_ == thread) return heaps_[i];
  return nullptr;
}

Heap* Heaps::join(std::uint64_t thread, std::uint64_t lost_tid) {
  Heap* heap = of_thread(0);
  if (heap == nullptr) {
    if (count_ == stats::kMaxHeaps) return nullptr;
    std::byte* const memory = memory::reserve(kHeapBytes, memory::kPageBytes);
    if (memory == nullptr) return nullptr;
    heap = new (memory) Heap(count_ + 1, segment_.heaps[count_]);
    heaps_[count_++] = heap;
    stats::put(segment_.heap_count, count_);
  }
  heap->owner_thread_ = thread;
  heap->lost_tid_ = lost_tid;
  ++taken_;
  return heap;
}

void Heaps::leave(Heap& heap) {
  heap.owner_thread_ = 0;
  heap.lost_tid_ = 0;
  heap.references().disarm_all();
  --taken_;
}

void Heaps::forget_other_threads() {
  for (std::uint32_t i = 0; i < count_; ++i) {
    sync::Atomic<std::uint64_t>& turn = heaps_[i]->turn();
    const std::uint64_t now = turn.load(sync::kRelaxed);
    // It had come to the door, and found it closed.
    if (now % 2 != 0) turn.store(now + 1, sync::kRelaxed);
    heaps_[i]->references().leave_as_they_stand();
  }
}

}  // namespace temporal_slab::heap
