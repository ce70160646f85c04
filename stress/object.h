// One object as the shadow knows it, and the pattern that its bytes hold.
//
// The pattern depends on everything that tells objects apart, so two objects that
// overlap, or one that anybody else wrote to, cannot both be whole.
#pragma once

#include <temporal_slab/slab_alloc.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "stress/random.h"

namespace temporal_slab::stress {

inline constexpr EpochId kEpochUnknown = SLAB_EPOCH_COUNT;

struct Object {
  unsigned char* address = nullptr;
  SlabHandle handle = 0;  // 0: it is known by its pointer alone
  std::uint32_t size_bytes = 0;
  std::uint32_t usable_bytes = 0;
  std::uint32_t filled_bytes = 0;
  bool has_pages_of_its_own = false;  // also when it has shrunk
  std::uint32_t owner = 0;            // the worker that allocated it
  std::uint64_t serial = 0;
  EpochId epoch = kEpochUnknown;
  std::uint64_t era = 0;  // known if the epoch is
};

// Mostly of the small classes, sometimes of the larger ones, seldom of pages of its own.
std::uint32_t random_size(Random& random);

// Writes the pattern over the first filled_bytes.
void fill(const Object& object);

// Compares the first `bytes` with the pattern. Returns the offset of the first
// byte that differs, or `bytes` if none does.
std::size_t first_difference(const Object& object, const unsigned char* memory, std::size_t bytes);

// Fails the run if the object's bytes are not what `fill` wrote.
void check_contents(const Object& object, const char* when);

std::string describe(const Object& object);

}  // namespace temporal_slab::stress
