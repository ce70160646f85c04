// The table of size classes: what a slot and a slab of each measures, and which
// class serves a size (R-2.1-1).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace temporal_slab::memory {

inline constexpr std::uint32_t kPageBytes = 4096;
inline constexpr std::uint32_t kMaxSlots = 64;  // one 64-bit word says which are free

struct SizeClass {
  std::uint32_t object_bytes;
  std::uint32_t slab_bytes;
  std::uint32_t slots;
};

constexpr SizeClass small_class(std::uint32_t object_bytes) {
  return {object_bytes, kPageBytes, kPageBytes / object_bytes};
}

inline constexpr std::array kSizeClasses = {small_class(64),  small_class(96),  small_class(128),
                                            small_class(192), small_class(256), small_class(384),
                                            small_class(512), small_class(768)};

inline constexpr std::uint32_t kClassCount = kSizeClasses.size();
inline constexpr std::uint32_t kMaxObjectBytes = kSizeClasses.back().object_bytes;

namespace internal {
inline constexpr std::uint32_t kStepBytes = 32;  // every slot size is a multiple

constexpr auto make_class_table() {
  std::array<std::uint8_t, kMaxObjectBytes / kStepBytes + 1> table{};
  std::uint8_t index = 0;
  for (std::uint32_t step = 0; step < table.size(); ++step) {
    while (kSizeClasses[index].object_bytes < step * kStepBytes) ++index;
    table[step] = index;
  }
  return table;
}

inline constexpr auto kClassTable = make_class_table();
}  // namespace internal

// The smallest class that holds `bytes`, which is 1..kMaxObjectBytes.
constexpr std::uint32_t class_of(std::size_t bytes) {
  return internal::kClassTable[(bytes + internal::kStepBytes - 1) / internal::kStepBytes];
}

constexpr bool classes_are_valid() {
  for (std::uint32_t i = 0; i < kClassCount; ++i) {
    const SizeClass& c = kSizeClasses[i];
    if (c.object_bytes % internal::kStepBytes != 0 || c.slots == 0 || c.slots > kMaxSlots)
      return false;
    if (i > 0 && kSizeClasses[i - 1].object_bytes >= c.object_bytes) return false;
    if (class_of(c.object_bytes) != i) return false;
  }
  return true;
}
static_assert(classes_are_valid());

}  // namespace temporal_slab::memory
