// Which eras are carried at one epoch: how many, and when the oldest of them was opened.
//
// An era is carried while slabs of it stand at an epoch that was opened anew since. They
// go in any order, and there may be thousands of eras, so each has an entry, in the order
// of the eras, with the number of its slabs.
//
// Threads. The allocator's mutex guards everything.
//
// Invariants.
//  1. Entries lie in [begin_, end_), eras ascending; the first one has slabs.
//  2. `count_` entries have slabs. The others are dropped when room is wanted.
//  3. Without memory for an entry its slabs are added to the last one: nothing fails,
//     and a few eras count as one, as old as the oldest of them.
#pragma once

#include <cstddef>
#include <cstdint>

namespace temporal_slab::heap {

class CarriedEras {
 public:
  CarriedEras() = default;
  ~CarriedEras() { release(); }
  CarriedEras(const CarriedEras&) = delete;
  CarriedEras& operator=(const CarriedEras&) = delete;

  // So many slabs of an era are carried from now on. It is above all that came before.
  void carry(std::uint64_t era, std::uint64_t opened_ns, std::uint64_t slabs);

  // One slab of a carried era goes. Cost: a binary search.
  void slab_left(std::uint64_t era);

  std::uint64_t count() const { return count_; }
  // 0: none is carried.
  std::uint64_t oldest_opened_ns() const { return count_ == 0 ? 0 : entries_[begin_].opened_ns; }

 private:
  struct Entry {
    std::uint64_t era;
    std::uint64_t opened_ns;
    std::uint64_t slabs;
  };

  std::uint64_t capacity() const { return bytes_ == 0 ? 1 : bytes_ / sizeof(Entry); }
  bool make_room();
  void move_to(Entry* entries);
  void release();

  Entry own_{};  // until a page is worth it
  Entry* entries_ = &own_;
  std::size_t bytes_ = 0;  // of memory that was reserved for them
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::uint64_t count_ = 0;
};

}  // namespace temporal_slab::heap
