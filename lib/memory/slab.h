// A slab: a run of pages cut into equal slots, all of one class and one
// incarnation. Its descriptor lies apart from the objects (R-2.1-8).
//
// Each slot has a word: its generation and whether it is free, live, freed by a
// thread that does not own the slab, or retired. The generation of a free slot is
// the one that its next object gets, so every handle that was ever given out for
// the slot has a smaller one.
//
// Threads. A slab with an owner is its heap's (heap/heaps.h); one without is worked
// on under the allocator's mutex. What never changes while a slab stands may be read
// by any thread that finds it in the page table and is in a section or holds the
// mutex: `memory`, `era`, `page`, `class_index`, `epoch`. `owner`, `remote` and the
// slots' words are atomic; others than the owner only move a word from live to
// freed remotely, by compare-and-swap, and then set the slot's bit in `remote`.
//
// Invariants.
//  1. A slot's bit in `free_bits` is set exactly when its word says free.
//  2. `live` counts the words that say live or freed remotely.
//  3. A retired slot is none of these: its generations are used up (R-2.1-4).
//  4. Each remote free has its bit in `remote`, or its thread is about to set it. A
//     bit whose word does not say so is left from a second free of the same object
//     at the same moment, which was counted and must be taken off.
#pragma once

#include <cassert>
#include <cstdint>
#include <new>

#include "base/bits.h"
#include "memory/handle.h"
#include "memory/size_class.h"
#include "sync/atomic.h"

namespace temporal_slab::memory {

enum class SlotState : std::uint32_t { kFree = 0, kLive = 1, kRetired = 2, kFreedRemotely = 3 };

class SlotWord {
 public:
  constexpr SlotWord() = default;
  constexpr SlotWord(std::uint32_t generation, SlotState state)
      : bits_(generation << 2 | static_cast<std::uint32_t>(state)) {}

  constexpr std::uint32_t generation() const { return bits_ >> 2; }
  constexpr SlotState state() const { return static_cast<SlotState>(bits_ & 3); }
  constexpr std::uint32_t bits() const { return bits_; }
  // The word of a free slot when it is taken: live, with the same generation.
  constexpr SlotWord taken() const {
    return of_bits(bits_ + static_cast<std::uint32_t>(SlotState::kLive));
  }
  static constexpr SlotWord of_bits(std::uint32_t bits) {
    SlotWord word;
    word.bits_ = bits;
    return word;
  }

 private:
  std::uint32_t bits_ = 0;
};
static_assert(sizeof(SlotWord) == 4);

// Relaxed, where nothing else is said: an object's contents are handed on by the
// program, and descriptors by the page table.
using AtomicSlotWord = sync::Atomic<std::uint32_t>;
static_assert(sizeof(AtomicSlotWord) == sizeof(SlotWord));

// A cache line, so that no two heaps' slabs share one.
inline constexpr std::size_t kDescriptorAlignment = 64;

struct alignas(kDescriptorAlignment) Slab {
  Slab* next;
  Slab* previous;
  std::byte* memory;  // where its slots begin
  std::uint64_t free_bits;
  std::uint64_t era;
  sync::Atomic<std::uint64_t> remote{0};  // slots freed remotely and not collected
  union {
    Slab* next_remote;        // in its owner's list of those with bits in `remote`
    std::size_t large_pages;  // of a larger object's, which no heap owns
  };
  PageNumber page;  // the first one
  std::uint8_t live;
  std::uint8_t class_index;
  std::uint8_t epoch;
  sync::Atomic<std::uint8_t> owner{0};  // a heap's number; 0: none

  const SizeClass& size_class() const { return kSizeClasses[class_index]; }
  bool is_large() const { return class_index == kLargeClass; }
  std::uint32_t pages() const {
    return is_large() ? static_cast<std::uint32_t>(large_pages) : size_class().slab_pages();
  }
  std::size_t bytes() const { return std::size_t{pages()} * kPageBytes; }
  // What a slot measures: all of the slab when it holds one larger object.
  std::size_t object_bytes() const { return is_large() ? bytes() : size_class().object_bytes; }

  // The slots' words stand right behind the descriptor, as many as descriptor_bytes
  // has made room for.
  AtomicSlotWord& atomic_word(std::uint32_t slot) {
    return reinterpret_cast<AtomicSlotWord*>(this + 1)[slot];
  }
  SlotWord word(std::uint32_t slot) const {
    return SlotWord::of_bits(
        reinterpret_cast<const AtomicSlotWord*>(this + 1)[slot].load(sync::kRelaxed));
  }
  void set_word(std::uint32_t slot, SlotWord word) {
    atomic_word(slot).store(word.bits(), sync::kRelaxed);
  }

  static constexpr std::size_t descriptor_bytes(std::uint32_t class_index);

  // Makes a new descriptor an empty slab without owner whose slots' first generation is `floor`.
  void set_up(PageNumber first_page, std::uint32_t page_count, std::byte* first_page_memory,
              std::uint32_t class_number, std::uint32_t epoch_number, std::uint64_t incarnation_era,
              std::uint32_t floor) {
    next = previous = nullptr;
    memory = first_page_memory;
    era = incarnation_era;
    page = first_page;
    live = 0;
    class_index = static_cast<std::uint8_t>(class_number);
    if (is_large()) large_pages = page_count;
    epoch = static_cast<std::uint8_t>(epoch_number);
    const std::uint32_t count = size_class().slots;
    free_bits = base::low_bits(count);
    for (std::uint32_t i = 0; i < count; ++i)
      new (&atomic_word(i)) AtomicSlotWord(SlotWord(floor, SlotState::kFree).bits());
  }

  void* slot_address(std::uint32_t slot) const {
    return memory + std::size_t{slot} * size_class().object_bytes;
  }

  // Takes the lowest free slot; there is one.
  std::uint32_t take_slot() {
    assert(free_bits != 0);
    const std::uint32_t slot = base::lowest_bit(free_bits);
    free_bits &= free_bits - 1;
    set_word(slot, SlotWord(word(slot).generation(), SlotState::kLive));
    ++live;
    return slot;
  }

  // Frees a slot that is live, or freed remotely. One whose generations are used up
  // is retired.
  void put_slot(std::uint32_t slot) {
    assert(word(slot).state() == SlotState::kLive ||
           word(slot).state() == SlotState::kFreedRemotely);
    const std::uint32_t generation = word(slot).generation();
    --live;
    if (generation == kMaxGeneration) {
      set_word(slot, SlotWord(generation, SlotState::kRetired));
      return;
    }
    set_word(slot, SlotWord(generation + 1, SlotState::kFree));
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

static_assert(sizeof(Slab) == kDescriptorAlignment);

constexpr std::size_t Slab::descriptor_bytes(std::uint32_t class_index) {
  return base::align_up(sizeof(Slab) + kSizeClasses[class_index].slots * sizeof(SlotWord),
                        kDescriptorAlignment);
}

}  // namespace temporal_slab::memory
