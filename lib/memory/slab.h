// A slab: a run of pages cut into equal slots, all of one class and one
// incarnation. Its descriptor lies apart from the objects (R-2.1-8).
//
// Each slot has a word: its generation and whether it is free, live, or retired.
// The generation of a free slot is the one that its next object gets, so every
// handle that was ever given out for the slot has a smaller one.
//
// Threads. Callers hold the allocator's mutex.
//
// Invariants.
//  1. A slot's bit in `free_bits` is set exactly when its word says free.
//  2. `live` counts the words that say live.
//  3. A retired slot is neither: its generations are used up (R-2.1-4).
#pragma once

#include <cassert>
#include <cstdint>

#include "base/bits.h"
#include "memory/handle.h"
#include "memory/size_class.h"

namespace temporal_slab::memory {

enum class SlotState : std::uint32_t { kFree = 0, kLive = 1, kRetired = 2 };

class SlotWord {
 public:
  constexpr SlotWord() = default;
  constexpr SlotWord(std::uint32_t generation, SlotState state)
      : bits_(generation << 2 | static_cast<std::uint32_t>(state)) {}

  constexpr std::uint32_t generation() const { return bits_ >> 2; }
  constexpr SlotState state() const { return static_cast<SlotState>(bits_ & 3); }

 private:
  std::uint32_t bits_ = 0;
};
static_assert(sizeof(SlotWord) == 4);

struct Slab {
  Slab* next;
  Slab* previous;
  std::byte* memory;  // where its slots begin
  std::uint64_t free_bits;
  std::uint64_t era;
  PageNumber page;  // the first one
  std::uint32_t pages;
  std::uint16_t live;
  std::uint8_t class_index;
  std::uint8_t epoch;

  const SizeClass& size_class() const { return kSizeClasses[class_index]; }
  bool is_large() const { return class_index == kLargeClass; }
  std::size_t bytes() const { return std::size_t{pages} * kPageBytes; }
  // What a slot measures: all of the slab when it holds one larger object.
  std::size_t object_bytes() const { return is_large() ? bytes() : size_class().object_bytes; }

  // The slots' words stand right behind the descriptor, as many as descriptor_bytes
  // has made room for.
  SlotWord& word(std::uint32_t slot) { return reinterpret_cast<SlotWord*>(this + 1)[slot]; }
  const SlotWord& word(std::uint32_t slot) const {
    return reinterpret_cast<const SlotWord*>(this + 1)[slot];
  }

  static constexpr std::size_t descriptor_bytes(std::uint32_t class_index);

  // Makes an empty slab whose slots' first generation is `floor`.
  void set_up(PageNumber first_page, std::uint32_t page_count, std::byte* first_page_memory,
              std::uint32_t class_number, std::uint32_t epoch_number, std::uint64_t incarnation_era,
              std::uint32_t floor) {
    next = previous = nullptr;
    memory = first_page_memory;
    era = incarnation_era;
    page = first_page;
    pages = page_count;
    live = 0;
    class_index = static_cast<std::uint8_t>(class_number);
    epoch = static_cast<std::uint8_t>(epoch_number);
    const std::uint32_t count = size_class().slots;
    free_bits = base::low_bits(count);
    for (std::uint32_t i = 0; i < count; ++i) word(i) = SlotWord(floor, SlotState::kFree);
  }

  void* slot_address(std::uint32_t slot) const {
    return memory + std::size_t{slot} * size_class().object_bytes;
  }

  // Takes the lowest free slot; there is one.
  std::uint32_t take_slot() {
    assert(free_bits != 0);
    const std::uint32_t slot = base::lowest_bit(free_bits);
    free_bits &= free_bits - 1;
    word(slot) = SlotWord(word(slot).generation(), SlotState::kLive);
    ++live;
    return slot;
  }

  // Frees a live slot. One whose generations are used up is retired.
  void put_slot(std::uint32_t slot) {
    assert(word(slot).state() == SlotState::kLive);
    const std::uint32_t generation = word(slot).generation();
    --live;
    if (generation == kMaxGeneration) {
      word(slot) = SlotWord(generation, SlotState::kRetired);
      return;
    }
    word(slot) = SlotWord(generation + 1, SlotState::kFree);
    free_bits |= std::uint64_t{1} << slot;
  }

  // The first generation that no handle of this slab, live ones included, has
  // had: what the next slab on the page starts from. Above kMaxGeneration: the
  // page is used up.
  std::uint32_t next_floor() const {
    std::uint32_t floor = 0;
    for (std::uint32_t i = 0; i < size_class().slots; ++i) {
      const std::uint32_t taken = word(i).state() == SlotState::kFree ? 0 : 1;
      floor = word(i).generation() + taken > floor ? word(i).generation() + taken : floor;
    }
    return floor;
  }
};

constexpr std::size_t Slab::descriptor_bytes(std::uint32_t class_index) {
  return base::align_up(sizeof(Slab) + kSizeClasses[class_index].slots * sizeof(SlotWord),
                        alignof(Slab));
}

}  // namespace temporal_slab::memory
