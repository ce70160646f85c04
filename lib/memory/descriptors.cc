#include "memory/descriptors.h"

#include <sys/resource.h>

#include <algorithm>
#include <cerrno>

#include "memory/page_source.h"
#include "memory/region_directory.h"

namespace temporal_slab::memory {

constinit internal::Reservation internal::reservation;

namespace {

using internal::Chunk;
using internal::reservation;

constexpr std::size_t kMostBytes = std::size_t{1} << (kGranuleBits + 6);
static_assert(kMostBytes == (std::size_t{1} << kGranuleBits) * kGranuleBytes);
constexpr std::size_t kFewestBytes = std::size_t{1} << 20;
// Of the address space where there is a limit.
constexpr std::size_t kShare = 16;
constexpr std::size_t kCommitBytes = std::size_t{1} << 20;
constexpr std::uint32_t kUsedUp = ~std::uint32_t{0};  // no allocator's number

sync::Atomic<std::uint32_t> last_allocator_number{0};
// Below this number chunks of a size are likely taken; only a hint.
sync::Atomic<std::uint32_t> first_free_hint[granules_for(kMaxSlots) + 1];

// The table of chunks lies before the granules.
Chunk& chunk_at(std::uint32_t number) {
  return reinterpret_cast<Chunk*>(
      reservation.granules)[std::int64_t{number} - std::int64_t{reservation.chunk_count}];
}

constexpr std::uint64_t tag_of(std::uint32_t owner, std::uint32_t granules) {
  return std::uint64_t{owner} << 8 | granules;
}

std::byte* memory_of(std::uint32_t chunk) {
  return reservation.granules + std::size_t{chunk} * kChunkBytes;
}

// Lets chunks up to this one be used. False with ENOMEM.
bool commit(std::uint32_t chunk) {
  for (;;) {
    Granule limit = reservation.limit.load(sync::kAcquire);
    if (limit > chunk * kChunkGranules) return true;
    std::byte* const begin = reservation.granules + std::size_t{limit} * kGranuleBytes;
    if (!make_accessible(begin, kCommitBytes)) return false;
    const auto next = static_cast<Granule>(limit + kCommitBytes / kGranuleBytes);
    // Release: who finds the limit may read below it. Another may have been first.
    reservation.limit.compare_exchange_strong(limit, next, sync::kAcqRel, sync::kAcquire);
  }
}

// 0: there is none. Chunk 0 is nobody's: no descriptor begins there, so that a page
// without a slab may name its granules.
std::uint32_t claim(std::uint32_t owner, std::uint32_t granules) {
  sync::Atomic<std::uint32_t>& hint = first_free_hint[granules];
  for (std::uint32_t i = std::max(hint.load(sync::kRelaxed), 1U); i < reservation.chunk_count;
       ++i) {
    std::uint64_t tag = chunk_at(i).tag.load(sync::kRelaxed);
    if (tag != 0 && tag != tag_of(0, granules)) continue;
    if (!commit(i)) return 0;
    // Acquire pairs with the release in ~Descriptors: the floor that was left is seen.
    if (!chunk_at(i).tag.compare_exchange_strong(tag, tag_of(owner, granules), sync::kAcquire,
                                                 sync::kRelaxed))
      continue;
    hint.store(i + 1, sync::kRelaxed);
    return i;
  }
  return 0;
}

void release_chunk(std::uint32_t chunk, std::uint32_t granules) {
  const bool used_up = chunk_at(chunk).floor.load(sync::kRelaxed) > kMaxGeneration;
  chunk_at(chunk).tag.store(tag_of(used_up ? kUsedUp : 0, granules), sync::kRelease);
  sync::Atomic<std::uint32_t>& hint = first_free_hint[granules];
  hint.store(std::min(hint.load(sync::kRelaxed), chunk), sync::kRelaxed);
}

std::uint32_t words_of(std::uint32_t granules) { return (granules - 1) * kWordsPerGranule; }

// Above every generation that a handle into the chunk has had.
std::uint32_t floor_of(std::uint32_t chunk, std::uint32_t granules) {
  std::uint32_t floor = chunk_at(chunk).floor.load(sync::kRelaxed);
  for (std::uint32_t i = 0; i < chunk_at(chunk).carved; ++i) {
    const Slab* const slab = slab_at(chunk * kChunkGranules + i * granules);
    for (std::uint32_t slot = 0; slot < words_of(granules); ++slot)
      floor = std::max(floor, slab->word(slot).generation() +
                                  (slab->word(slot).state() == SlotState::kFree ? 0 : 1));
  }
  return floor;
}

std::size_t table_bytes_of(std::uint32_t chunks) {
  return base::align_up(chunks * sizeof(Chunk), kPageBytes);
}

std::size_t reserved_bytes() {
  rlimit limit{};
  if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return kMostBytes;
  return std::min(kMostBytes, static_cast<std::size_t>(limit.rlim_cur) / kShare);
}

}  // namespace

std::uint32_t new_allocator_number() {
  return last_allocator_number.fetch_add(1, sync::kRelaxed) + 1;
}

bool reserve_descriptors() {
  if (reservation.granules != nullptr) return reserve_page_tables() && commit(0);
  for (std::size_t bytes = reserved_bytes(); bytes >= kFewestBytes; bytes /= 2) {
    const auto chunks =
        static_cast<std::uint32_t>(bytes / kCommitBytes * kCommitBytes / kChunkBytes);
    const std::size_t table_bytes = table_bytes_of(chunks);
    std::byte* const memory = reserve_inaccessible(table_bytes + chunks * kChunkBytes);
    if (memory == nullptr) continue;
    if (!make_accessible(memory, table_bytes)) {
      memory::release(memory, table_bytes + chunks * kChunkBytes);
      continue;
    }
    reservation.granules = memory + table_bytes;
    reservation.chunk_count = chunks;
    // Also before there is a slab: the granules that a page without one names may be read.
    return reserve_page_tables() && commit(0);
  }
  errno = ENOMEM;
  return false;
}

void release_descriptors() {
  release_page_tables();
  if (reservation.granules == nullptr) return;
  const std::size_t table_bytes = table_bytes_of(reservation.chunk_count);
  memory::release(reservation.granules - table_bytes,
                  table_bytes + reservation.chunk_count * kChunkBytes);
  reservation.granules = nullptr;
  reservation.limit.store(0, sync::kRelaxed);
}

Descriptors::~Descriptors() {
  for (std::uint32_t i = 1; i < reservation.chunk_count; ++i) {
    const std::uint64_t tag = chunk_at(i).tag.load(sync::kRelaxed);
    if (tag == 0 && chunk_at(i).base_floor.load(sync::kRelaxed) == 0)
      break;  // from here on none was ever used
    if (tag >> 8 != owner_) continue;
    const auto granules = static_cast<std::uint32_t>(tag & 0xFF);
    if (chunk_at(i).carved != 0) give_back(i, granules);
    release_chunk(i, granules);
  }
}

void Descriptors::list(std::uint32_t chunk, std::uint32_t granules) {
  chunk_at(chunk).previous = 0;
  chunk_at(chunk).next = with_room_[granules];
  if (with_room_[granules] != 0) chunk_at(with_room_[granules]).previous = chunk;
  with_room_[granules] = chunk;
}

void Descriptors::unlist(std::uint32_t chunk, std::uint32_t granules) {
  const Chunk& c = chunk_at(chunk);
  (c.previous != 0 ? chunk_at(c.previous).next : with_room_[granules]) = c.next;
  if (c.next != 0) chunk_at(c.next).previous = c.previous;
}

Slab* Descriptors::take(std::uint32_t class_index) {
  const std::uint32_t granules = granules_for(slots_of(class_index));
  std::uint32_t number = with_room_[granules];
  if (number == 0) {
    number = claim(owner_, granules);
    if (number == 0) {
      errno = ENOMEM;
      return nullptr;
    }
    Chunk& claimed = chunk_at(number);
    const std::uint32_t floor = std::max(claimed.floor.load(sync::kRelaxed), 1U);
    claimed.floor.store(floor, sync::kRelaxed);
    claimed.base_floor.store(floor, sync::kRelaxed);
    claimed.free = 0;
    claimed.used = claimed.carved = 0;
    list(number, granules);
  }
  Chunk& chunk = chunk_at(number);
  if (chunk.used == 0 && chunk.carved != 0) --idle_;
  ++chunk.used;
  Slab* slab = nullptr;
  if (chunk.free != 0) {
    slab = slab_at(chunk.free);
    chunk.free = slab->next;
  } else {
    slab = slab_at(number * kChunkGranules + chunk.carved++ * granules);
    // The memory is zeroes, and the first tenant raises all words by one.
    const std::uint32_t floor = chunk.floor.load(sync::kRelaxed);
    if (floor > 1)
      for (std::uint32_t i = 0; i < words_of(granules); ++i)
        slab->set_word(i, SlotWord(floor - 1, SlotState::kFree));
  }
  if (chunk.free == 0 && chunk.carved == kChunkGranules / granules) unlist(number, granules);
  return slab;
}

void Descriptors::put(Slab* slab) {
  const Granule granule = granule_of(slab);
  const std::uint32_t number = granule / kChunkGranules;
  Chunk& chunk = chunk_at(number);
  const auto granules = static_cast<std::uint32_t>(chunk.tag.load(sync::kRelaxed) & 0xFF);
  if (chunk.free == 0 && chunk.carved == kChunkGranules / granules) list(number, granules);
  slab->next = chunk.free;
  chunk.free = granule;
  if (--chunk.used == 0) ++idle_;
}

// The chunk is used by nobody, but for an allocator that goes.
void Descriptors::give_back(std::uint32_t number, std::uint32_t granules) {
  Chunk& chunk = chunk_at(number);
  chunk.floor.store(floor_of(number, granules), sync::kRelaxed);
  // Refused, the memory is as it was: its identities are 0, and its words are below the floor.
  memory::give_back(memory_of(number), kChunkBytes);
  chunk.carved = 0;
  chunk.free = 0;
}

void Descriptors::trim() {
  if (idle_ <= kIdleChunks) return;
  for (std::uint32_t granules = 0; granules <= kMostGranules; ++granules)
    for (std::uint32_t i = with_room_[granules], next = 0; i != 0; i = next) {
      next = chunk_at(i).next;
      if (chunk_at(i).used != 0 || chunk_at(i).carved == 0) continue;
      give_back(i, granules);
      if (chunk_at(i).floor.load(sync::kRelaxed) > kMaxGeneration) unlist(i, granules);
    }
  idle_ = 0;
}

int Descriptors::judge(Handle handle) const {
  const std::uint32_t number = handle.granule / kChunkGranules;
  if (handle.granule >= granule_limit()) return EINVAL;
  const std::uint64_t tag = chunk_at(number).tag.load(sync::kRelaxed);
  if (tag >> 8 != owner_) return EINVAL;
  const Chunk& chunk = chunk_at(number);
  const auto granules = static_cast<std::uint32_t>(tag & 0xFF);
  const std::uint32_t place = handle.granule % kChunkGranules;
  if (place % granules != 0 || place / granules >= kChunkGranules / granules ||
      handle.slot >= words_of(granules) ||
      handle.generation < chunk.base_floor.load(sync::kRelaxed))
    return EINVAL;
  if (handle.generation < chunk.floor.load(sync::kRelaxed)) return ESTALE;
  if (place / granules >= chunk.carved) return EINVAL;
  const SlotWord word = slab_at(handle.granule)->word(handle.slot);
  if (handle.generation == word.generation())
    return word.state() == SlotState::kFree ? EINVAL : ESTALE;
  return handle.generation < word.generation() ? ESTALE : EINVAL;
}

void Descriptors::age_next_chunk(std::uint32_t class_index, std::uint32_t generation) {
  const std::uint32_t granules = granules_for(slots_of(class_index));
  const std::uint32_t number = claim(kUsedUp, granules);
  chunk_at(number).floor.store(generation, sync::kRelaxed);
  release_chunk(number, granules);
}

}  // namespace temporal_slab::memory
