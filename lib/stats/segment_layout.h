// The segment: one block of memory in which an allocator keeps its epochs, labels
// and counters. Published, it is a shared file that tslab reads; unpublished, the
// same layout lies in private memory. One code path writes it, one reads it.
//
// Threads. Writers hold the allocator's mutex, so there is one at a time; but for
// the shards, which one thread each writes without it. Readers take no lock, may live in another
// process, and may read what a killed writer left at any point of its work.
//
// Invariants.
//  1. Everything is 64-bit words at multiples of 8, read and written atomically.
//  2. `magic` is stored last when a segment is made: with it, all identity words
//     of the header are in place and never change again.
//  3. An epoch has two incarnation records. `version` counts incarnations of the
//     place; version & 1 is the record that stands. An advance fills the other
//     record completely, then stores version + 1 (release). So the standing
//     record is whole at every instant, and a reader that finds the version
//     unchanged after reading read one incarnation (R-3-3).
//  4. A label has two texts by the same rule, inside its record (R-2.4-2).
//  5. A log record is valid while its `sequence` is even and not 0; its writer
//     makes it odd first.
//  6. An epoch's two tables of holders stand and fall with its two records. A
//     table's `turn` is odd while it changes and another number after each change.
//     What a place says of its thread changes only while its refs are 0, under an
//     `assigned` that is 0 meanwhile and a new number afterwards; its refs change
//     by one store. So a table is sound wherever its writer was killed.
//  7. Module records are only ever added; `module_count` is stored after them.
//  8. What the heaps count stands in shards, one a heap, each written by the heap's
//     thread alone and not set back when an incarnation begins: an epoch's figure is the sum of the
//     word of its cells that stand and of the words of all shards. A new incarnation begins with
//     words that take off what shards say by then, so one word alone may be below zero. A class's
//     counters are those of its block and of all shards.
//     What is behind kFixedBytes has no memory until SegmentMemory::reserve gave it some, and is
//     not read before the word that counts it says that it is used: the file is sparse, and a hole
//     that is read through a mapping is filled.
//  9. So do references: an epoch's refcount is its record's word and the counts of all shards. Of a
//     thread whose heap counts for it, a holder's refs are its place's word and that heap's count,
//     and what it has taken likewise.
//
// Memory order. A writer's stores to a record that stands or may be read are
// release and a reader's loads are acquire: a reader that sees one word of a
// record being refilled therefore also sees the version that went before the
// refill, and drops what it read. On x86-64 both are plain moves.
#pragma once

#include <cstddef>
#include <cstdint>

#include "stats/fields.h"
#include "sync/atomic.h"

