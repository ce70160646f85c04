#include "heap/heaps.h"

#include <new>

#include "memory/page_source.h"
#include "sync/thread.h"

namespace temporal_slab::heap {
namespace {

constexpr std::size_t kHeapBytes = base::align_up(sizeof(Heap), memory::kPageBytes);

}  // namespace

Heaps::Heaps(stats::Segment& segment, std::uint64_t identity, bool watched)
    : segment_(segment),
      identity_(identity),
      bias_(sync::Bias::of_this_process()),
      central_(0, segment.heaps[0], word_, identity) {
  heaps_[0] = &central_;
  stats::put(segment_.heap_count, 1);
  word_.state.store(watched ? kWatched : 0, sync::kRelaxed);
}

Heaps::~Heaps() {
  for (std::uint32_t i = 1; i <= count_; ++i) {
    heaps_[i]->~Heap();
    memory::release(reinterpret_cast<std::byte*>(heaps_[i]), kHeapBytes);
  }
}

void Heaps::stop() {
  stopped_others_ = stopped_others_ || others_run();
  if (stops_++ == 0 && !stopped_others_)
    word_.turn.store(word_.turn.load(sync::kRelaxed) + 1, sync::kRelaxed);
  if (stops_ != 1 || !stopped_others_) return;
  // Relaxed: the fence orders it.
  word_.state.store(word_.state.load(sync::kRelaxed) | kStopped, sync::kRelaxed);
  bias_.revoker_barrier();
  for (std::uint32_t i = 1; i <= count_; ++i) {
    if (heaps_[i] == holder_) continue;
    // Acquire pairs with the end of a section.
    while (heaps_[i]->inside().load(sync::kAcquire) != 0) sync::yield();
    heaps_[i]->references().wait_until_left();
  }
  word_.turn.store(word_.turn.load(sync::kRelaxed) + 1, sync::kRelaxed);
}

void Heaps::go_on() {
  if (--stops_ != 0 || !stopped_others_) return;
  word_.state.store(word_.state.load(sync::kRelaxed) & ~kStopped, sync::kRelease);
  stopped_others_ = false;
}

Heap* Heaps::of_thread(std::uint64_t thread) {
  for (std::uint32_t i = 1; i <= count_; ++i)
    if (heaps_[i]->owner_thread_ == thread) return heaps_[i];
  return nullptr;
}

Heap* Heaps::add(std::uint32_t number) {
  std::byte* const memory = memory::reserve(kHeapBytes, memory::kPageBytes);
  if (memory == nullptr) return nullptr;
  stats::put(segment_.heap_count, number + 1);
  return new (memory) Heap(number, segment_.heaps[number], word_, identity_);
}

Heap* Heaps::join(std::uint64_t thread, std::uint64_t lost_tid) {
  Heap* heap = of_thread(0);
  if (heap == nullptr) {
    if (count_ + 1 == stats::kMaxHeaps) return nullptr;
    heap = add(count_ + 1);
    if (heap == nullptr) return nullptr;
    heaps_[++count_] = heap;
  }
  if (taken_ != 0) no_longer_alone();
  heap->owner_thread_ = thread;
  heap->lost_tid_ = lost_tid;
  ++taken_;
  return heap;
}

// Who was alone until now has to know before another can free its objects.
void Heaps::no_longer_alone() {
  if (word_.alone.load(sync::kRelaxed) == 0) return;
  const Stop stop(*this);
  word_.alone.store(0, sync::kRelaxed);
}

void Heaps::expect_a_thread_without_heap() {
  met_a_thread_without_heap_ = true;
  no_longer_alone();
}

void Heaps::leave(Heap& heap) {
  heap.owner_thread_ = 0;
  heap.lost_tid_ = 0;
  heap.references().disarm_all();
  --taken_;
  // Release: who finds itself alone finds all that the others did.
  if (taken_ <= 1 && !met_a_thread_without_heap_) word_.alone.store(1, sync::kRelease);
}

void Heaps::forget_other_threads() {
  for (std::uint32_t i = 1; i <= count_; ++i) {
    // It had come to the door, and found it closed.
    heaps_[i]->inside().store(0, sync::kRelaxed);
    heaps_[i]->references().leave_as_they_stand(
        static_cast<std::uint32_t>(stats::get(segment_.header.epoch_count)));
  }
}

}  // namespace temporal_slab::heap
