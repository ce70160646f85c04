// What every snapshot must be true to, whatever was going on while it was taken.
#pragma once

#include <temporal_slab/slab_alloc.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "stats/segment_layout.h"
#include "stats/snapshot.h"

namespace temporal_slab::rules {

// Work that keeps to this says of every incarnation which one it is:
// its labels are those below, its holders are called "e<era>".
std::string name_of_era(std::uint64_t era);

// The i-th label of an era, i below 100. Twice the same, so that a mixture of two shows.
std::string label_of_era(std::uint64_t era, std::uint32_t i);

// What is wrong in one snapshot: a row that mixes incarnations, a refcount that is not
// the sum of its holders, a figure that wrapped below zero; "" if nothing is.
std::string fault_of(const stats::Snapshot& snapshot);

// Turns a ring, and lets each incarnation tell its era by its figures too: all its objects
// are of one size, and an epoch's next one has another. Its objects are freed before the epoch
// is opened anew, so nothing is carried. Its references are dropped then, so that no epoch
// is stepped over; or left for ever, so that from the sixteenth turn on each is taken over.
class Incarnations {
 public:
  enum class References { kDropped, kLeft };
  Incarnations(SlabAllocator* allocator, References references)
      : allocator_(allocator), left_(references == References::kLeft) {}
  void turn();

 private:
  SlabAllocator* const allocator_;
  const bool left_;
  std::array<std::vector<SlabEpochRef>, 16> references_;
  std::array<std::vector<void*>, 16> objects_;
};

// What is wrong in one snapshot of a ring that Incarnations alone has turned; "" if nothing is.
std::string fault_of_turned(const stats::Snapshot& snapshot);

// When incarnations were opened, as far as one reader saw it.
class Openings {
 public:
  // What is wrong with the epochs of a segment as single ones are read; "" if nothing is: a
  // label of another era, or a later era that was not opened later.
  std::string fault_of(const stats::Segment* segment);

 private:
  struct Opening {
    std::uint64_t era = 0;
    std::uint64_t opened_ns = 0;
  };
  std::array<Opening, 16> last_;
};

// The first counter that fell from one snapshot to a later one; "" if none did.
std::string fallen_counter(const stats::Snapshot& before, const stats::Snapshot& after);

}  // namespace temporal_slab::rules
