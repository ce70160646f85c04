// A slab: a run of pages cut into equal slots, all of one class and one
// incarnation. Its descriptor lies apart from the objects (descriptors.h).
//
// Each slot has a word: its generation and whether it is free, live, freed by a
// thread that does not own the slab, or retired. The generation of a free slot is
// the one that its next object gets, so every handle that was ever given out for
// the slot has a smaller one. A slab that ends leaves its words as they are, and the
// next one raises them all.
//
// Threads. A slab with an owner is its heap's (heap/heaps.h); one without is worked
// on under the allocator's mutex. Atomic is what others may look at, in a section or under
// the mutex: they find the identity that they look for (acquire), and then what was set up
// before it (release). What they read may be the next tenant's already: whatever it is, the
// slot's word has another generation then, and decides. Others than the owner only move a
// word from live to freed remotely, by compare-and-swap, and then set the slot's bit in
// `remote`.
//
// Invariants.
//  1. A slot's bit in `busy` is set exactly when its word says live or freed remotely, or when
//     the cell that allocates from the slab has the slot to give out (heap/cell.h).
//  2. The generations of a retired slot are used up (R-2.1-4): it is not busy, and never given
//     out. `has_retired` says that there is one.
//  3. Each remote free has its bit in `remote`, or its thread is about to set it. A
//     bit whose word does not say so is left from a second free of the same object
//     at the same moment, which was counted and must be taken off.
#pragma once

#include <cassert>
#include <cstdint>

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
// program, and descriptors by their identity.
using AtomicSlotWord = sync::Atomic<std::uint32_t>;
static_assert(sizeof(AtomicSlotWord) == sizeof(SlotWord));

// A cache line, so that no two heaps' slabs share one.
inline constexpr std::size_t kGranuleBytes = 64;
inline constexpr std::uint32_t kWordsPerGranule = kGranuleBytes / sizeof(SlotWord);

// What a descriptor with so many slots measures.
constexpr std::uint32_t granules_for(std::uint32_t slots) {
  return 1 + (slots + kWordsPerGranule - 1) / kWordsPerGranule;
}

// A bit of `owner`: no slot is free, and the slab is in no list of those with room.
inline constexpr std::uint8_t kFull = 0x80;

// Cells are numbered by epoch and class.
constexpr std::uint32_t cell_of(std::uint32_t epoch, std::uint32_t class_index) {
  return epoch * kClassCount + class_index;
}

// What the header of an allocator's slabs begins with.
constexpr std::uint64_t identity_of(std::uint32_t allocator_number) {
  return std::uint64_t{allocator_number} << 32 | SlotWord(0, SlotState::kRetired).bits();
}

struct alignas(kGranuleBytes) Slab {
  sync::Atomic<std::uint64_t> identity;  // 0: no slab stands here
  sync::Atomic<std::byte*> memory;       // where its slots begin
  std::uint64_t busy;
  sync::Atomic<std::uint64_t> remote;  // slots freed remotely and not collected
  std::uint64_t era;
  Granule next;      // in its list; 0: none
  Granule previous;  // likewise
  union {
    Granule next_remote;        // in its owner's list of those with bits in `remote`
    std::uint32_t large_pages;  // of a larger object's, which no heap owns
  };
  sync::Atomic<std::uint32_t> reciprocal;  // of the slot size; 0: of larger objects
  sync::Atomic<std::uint8_t> slots;
  sync::Atomic<std::uint8_t> owner;         // a heap's number, and kFull
  sync::Atomic<std::uint16_t> cell_number;  // of its class and epoch
  std::uint8_t class_number;
  std::uint8_t epoch_number;
  bool has_retired;

