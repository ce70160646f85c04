// A handle names one object for ever: where its slot is, and which of the slot's
// many objects it is (R-2.1-4).
//
//   63            34 33                      6 5      0
//   +---------------+-------------------------+--------+
//   |  generation   |  page number            |  slot  |
//   |  30 bits      |  28 bits                | 6 bits |
//   +---------------+-------------------------+--------+
//
// Generations begin at 1, so 0 is no handle.
#pragma once

#include <cstdint>

namespace temporal_slab::memory {

using PageNumber = std::uint32_t;

inline constexpr std::uint32_t kSlotBits = 6;
inline constexpr std::uint32_t kPageNumberBits = 28;
inline constexpr std::uint32_t kGenerationBits = 30;
inline constexpr std::uint32_t kMaxGeneration = (std::uint32_t{1} << kGenerationBits) - 1;
inline constexpr PageNumber kNoPage = ~PageNumber{0};
static_assert(kSlotBits + kPageNumberBits + kGenerationBits == 64);

struct Handle {
  PageNumber page;
  std::uint32_t slot;
  std::uint32_t generation;

  constexpr std::uint64_t pack() const { return pack(page, slot, generation << 2); }

  // The same of a slot's word that says free (slab.h): its state's two bits are 0.
  static constexpr std::uint64_t pack(PageNumber page, std::uint32_t slot,
                                      std::uint32_t word_bits) {
    return std::uint64_t{word_bits} << (kPageNumberBits + kSlotBits - 2) |
           std::uint64_t{page} << kSlotBits | slot;
  }

  static constexpr Handle unpack(std::uint64_t bits) {
    return {static_cast<PageNumber>(bits >> kSlotBits) & ((PageNumber{1} << kPageNumberBits) - 1),
            static_cast<std::uint32_t>(bits) & ((std::uint32_t{1} << kSlotBits) - 1),
            static_cast<std::uint32_t>(bits >> (kPageNumberBits + kSlotBits))};
  }
};

}  // namespace temporal_slab::memory
