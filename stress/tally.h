// What the threads did, counted by themselves: the other side of every sum that
// an audit compares with the allocator's figures.
#pragma once

#include <cstdint>

namespace temporal_slab::stress {

#define TEMPORAL_SLAB_STRESS_COUNTS(X)                 \
  X(allocs, "objects allocated")                       \
  X(allocs_closing, "allocations refused, CLOSING")    \
  X(allocs_nomem, "allocations refused, no memory")    \
  X(frees, "objects freed")                            \
  X(handed, "objects handed to another thread")        \
  X(resizes, "objects resized in place")               \
  X(moves, "objects resized by moving")                \
  X(resizes_refused, "resizes refused")                \
  X(duels, "handles freed by two threads at once")     \
  X(stale_frees, "second frees, refused")              \
  X(invalid_frees, "forged or foreign frees, refused") \
  X(advances, "advances")                              \
  X(closes, "closes")                                  \
  X(try_closed, "try_closes that closed")              \
  X(try_busy, "try_closes that found references")      \
  X(discards, "discards")                              \
  X(discarded, "objects freed by discards")            \
  X(labels_set, "labels set")                          \
  X(labels_read, "labels and epoch rows read")         \
  X(incs, "incs")                                      \
  X(decs, "decs")                                      \
  X(acquires, "acquires")                              \
  X(releases, "releases")                              \
  X(stale_releases, "releases refused, stale")         \
  X(opens, "scopes opened")                            \
  X(finishes, "scopes finished")                       \
  X(domain_enters, "domains entered")                  \
  X(domain_exits, "domains left")                      \
  X(domains_stale, "domains refused, stale")           \
  X(domains_lost, "domains taken over while inside")   \
  X(snapshots, "snapshots")                            \
  X(asides, "other allocators made and freed")         \
  X(threads, "threads that ended")

struct Tally {
#define TEMPORAL_SLAB_STRESS_MEMBER(name, meaning) std::uint64_t name = 0;
  TEMPORAL_SLAB_STRESS_COUNTS(TEMPORAL_SLAB_STRESS_MEMBER)
#undef TEMPORAL_SLAB_STRESS_MEMBER

  Tally& operator+=(const Tally& other) {
#define TEMPORAL_SLAB_STRESS_ADD(name, meaning) name += other.name;
    TEMPORAL_SLAB_STRESS_COUNTS(TEMPORAL_SLAB_STRESS_ADD)
#undef TEMPORAL_SLAB_STRESS_ADD
    return *this;
  }
};

}  // namespace temporal_slab::stress
