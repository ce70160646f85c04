// The table of size classes: what a slot and a slab of each measures, and which
// class serves a size (R-2.1-1). The last class is of larger objects: each is the
// one slot of a slab of its own, as many pages as it needs.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "base/bits.h"

namespace temporal_slab::memory {

inline constexpr std::uint32_t kPageBytes = 4096;
inline constexpr std::uint32_t kMaxSlots = 64;  // one 64-bit word says which are free

struct SizeClass {
  std::uint32_t object_bytes;  // 0: of the class of larger objects
  std::uint32_t slab_bytes;    // 0: likewise
  std::uint32_t slots;

  constexpr std::uint32_t slab_pages() const { return slab_bytes / kPageBytes; }
};

constexpr SizeClass small_class(std::uint32_t object_bytes) {
  return {object_bytes, kPageBytes, kPageBytes / object_bytes};
}

// Slots that fill their slab to the last byte.
constexpr SizeClass medium_class(std::uint32_t object_bytes, std::uint32_t slots) {
  return {object_bytes, object_bytes * slots, slots};
}

// From 64 bytes on, two classes to a power of two, so no more than a third of a
// slot is lost.
inline constexpr std::array kSizeClasses = {
    small_class(64),        small_class(96),        small_class(128),       small_class(192),
    small_class(256),       small_class(384),       small_class(512),       small_class(768),
    medium_class(1024, 8),  medium_class(1536, 8),  medium_class(2048, 8),  medium_class(3072, 8),
    medium_class(4096, 8),  medium_class(6144, 4),  medium_class(8192, 4),  medium_class(12288, 4),
    medium_class(16384, 4), medium_class(24576, 4), medium_class(32768, 4), SizeClass{0, 0, 1}};

inline constexpr std::uint32_t kClassCount = kSizeClasses.size();
inline constexpr std::uint32_t kLargeClass = kClassCount - 1;
// Above it an object is of the class of larger ones.
inline constexpr std::uint32_t kMaxSlotBytes = kSizeClasses[kLargeClass - 1].object_bytes;
// Above it there is no address space to ask for.
inline constexpr std::size_t kMaxObjectBytes = std::size_t{1} << 43;

namespace internal {
inline constexpr std::uint32_t kStepBytes = 32;  // every slot size is a multiple

// Of sizes less 1, so that the last one of a step is in it.
constexpr auto make_class_table() {
  std::array<std::uint8_t, kMaxSlotBytes / kStepBytes> table{};
  std::uint8_t index = 0;
  for (std::uint32_t step = 0; step < table.size(); ++step) {
    while (kSizeClasses[index].object_bytes < (step + 1) * kStepBytes) ++index;
    table[step] = index;
  }
  return table;
}

inline constexpr auto kClassTable = make_class_table();
}  // namespace internal

namespace internal {
constexpr auto make_slot_counts() {
  std::array<std::uint8_t, kClassCount> table{};
  for (std::uint32_t i = 0; i < kClassCount; ++i)
    table[i] = static_cast<std::uint8_t>(kSizeClasses[i].slots);
  return table;
}

inline constexpr auto kSlotCounts = make_slot_counts();
}  // namespace internal

constexpr std::uint32_t slots_of(std::uint32_t class_index) {
  return internal::kSlotCounts[class_index];
}

// What to multiply an offset into a slab with: the product's upper half is the offset
// divided by the slot size, and its lower half is less than the reciprocal exactly if
// nothing is left. 0: of kLargeClass.
constexpr std::uint32_t reciprocal_of(std::uint32_t class_index) {
  if (class_index == kLargeClass) return 0;
  return static_cast<std::uint32_t>((std::uint64_t{1} << 32) /
                                    kSizeClasses[class_index].object_bytes) +
         1;
}

// The smallest class that holds `bytes`, which is 1..kMaxObjectBytes.
constexpr std::uint32_t class_of(std::size_t bytes) {
  if (bytes > kMaxSlotBytes) return kLargeClass;
  return internal::kClassTable[(bytes - 1) / internal::kStepBytes];
}

// The pages of the slab that takes an object of `bytes`.
constexpr std::uint32_t slab_pages_for(std::size_t bytes) {
  const std::uint32_t index = class_of(bytes);
  if (index != kLargeClass) return kSizeClasses[index].slab_pages();
  return static_cast<std::uint32_t>((bytes + kPageBytes - 1) / kPageBytes);
}

// The largest power of two that divides the slot size; larger objects get whole
// pages (R-2.1-2).
constexpr std::uint32_t slot_alignment(std::uint32_t class_index) {
  const std::uint32_t bytes = kSizeClasses[class_index].object_bytes;
  return bytes == 0 ? kPageBytes : bytes & ~(bytes - 1);
}

// Slabs of as many pages take each other's place: one kind of run for each number
// of pages, aligned for the class that asks for most.
struct RunKind {
  std::uint32_t pages;
  std::uint32_t alignment_pages;
};

namespace internal {
constexpr bool first_of_its_pages(std::uint32_t class_index) {
  for (std::uint32_t i = 0; i < class_index; ++i)
    if (kSizeClasses[i].slab_bytes == kSizeClasses[class_index].slab_bytes) return false;
  return true;
}

constexpr std::uint32_t count_run_kinds() {
  std::uint32_t count = 0;
  for (std::uint32_t i = 0; i < kLargeClass; ++i) count += first_of_its_pages(i) ? 1 : 0;
  return count;
}
}  // namespace internal

inline constexpr std::uint32_t kRunKindCount = internal::count_run_kinds();

struct RunKindTable {
  std::array<RunKind, kRunKindCount> kinds{};
  std::array<std::uint8_t, kLargeClass> of_class{};
};

namespace internal {
constexpr RunKindTable make_run_kinds() {
  RunKindTable table;
  std::uint32_t count = 0;
  for (std::uint32_t i = 0; i < kLargeClass; ++i) {
    const std::uint32_t pages = kSizeClasses[i].slab_pages();
    std::uint32_t kind = 0;
    while (kind < count && table.kinds[kind].pages != pages) ++kind;
    if (kind == count) table.kinds[count++] = {pages, 1};
    table.of_class[i] = static_cast<std::uint8_t>(kind);
    table.kinds[kind].alignment_pages =
        std::max(table.kinds[kind].alignment_pages, slot_alignment(i) / kPageBytes);
  }
  return table;
}
}  // namespace internal

inline constexpr RunKindTable kRunKinds = internal::make_run_kinds();

// Of a class that is not kLargeClass.
constexpr std::uint32_t run_kind_of(std::uint32_t class_index) {
  return kRunKinds.of_class[class_index];
}

// Slabs of one shape take each other's place, descriptor and all: as many pages, and as many
// words. Only slabs of one page are of more than one shape.
inline constexpr std::uint32_t kShapesOfAPage = 4;
inline constexpr std::uint32_t kShapeCount = kRunKindCount + kShapesOfAPage - 1;
constexpr std::uint32_t shape_of(std::uint32_t class_index) {
  const std::uint32_t kind = run_kind_of(class_index);
  return kind == 0 ? (kSizeClasses[class_index].slots - 1) / 16 : kind + kShapesOfAPage - 1;
}
static_assert(kRunKinds.kinds[0].pages == 1 && kMaxSlots <= 16 * kShapesOfAPage);

constexpr bool classes_are_valid() {
  for (std::uint32_t i = 0; i < kLargeClass; ++i) {
    const SizeClass& c = kSizeClasses[i];
    if (c.object_bytes % internal::kStepBytes != 0 || c.slots == 0 || c.slots > kMaxSlots)
      return false;
    if (c.slab_bytes % kPageBytes != 0) return false;
    if (i > 0 && kSizeClasses[i - 1].object_bytes >= c.object_bytes) return false;
    if (class_of(c.object_bytes) != i) return false;
    // What a reciprocal is too large by adds up to less than one over a whole slab.
    const std::uint64_t inverse = reciprocal_of(i);
    const std::uint64_t excess = inverse * c.object_bytes - (std::uint64_t{1} << 32);
    if (excess * c.slots >= inverse) return false;
  }
  return class_of(kMaxSlotBytes + 1) == kLargeClass;
}
static_assert(classes_are_valid());

}  // namespace temporal_slab::memory