  std::uint32_t class_index() const { return class_number; }
  std::uint32_t epoch() const { return epoch_number; }
  std::uint32_t cell() const { return cell_number.load(sync::kRelaxed); }
  std::byte* begin() const { return memory.load(sync::kRelaxed); }
  bool stands() const { return identity.load(sync::kRelaxed) != 0; }
  const SizeClass& size_class() const { return kSizeClasses[class_index()]; }
  bool is_large() const { return class_index() == kLargeClass; }
  std::uint32_t pages() const { return is_large() ? large_pages : size_class().slab_pages(); }
  std::size_t bytes() const { return std::size_t{pages()} * kPageBytes; }
  // What a slot measures: all of the slab when it holds one larger object.
  std::size_t object_bytes() const { return is_large() ? bytes() : size_class().object_bytes; }

  // The slots' words stand right behind the header.
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

  void* slot_address(std::uint32_t slot) const {
    return begin() + std::size_t{slot} * size_class().object_bytes;
  }

  // The slot whose object begins at an address that the page table says is in the slab;
  // kMaxSlots or more: none does.
  std::uint32_t slot_at(const void* address) const {
    const std::uint64_t inverse = reciprocal.load(sync::kRelaxed);
    const std::uint64_t product =
        static_cast<std::uint64_t>(static_cast<const std::byte*>(address) - begin()) * inverse;
    // What an offset that is no multiple leaves is more than one inverse (size_class.h).
    if (static_cast<std::uint32_t>(product) >= inverse) return kMaxSlots;
    return static_cast<std::uint32_t>(product >> 32);
  }

  // The next tenant: an empty slab without owner. False, and no slab stands: all of its
  // slots' generations are used up.
  bool set_up(std::uint64_t its_identity, std::byte* first_page, std::uint32_t page_count,
              std::uint32_t class_index, std::uint32_t epoch, std::uint64_t its_era) {
    assert(!stands());
    const SizeClass& of_class = kSizeClasses[class_index];
    busy = 0;
    next = previous = 0;
    era = its_era;
    large_pages = page_count;
    class_number = static_cast<std::uint8_t>(class_index);
    epoch_number = static_cast<std::uint8_t>(epoch);
    remote.store(0, sync::kRelaxed);
    owner.store(0, sync::kRelaxed);
    memory.store(first_page, sync::kRelaxed);
    cell_number.store(static_cast<std::uint16_t>(cell_of(epoch, class_index)), sync::kRelaxed);
    slots.store(static_cast<std::uint8_t>(of_class.slots), sync::kRelaxed);
    reciprocal.store(reciprocal_of(class_index), sync::kRelaxed);
    // All words that there are, so that one that lay idle counts too. Who finds the new generation
    // finds the above.
    constexpr SlotWord kUsedUp(kMaxGeneration, SlotState::kRetired);
    has_retired = sync::raise_own(
        &atomic_word(0), (granules_for(of_class.slots) - 1) * kWordsPerGranule, kUsedUp.bits());
    if (has_retired && room() == 0) return false;
    identity.store(its_identity, sync::kRelease);
    return true;
  }

  // It stands no more: every handle into it is refused from here on, whatever its words say.
  void end() { identity.store(0, sync::kRelease); }

  // Slots that can be given out.
  std::uint64_t room() const {
    std::uint64_t bits = base::low_bits(size_class().slots) & ~busy;
    if (has_retired) [[unlikely]]
      for (std::uint64_t rest = bits; rest != 0; rest &= rest - 1)
        if (word(base::lowest_bit(rest)).state() == SlotState::kRetired) bits &= ~(rest & -rest);
    return bits;
  }

  // Frees a slot that is live, or freed remotely. One whose generations are used up
  // is retired.
  void put_slot(std::uint32_t slot) {
    const std::uint32_t generation = word(slot).generation();
    assert((busy >> slot & 1) != 0 && word(slot).state() != SlotState::kFree);
    const bool used_up = generation == kMaxGeneration;
    set_word(slot, used_up ? SlotWord(generation, SlotState::kRetired)
                           : SlotWord(generation + 1, SlotState::kFree));
    has_retired = has_retired || used_up;
    busy &= ~(std::uint64_t{1} << slot);
  }
};

static_assert(sizeof(Slab) == kGranuleBytes);

}  // namespace temporal_slab::memory
