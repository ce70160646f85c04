// Descriptors of slabs: where they lie, apart from the objects (R-2.1-8), and how a handle
// is told to name a live object, a dead one or none.
//
// All lie in one reservation of the process, in granules of 64 bytes:
//
//   granule   0          1 .. n-1       n          n+1 ..
//           +----------+--------------+----------+---------
//           | header   | slots' words | header   | ...          chunk: 16 KiB of descriptors
//           +----------+--------------+----------+---------            of one size
//
// A header begins with an `identity`, which is the allocator's while a slab stands and 0
// else. The middle of a descriptor is never taken for a header: there two words of slots
// stand where an identity would, and the lower half of an identity is what no word can be,
// generation 0 that is not free.
//
// Type-stable. A place that was a descriptor of n granules is never anything else, whoever
// has its chunk: so a late look at one that ended finds words, and each of them only goes
// on. When a chunk's memory goes back, its `floor` says where its words go on from.
//
// Threads. Descriptors: the mutex of the allocator that has them. slab_at() and what it
// gives: any (slab.h). Chunks: an owner has one by a compare-and-swap on its `tag`.
//
// Invariants.
//  1. Below `granule_limit` all memory may be read.
//  2. A chunk's fields but for the tag are its owner's. Release of a tag and its
//     acquire hand them on.
//  3. Every generation that a handle into a chunk has had is below the word's, or is the
//     word's and not free; or it is below the chunk's floor.
//  4. Generations below `base_floor` were given out by other allocators.
#pragma once

#include <cstddef>
#include <cstdint>

#include "memory/slab.h"

namespace temporal_slab::memory {

inline constexpr std::uint32_t kChunkGranules = 256;
inline constexpr std::size_t kChunkBytes = kChunkGranules * kGranuleBytes;

// Makes the reservation, once in a process, before the first allocator. False with ENOMEM.
bool reserve_descriptors();

// Gives the reservation and the page tables up, for good: the library is unloaded, and no
// allocator is left.
void release_descriptors();

// A number that no other allocator of this process has or had.
std::uint32_t new_allocator_number();

namespace internal {

struct alignas(kGranuleBytes) Reservation {
  std::byte* granules = nullptr;
  sync::Atomic<Granule> limit{0};
  std::uint32_t chunk_count = 0;
};
extern Reservation reservation;

struct Chunk {
  // owner's number << 8 | granules of each descriptor; 0: never used
  sync::Atomic<std::uint64_t> tag;
  sync::Atomic<std::uint32_t> base_floor;  // relaxed, as the next one: the tag hands both on
  sync::Atomic<std::uint32_t> floor;
  std::uint32_t next;      // of the owner's chunks of this size with room; 0: none
  std::uint32_t previous;  // likewise
  Granule free;            // the first descriptor to be used again; 0: none
  std::uint16_t used;      // descriptors that are taken
  std::uint16_t carved;    // descriptors from here on are as the floor says
};
static_assert(sizeof(Chunk) == 32);

}  // namespace internal

inline Granule granule_limit() { return internal::reservation.limit.load(sync::kAcquire); }
// The granule is below the limit; whether a descriptor begins there its identity says.
inline Slab* slab_at(Granule granule) {
  return reinterpret_cast<Slab*>(internal::reservation.granules +
                                 std::size_t{granule} * kGranuleBytes);
}
inline Granule granule_of(const Slab* slab) {
  return static_cast<Granule>(static_cast<std::size_t>(reinterpret_cast<const std::byte*>(slab) -
                                                       internal::reservation.granules) /
                              kGranuleBytes);
}

class Descriptors {
 public:
  explicit Descriptors(std::uint32_t owner) : owner_(owner) {}
  ~Descriptors();
  Descriptors(const Descriptors&) = delete;
  Descriptors& operator=(const Descriptors&) = delete;

  // A descriptor for a slab of the class, which does not stand. nullptr with ENOMEM.
  Slab* take(std::uint32_t class_index);
  void put(Slab* slab);
  // Gives the memory of chunks back that nobody uses; few of them stay resident.
  void trim();

  // Why a handle names no live object: ESTALE if it named one of this allocator, EINVAL if
  // it never did (R-2.1-5).
  int judge(Handle handle) const;

  // The next chunk that anybody claims for this class goes on from a generation: for tests
  // of the last ones.
  static void age_next_chunk(std::uint32_t class_index, std::uint32_t generation);

  static constexpr std::uint32_t kIdleChunks = 4;  // stay resident though nobody uses them

 private:
  static constexpr std::uint32_t kMostGranules = granules_for(kMaxSlots);

  void list(std::uint32_t chunk, std::uint32_t granules);
  void unlist(std::uint32_t chunk, std::uint32_t granules);
  void give_back(std::uint32_t chunk, std::uint32_t granules);

  const std::uint32_t owner_;
  std::uint32_t idle_ = 0;  // chunks without a descriptor in use, resident
  std::uint32_t with_room_[kMostGranules + 1] = {};
};

}  // namespace temporal_slab::memory
