// A piece of work that can be repeated as often as a measurement wants.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace temporal_slab::bench {

class Workload {
 public:
  Workload() = default;
  virtual ~Workload() = default;
  Workload(const Workload&) = delete;
  Workload& operator=(const Workload&) = delete;

  // Does at least so many operations on the calling thread, the team's thread of
  // this number. Returns how many it did.
  virtual std::uint64_t run(unsigned thread, std::uint64_t operations) = 0;
};

inline constexpr unsigned kMostThreads = 2;

// Objects of a batch. A hand-over of one object would be measured instead of it.
inline constexpr unsigned kBatches[] = {1, 64, 1000};
inline constexpr unsigned kHandedOverBatches[] = {64, 1000, 100000};
inline constexpr unsigned kLargestBatch = 100000;
// Empty slabs that a thread's largest batch fits in.
inline constexpr std::size_t kLargestBatchBytes = std::size_t{16} << 20;

// Ends the process: a figure of work that was not done must not be seen.
[[noreturn]] void give_up(const char* what);

// One step of a chain of dependent additions: one cycle.
std::unique_ptr<Workload> make_add_chain();

// inc or dec of a reference that the thread holds, all threads on one epoch.
std::unique_ptr<Workload> make_references();

// A call of the library that does nothing: slab_free of NULL.
std::unique_ptr<Workload> make_empty_calls();

// Enter or exit of a domain, one a thread, all on one epoch.
std::unique_ptr<Workload> make_domains();

// slab_epoch_era, slab_epoch_state.
std::unique_ptr<Workload> make_eras();
std::unique_ptr<Workload> make_states();

// fetch_add on one counter.
std::unique_ptr<Workload> make_fetch_add();

// epoch_advance with nothing in the ring, while so many other threads have heaps.
std::unique_ptr<Workload> make_advances(unsigned others);

// membarrier, as a stop makes it.
std::unique_ptr<Workload> make_membarriers();

// For exactly two threads: each acquires a batch of references, and releases the other's; and adds
// to one counter what the other takes off.
std::unique_ptr<Workload> make_handed_on_references(unsigned batch);
std::unique_ptr<Workload> make_handed_on_counts(unsigned batch);

// Allocates a batch of 128-byte objects, writes a word in each, then frees them in
// the same order. An operation is one allocation and one free.
std::unique_ptr<Workload> make_slab_objects(unsigned batch);
std::unique_ptr<Workload> make_mimalloc_objects(unsigned batch);

// The same by slab_malloc_epoch and slab_free, by slab_malloc, and by an EpochResource.
std::unique_ptr<Workload> make_slab_pointers(unsigned batch);
std::unique_ptr<Workload> make_slab_current(unsigned batch);
std::unique_ptr<Workload> make_slab_resource(unsigned batch);

// The first with so many bytes of empty slabs kept warm.
std::unique_ptr<Workload> make_slab_objects_kept_warm(unsigned batch, std::size_t retain_bytes);

// The same work for exactly two threads, where each frees what the other allocated.
std::unique_ptr<Workload> make_slab_hand_over(unsigned batch);
std::unique_ptr<Workload> make_mimalloc_hand_over(unsigned batch);

// What of that is the hand-over: words are written and read.
std::unique_ptr<Workload> make_bare_hand_over(unsigned batch);

}  // namespace temporal_slab::bench
