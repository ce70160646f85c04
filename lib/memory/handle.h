// A handle names one object for ever: where its slot's word is, and which of the slot's
// many objects it is (R-2.1-4).
//
//   63            34 33                      6 5      0
//   +---------------+-------------------------+--------+
//   |  generation   |  granule                |  slot  |
//   |  30 bits      |  28 bits                | 6 bits |
//   +---------------+-------------------------+--------+
//
// The granule is where the slab's descriptor begins (descriptors.h). Generations begin
// at 1, so 0 is no handle.
#pragma once

#include <cstdint>

namespace temporal_slab::memory {

using Granule = std::uint32_t;

inline constexpr std::uint32_t kSlotBits = 6;
inline constexpr std::uint32_t kGranuleBits = 28;
inline constexpr std::uint32_t kGenerationBits = 30;
inline constexpr std::uint32_t kMaxGeneration = (std::uint32_t{1} << kGenerationBits) - 1;
static_assert(kSlotBits + kGranuleBits + kGenerationBits == 64);

struct Handle {
  Granule granule;
  std::uint32_t slot;
  std::uint32_t generation;

  constexpr std::uint64_t pack() const { return pack(granule, slot, generation << 2); }

  // The same of a slot's word (slab.h), whose state's two bits are 0.
  static constexpr std::uint64_t pack(Granule granule, std::uint32_t slot,
                                      std::uint32_t word_bits) {
    return std::uint64_t{word_bits} << (kGranuleBits + kSlotBits - 2) |
           std::uint64_t{granule} << kSlotBits | slot;
  }

  static constexpr Handle unpack(std::uint64_t bits) {
    return {static_cast<Granule>(bits >> kSlotBits) & ((Granule{1} << kGranuleBits) - 1),
            static_cast<std::uint32_t>(bits) & ((std::uint32_t{1} << kSlotBits) - 1),
            static_cast<std::uint32_t>(bits >> (kGranuleBits + kSlotBits))};
  }
};

}  // namespace temporal_slab::memory