namespace temporal_slab::stats {

using Word = sync::Atomic<std::uint64_t>;
static_assert(sizeof(Word) == 8 && Word::is_always_lock_free);

inline constexpr std::uint64_t kSegmentMagic = 0x3162616c732d5400ULL;
inline constexpr std::uint64_t kLayoutVersion = 12;
inline constexpr std::uint32_t kMaxEpochs = 256;  // of these a ring has header.epoch_count
inline constexpr std::uint32_t kFewestEpochs = 2;
inline constexpr std::uint32_t kMaxClasses = 32;
inline constexpr std::uint32_t kMaxHeaps = 65;        // the first one's is the mutex's holder's
inline constexpr std::uint32_t kMaxHeapClasses = 20;  // of a heap's: the first ones
inline constexpr std::uint32_t kAbandonedLog = 64;
inline constexpr std::uint32_t kMaxHolders = 64;  // the last place is all further threads'
inline constexpr std::uint32_t kAbandonedHolders = 8;
inline constexpr std::uint32_t kMaxModules = 32;
inline constexpr std::uint32_t kLabelBytes = 32;        // with the NUL
inline constexpr std::uint32_t kProcessBytes = 64;      // with the NUL
inline constexpr std::uint32_t kVersionBytes = 16;      // with the NUL
inline constexpr std::uint32_t kThreadBytes = 16;       // with the NUL, as the kernel has it
inline constexpr std::uint32_t kBuildIdBytes = 32;      // most linkers fill 20
inline constexpr std::uint32_t kModulePathBytes = 512;  // with the NUL

// Counters that the allocator keeps, one index each, from the table of fields.
#define TEMPORAL_SLAB_IF_STORED_STORED(name) k_##name,
#define TEMPORAL_SLAB_IF_STORED_DERIVED(name)
#define TEMPORAL_SLAB_ENTRY(name, type, kind, origin, unit, help) \
  TEMPORAL_SLAB_IF_STORED_##origin(name)
enum class GlobalCounter : std::uint32_t {
  TEMPORAL_SLAB_GLOBAL_FIELDS(TEMPORAL_SLAB_ENTRY) kCount
};
enum class ClassCounter : std::uint32_t { TEMPORAL_SLAB_CLASS_FIELDS(TEMPORAL_SLAB_ENTRY) kCount };
#undef TEMPORAL_SLAB_ENTRY
#undef TEMPORAL_SLAB_IF_STORED_DERIVED
#undef TEMPORAL_SLAB_IF_STORED_STORED

// A label or name of at most N - 1 bytes, padded with NULs.
template <std::uint32_t N>
struct TextWords {
  Word words[N / 8];
};

// A text that changes while others read it (invariant 4).
struct LatchedLabel {
  Word version;
  TextWords<kLabelBytes> text[2];
};

// What one size class has standing in one incarnation.
struct CellWords {
  Word live_objects;       // of this incarnation
  Word partial_slabs;      // live objects and free slots
  Word full_slabs;         // no free slot
  Word reclaimable_slabs;  // no live object; 0 but in copies: a reader works it out
  Word carried_objects;    // of older eras
  Word carried_partial_slabs;
  Word carried_full_slabs;
};

struct IncarnationRecord {
  Word era;
  Word opened_ns;  // CLOCK_MONOTONIC; 0: never opened
  Word state;      // EpochState
  Word refcount;   // less what shards count
  LatchedLabel label;
  Word slow_path_hits;
  Word closing_ns;  // CLOCK_MONOTONIC, of its state's change; 0: ACTIVE
  Word rss_before_close;
  Word rss_after_close;
  Word close_madvise_bytes;
  Word large_bytes;  // of the slabs of larger objects, one each
  Word carried_large_bytes;
  Word carried_eras;       // eras of which slabs are carried
  Word carried_opened_ns;  // when the oldest of them was opened; 0: none is carried
};

// What one thread holds of one incarnation.
struct HolderWords {
  Word refs;        // less what the heap counts; 0 in all: nothing
  Word heap;        // number of the heap that counts for the thread, and has the site; 0: none
  Word assigned;    // number of the change that gave the place to the thread
  Word thread;      // number of the thread, never used again; 0: all further threads
  Word last_taken;  // number of the change that took the last reference
  Word taken;       // references taken since then, less what the heap counts
  Word since_ns;    // CLOCK_MONOTONIC: when the place was given to the thread
  Word site;        // where: the return address of that call
  Word tid;         // 0: all further threads
  TextWords<kThreadBytes> name;
  Word number;  // what references taken in this place are named by (SlabEpochRef.holder)
};

struct HolderTable {
  Word turn;
  Word used;  // places used since the incarnation began, from the first on
  HolderWords places[kMaxHolders];
};

struct EpochSlot {
  Word version;
  IncarnationRecord record[2];
  CellWords cells[2][kMaxClasses];
  Word has_holders[2];  // of each table: 0 before its first use, when it has no memory yet
};

struct AbandonedHolder {
  Word refs;  // 0: none
  Word taken;
  Word held_sec;
  Word site;
  Word tid;
  TextWords<kThreadBytes> name;
};

struct AbandonedRecord {
  Word sequence;
  Word epoch_id;
  Word epoch_era;
  Word refcount;
  Word age_sec;
  TextWords<kLabelBytes> label;
  AbandonedHolder holders[kAbandonedHolders];
};

// A mapped file in which sites lie.
struct ModuleRecord {
  Word begin;  // of its addresses
  Word end;
  Word bias;            // an address less this is what its file calls it
  Word build_id_bytes;  // 0: it has none
  TextWords<kBuildIdBytes> build_id;
  TextWords<kModulePathBytes> path;  // absolute; "" if that is not known
};

// The last one may be of larger objects, whose slabs measure what each needs: then
// both sizes are 0, and the incarnations count their bytes.
struct ClassBlock {
  Word object_size;
  Word slab_bytes;
  Word counters[static_cast<std::uint32_t>(ClassCounter::kCount)];
};

// What one heap has counted of one class in one epoch, in all incarnations: less what
// it had counted before, that is what it has in this one.
struct HeapCellWords {
  Word allocs;
  Word frees;  // by its thread, of anybody's objects
  Word partial_slabs;
  Word full_slabs;
  Word in_use_slabs;  // 0 or 1 of the partial ones: reclaimable if no object of the cell lives
};

struct HeapClassWords {
  Word new_slab_count;
  Word empty_slab_recycled;
  Word cache_size;  // empty slabs that the heap keeps
  Word remote_frees;
  Word remote_free_retries;
  Word list_move_partial_to_full;
  Word list_move_full_to_partial;
};

// What one heap's thread took less what it dropped, in all incarnations of one epoch, where it
// took the last, and how many it took in all. `taken` goes up before `refs` does.
//   refs   63..41 version   40 odd inside of a section   39..0 count
//   dropped   63 others may drop, too   62..0 how many they have, in all incarnations
// Once others drop what the thread took, refs goes up alone: so who sees that more were taken than
// dropped may drop one by a compare-and-swap of `dropped`.
struct HeldWords {
  Word refs;
  Word site;
  Word taken;
  Word dropped;
};
inline constexpr std::uint64_t kOthersDrop = std::uint64_t{1} << 63;
inline constexpr std::uint64_t kHeldTurn = std::uint64_t{1} << 40;
inline constexpr std::uint64_t kMostHeld = kHeldTurn - 1;
constexpr std::uint64_t held_count(std::uint64_t refs) { return refs & kMostHeld; }
// What is held by these two words.
constexpr std::uint64_t held_count(std::uint64_t refs, std::uint64_t dropped) {
  return held_count(refs) - (dropped & ~kOthersDrop);
}

struct alignas(64) HeapShard {
  HeapClassWords classes[kMaxHeapClasses];
  HeldWords held[kMaxEpochs];
  HeapCellWords cells[kMaxEpochs][kMaxHeapClasses];
};

static_assert(sizeof(HeapShard) % 64 == 0);  // no two heaps count on one line of memory

// Who publishes, and by what it can be told to live (stats/publisher.h). It stands here, right
// behind the first three words, in every layout from 9 on: so a reader of any version can tell.
struct PublisherWords {
  Word mark;                 // kPublisherMark, stored last: the others are in place
  Word pid;                  // in its own pid namespace
  Word lock;                 // 1: its memory, as long as it is mapped, holds a lock on the file
  Word pid_namespace;        // inode of /proc/self/ns/pid; 0: not known
  Word boot_id[2];           // /proc/sys/kernel/random/boot_id; 0: not known
  Word process_start_ticks;  // field 22 of /proc/self/stat; 0: not known
  Word process_start_ns;     // the same by CLOCK_MONOTONIC; without it when it published
  Word clock_base_ns;        // its CLOCK_MONOTONIC less times(): another time namespace has another
  Word created_ns;           // CLOCK_MONOTONIC
  Word created_realtime_ns;
  Word found_dead_realtime_ns;  // when another publisher first found it dead; that one writes it
  Word seen_alive_ns;  // by its CLOCK_MONOTONIC, when a reader last found it alive, which writes it
};
inline constexpr std::uint64_t kPublisherMark = 0x686c6275702e5400ULL;

struct SegmentHeader {
  Word magic;
  Word layout_version;
  Word segment_bytes;
  PublisherWords publisher;
  Word class_count;
  Word page_size;
  Word retain_bytes;
  Word max_bytes;
  Word epoch_count;         // places of the ring: the others of each array are never used
  Word takeover_after_sec;  // R-2.2-3
  TextWords<kVersionBytes> version;
  TextWords<kProcessBytes> process;
  TextWords<kLabelBytes> allocator;
};

struct Segment {
  SegmentHeader header;
  Word active_ns;  // CLOCK_MONOTONIC, within 100 ms: when a call last held the mutex
  Word current_epoch;
  Word counters[static_cast<std::uint32_t>(GlobalCounter::kCount)];
  Word abandoned_total;  // records ever written; the last kAbandonedLog are kept
  Word module_count;
  Word heap_count;  // shards from here on were never used
  ClassBlock classes[kMaxClasses];

  // What follows is reserved: slots of as many epochs as the ring has at once, the rest as it comes
  // to be used, of a shard again as many epochs.
  EpochSlot epochs[kMaxEpochs];
  HolderTable holders[kMaxEpochs][2];
  AbandonedRecord abandoned[kAbandonedLog];
  ModuleRecord modules[kMaxModules];
  HeapShard heaps[kMaxHeaps];
};
inline constexpr std::size_t kFixedBytes = offsetof(Segment, epochs);

static_assert(sizeof(Segment) % 8 == 0);

}  // namespace temporal_slab::stats
