// A piece of work that can be repeated as often as a measurement wants.
#pragma once

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

// fetch_add on one counter.
std::unique_ptr<Workload> make_fetch_add();

// Allocates a batch of 128-byte objects, writes a word in each, then frees them in
// the same order. An operation is one allocation and one free.
std::unique_ptr<Workload> make_slab_objects(unsigned batch);
std::unique_ptr<Workload> make_mimalloc_objects(unsigned batch);

}  // namespace temporal_slab::bench
