// Where live objects lie: that none overlaps another (R-2.1-6), that a slab holds
// one incarnation and one class (R-2.1-3), and how much all slabs take, which
// decides when max_bytes is reached (R-2.1-10). Of the allocator only where a slab
// begins is believed, which slots wait to be collected: those count as taken
// where slabs are counted, and as free where room is asked for; and from which slabs threads
// allocate: those count as partial, or not at all where nothing of their kind lives (R-3-7).
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "harness/invariants/invariants.h"
#include "harness/model/model.h"

namespace temporal_slab::harness::session {

struct SlabCounts {
  std::uint64_t partial = 0;
  std::uint64_t full = 0;
  std::uint64_t all() const { return partial + full; }
  friend bool operator==(const SlabCounts&, const SlabCounts&) = default;
};

class Placement {
 public:
  // "" or what is wrong with an object of this kind at this address, in a slab that
  // begins at `slab`.
  std::string put(std::uintptr_t address, std::uintptr_t slab, const model::Object& object);
  void take(std::uintptr_t address, const model::Object& object);

  // What waits now, and which slabs are in use; until the next put or take.
  void wait(const std::vector<invariants::Waiting>& waiting,
            const std::vector<invariants::InUse>& in_use);

  // A slab of this class and incarnation has a free slot.
  bool has_room(std::uint32_t epoch, std::uint64_t era, std::uint32_t class_index) const;
  std::size_t slabs() const;
  std::uint64_t bytes() const { return bytes_; }  // of all slabs
  // Of one class in an epoch: of the incarnation `era`, or of all older ones.
  SlabCounts standing(std::uint32_t epoch, std::uint64_t era, std::uint32_t class_index) const;
  SlabCounts carried(std::uint32_t epoch, std::uint64_t era, std::uint32_t class_index) const;
  // How many older eras that is, of all classes.
  std::size_t carried_eras(std::uint32_t epoch, std::uint64_t era) const;

 private:
  struct Slab {
    std::uint32_t epoch;
    std::uint64_t era;
    std::uint32_t class_index;
    std::uint64_t object_bytes;
    std::uint64_t bytes;
    std::uint64_t slots;  // a bit each
    std::uint64_t waiting = 0;
    bool in_use = false;
    bool full(std::uint64_t taken) const;
  };
  void count(const Slab& slab, SlabCounts& counts) const;
  bool has_live(const Slab& like) const;
  template <typename Belongs>
  SlabCounts count_those(Belongs belongs) const;

  std::map<std::uintptr_t, Slab> slabs_;   // with live objects, by where they begin
  std::map<std::uintptr_t, Slab> others_;  // without, that wait or are in use
  std::uint64_t bytes_ = 0;
};

}  // namespace temporal_slab::harness::session
