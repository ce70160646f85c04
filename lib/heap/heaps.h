// The heaps of one allocator, one a thread that uses it and that of the mutex, and how all of
// them are stopped.
//
//   owner     const Heaps::Section section(heaps, heap);   two stores, no lock
//             if (!section.open()) ...                     take the mutex instead
//   stopper   const Heaps::Stop stop(heaps);               holds the mutex
//
// Threads. Everything but sections, stopped() and at() needs the allocator's mutex.
//
// Why nobody is inside while all are stopped. The owner sets its byte, then looks at the word
// (a compiler barrier between); the stopper sets the word, then looks at the bytes (a membarrier
// between, which is as if each thread made a full fence at one instant). So an owner that came
// before the barrier is waited for, and one that comes after it finds the word, which stays set
// until the stopper is done: it clears its byte and goes by the mutex.
//
// Invariants.
//  1. While a Stop stands no thread is in an open section, and the heaps are the stopper's.
//  2. A place that was used once has a heap, and its shard, for good.
//  3. When no heap but the mutex holder's is somebody's, nobody needs to be stopped:
//     to get one takes the mutex.
#pragma once

#include <cstddef>
#include <cstdint>

#include "heap/heap.h"
#include "stats/segment_layout.h"
#include "sync/biased_section.h"

namespace temporal_slab::heap {

class Heaps {
 public:
  static constexpr sync::Bias kRevokerPays{sync::Bias::Payer::kRevoker};

  // `watched`: a tool is told of slots, so that sections have more to do.
  Heaps(stats::Segment& segment, std::uint64_t identity, bool watched);
  ~Heaps();
  Heaps(const Heaps&) = delete;
  Heaps& operator=(const Heaps&) = delete;

  class Section {
   public:
    Section(const Heaps& heaps, Heap& heap) : heap_(heap) {
      heap_.inside().store(1, sync::kRelaxed);
      kRevokerPays.owner_barrier();
      // Acquire pairs with the end of a Stop: what the stopper did is seen.
      state_ = heaps.word_.state.load(sync::kAcquire);
    }
    ~Section() { heap_.leave_section(); }
    Section(const Section&) = delete;
    Section& operator=(const Section&) = delete;

    bool open() const { return (state_ & kStopped) == 0; }
    bool watched() const { return (state_ & kWatched) != 0; }

   private:
    Heap& heap_;
    std::uint64_t state_;
  };

  // The same for who makes a section part of a hot path: true in a section that is plain, which
  // Heap::leave_section() ends; false in none.
  bool enter_plainly(Heap& heap) const {
    heap.inside().store(1, sync::kRelaxed);
    kRevokerPays.owner_barrier();
    if (word_.state.load(sync::kAcquire) == 0) [[likely]]
      return true;
    heap.leave_section();
    return false;
  }

  // Costs nothing while nobody else has a heap. Nests.
  class Stop {
   public:
    explicit Stop(Heaps& heaps) : heaps_(heaps) { heaps_.stop(); }
    ~Stop() { heaps_.go_on(); }
    Stop(const Stop&) = delete;
    Stop& operator=(const Stop&) = delete;

   private:
    Heaps& heaps_;
  };

  // A heap for a thread that has none; nullptr: all places are taken, or there is no
  // memory. `lost_tid`: the kernel's number of a thread whose end nobody is told of, else 0.
  Heap* join(std::uint64_t thread, std::uint64_t lost_tid);
  // In the child of a fork its thread has another number.
  void renumber(Heap& heap, std::uint64_t tid) {
    if (heap.lost_tid_ != 0) heap.lost_tid_ = tid;
  }
  // The heap is of such a thread, which has ended.
  bool thread_is_gone(const Heap& heap) const {
    return heap.lost_tid_ != 0 && sync::thread_is_gone(heap.lost_tid_);
  }
  // The heap has no slabs left.
  void leave(Heap& heap);
  // A thread that has no heap is about to free an object of one.
  void expect_a_thread_without_heap();
  Heap* of_thread(std::uint64_t thread);
  // All heaps are stopped, and no thread but the holder is left: those of the others
  // are left as they stand, outside of any section.
  void forget_other_threads();
  // False too where the kernel does not let a stopper pay for both sides: then a
  // section would cost as much as the mutex.
  bool has_place() const {
    return taken_ + 1 < stats::kMaxHeaps && bias_.payer() == kRevokerPays.payer();
  }

  // Says whose heap is the mutex's holder's; nullptr: it has none.
  void entered_by(Heap* heap) { holder_ = heap; }
  Heap* holder() const { return holder_; }
  // The heap that the mutex's holder works in.
  Heap& holders() { return holder_ != nullptr ? *holder_ : central(); }
  Heap& central() { return central_; }
  // For sections of other words than `inside`: after the owner's barrier. Acquire as in Section.
  bool stopped() const { return (word_.state.load(sync::kAcquire) & kStopped) != 0; }
  bool watched() const { return (word_.state.load(sync::kRelaxed) & kWatched) != 0; }
  // True if another thread may be in an open section.
  bool others_run() const { return taken_ > (holder_ != nullptr ? 1U : 0U) && stops_ == 0; }

  // 0: central().
  Heap& at(std::uint32_t number) { return *heaps_[number]; }
  std::uint32_t count() const { return count_; }  // places used once: the last one's number
  bool is_taken(std::uint32_t number) const { return heaps_[number]->owner_thread_ != 0; }

  // What a Stop does.
  void stop();
  void go_on();

 private:
  static constexpr std::uint64_t kStopped = 1;
  static constexpr std::uint64_t kWatched = 2;

  Heap* add(std::uint32_t number);
  void no_longer_alone();

  stats::Segment& segment_;
  const std::uint64_t identity_;
  const sync::Bias bias_;
  // On a line with nothing that changes otherwise.
  alignas(64) HeapsWord word_;
  alignas(64) std::uint32_t count_ = 0;
  std::uint32_t taken_ = 0;
  std::uint32_t stops_ = 0;
  bool stopped_others_ = false;
  bool met_a_thread_without_heap_ = false;
  Heap* holder_ = nullptr;
  // Not on the line above: frees of another's object look here, and each call with the mutex writes
  // there.
  alignas(64) Heap* heaps_[stats::kMaxHeaps] = {};
  Heap central_;
};

}  // namespace temporal_slab::heap
