// The C++20 memory model, executed.
//
// An execution is a sequence of steps of threads. Each object has a modification order; each
// thread has a clock of what happens before its next step. From these follows which stores a load
// may read and where in the order a store may come ("levels", 0 is the oldest); the caller chooses
// among them. Whatever is chosen, the execution so far is consistent: coherence, atomicity of
// read-modify-writes and the existence of an order S for seq_cst hold at every step.
//
// Everything that [intro.races] and [atomics.order] allow can be reached by some choices, with one
// exception, load buffering: a load reads only stores of steps already made, so an execution with a
// cycle in "sequenced before or read from" does not exist here. Two details as in C++20 and not
// before: a release sequence goes on through read-modify-writes only, and happens-before alone does
// not order two seq_cst operations in S.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <vector>

#include "temporal_slab_explorer/clock.h"
#include "temporal_slab_explorer/location.h"
#include "temporal_slab_explorer/sc_order.h"

namespace temporal_slab::explorer {

struct ThreadView {
  Clock known;     // happens before the next step
  Clock pending;   // what an acquire fence would add: the relaxed reads
  Clock released;  // `known` at the last release fence
  std::int32_t yields = 0;
};

inline bool is_acquire(std::memory_order order) {
  return order == std::memory_order_acquire || order == std::memory_order_consume ||
         order == std::memory_order_acq_rel || order == std::memory_order_seq_cst;
}
inline bool is_release(std::memory_order order) {
  return order == std::memory_order_release || order == std::memory_order_acq_rel ||
         order == std::memory_order_seq_cst;
}
inline bool is_seq_cst(std::memory_order order) { return order == std::memory_order_seq_cst; }

class MemoryModel {
 public:
  void reset();

  ThreadView& thread(int t) { return threads_[static_cast<unsigned>(t)]; }
  const ThreadView& thread(int t) const { return threads_[static_cast<unsigned>(t)]; }

  void spawn(int parent, int child);
  void join(int waiter, int ended);
  // Everything up to here belongs to what a release would publish; the next step comes after it.
  void tick(int t) { ++thread(t).known[t]; }

  // Makes the object, with its initial value as its only store.
  void create(Location& location, int t, std::uint64_t value);
  // Makes an object that was there before the execution began.
  void create_static(Location& location, std::uint64_t value);
  bool knows_birth(const Location& location, int t) const {
    return thread(t).known[location.born_thread] >= location.born_index;
  }

  // The oldest level that thread t may read, or put a store right after, with this order.
  int floor(const Location& location, int t, bool seq_cst) const;
  // The same for what reads, with the fairness of yield: a store that the thread read before a
  // yield, or made by a read-modify-write, is not read again after it if there is a newer one.
  int read_floor(const Location& location, int t, bool seq_cst) const;

  void load(Location& location, int t, int level, std::memory_order order);
  // Puts a store right above `level`; gives the level of the new store.
  int store(Location& location, int t, int level, std::uint64_t value, std::memory_order order);
  // Reads `level`, which must feed no other read-modify-write, and writes right above it.
  int modify(Location& location, int t, int level, std::uint64_t value, std::memory_order order);

  void fence(int t, std::memory_order order);
  // As if every thread executed a seq_cst fence now, between two of the caller's; and what came
  // before in any of them happens before what the caller does next, and the reverse.
  void membarrier(int t, int threads);

  // Every location is told to the model so that fences can look at them all.
  std::vector<Location*>& locations() { return locations_; }

  std::int32_t stores() const { return stores_; }

 private:
  int insert(Location& location, int level);
  int write(Location& location, int t, int level, std::uint64_t value, std::memory_order order,
            bool rmw);

  // The place of a step in S: its number if it is seq_cst, and what it makes precede those that are
  // coherence-ordered after it.
  struct ScStep {
    std::int32_t number = kNever;
    Clock out;
  };
  // Enters a step at `level`, or right above it; `before` precedes it as an event of its thread,
  // `preceding` (numbers) by the coherence order.
  ScStep order_sc(Location& location, int t, int level, bool seq_cst, Clock before,
                  const Clock& preceding);
  void seq_cst_fence(int t);
  void born(Location& location, int t, std::int32_t index, std::uint64_t value);

  std::array<ThreadView, kMaxThreads> threads_;
  ScOrder sc_;
  std::vector<Location*> locations_;
  std::int32_t stores_ = 0;
};

}  // namespace temporal_slab::explorer
