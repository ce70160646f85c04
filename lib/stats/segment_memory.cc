#include "stats/segment_memory.h"

#include <errno.h>
#include <sys/mman.h>
#include <temporal_slab/export.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "base/process.h"
#include "base/utf8.h"
#include "stats/publisher.h"
#include "stats/segment_view.h"
#include "stats/segment_write.h"
#include "sync/clock.h"

namespace temporal_slab::stats {
namespace {

// Private and untouched, which costs nothing but addresses; nullptr with errno.
void* map_private() {
  void* const memory = mmap(nullptr, sizeof(Segment), PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return memory == MAP_FAILED ? nullptr : memory;
}

void store_own_name(TextWords<kProcessBytes>& to) {
  char raw[kProcessBytes];
  char name[kProcessBytes];
  const std::size_t raw_length = base::own_process_name(raw, sizeof(raw));
  const std::size_t length = base::sanitize_utf8({raw, raw_length}, name, sizeof(name));
  store_text(to, {name, length});
}

}  // namespace

bool SegmentMemory::open(bool publish, std::string_view allocator_name) {
  close();
  publish_error_.store(0, sync::kRelaxed);
  const int errno_before = errno;
  void* memory = nullptr;
  if (publish) {
    // First, so that a child can always have its own.
    for_child_ = map_private();
    if (for_child_ != nullptr) memory = file_.create(sizeof(Segment), kFixedBytes);
    if (memory == nullptr) publish_error_.store(errno, sync::kRelaxed);
  }
  if (memory == nullptr) {
    release_for_child();
    memory =
        mmap(nullptr, sizeof(Segment), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return false;
  }
  segment_ = static_cast<Segment*>(memory);
  // Before the magic: what a process leaves that is killed in between can be told
  // to be dead, too.
  SegmentHeader& header = segment_->header;
  if (published())
    write_publisher(header.publisher, file_.is_locked());
  else
    put(header.publisher.pid, static_cast<std::uint64_t>(getpid()));
  store_own_name(header.process);
  store_text(header.allocator, allocator_name);
  errno = errno_before;
  return true;
}

void SegmentMemory::seal() {
  SegmentHeader& header = segment_->header;
  put(header.layout_version, kLayoutVersion);
  put(header.segment_bytes, sizeof(Segment));
  put(header.page_size, static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE)));
  store_text(header.version, TEMPORAL_SLAB_VERSION);
  put(header.magic, kSegmentMagic);  // release: pairs with the reader's first load
}

void SegmentMemory::reserve(const void* from, std::size_t bytes) {
  if (!file_.exists() || !file_.is_sparse() || bytes == 0) return;
  const auto offset = static_cast<std::size_t>(static_cast<const std::byte*>(from) -
                                               reinterpret_cast<const std::byte*>(segment_));
  const auto is_reserved = [this](std::size_t page) {
    return (reserved_[page / 64].load(sync::kAcquire) >> page % 64 & 1) != 0;
  };
  std::size_t page = offset / kPageBytes;
  std::size_t end = (offset + bytes - 1) / kPageBytes + 1;
  while (page < end && is_reserved(page)) ++page;
  while (page < end && is_reserved(end - 1)) --end;
  if (end - page > 1) {
    // Mostly nobody has used a part of it: then one call does for all, if there is room for all.
    const std::lock_guard lock(reserving_);
    const int errno_before = errno;
    bool fresh = true;
    for (std::size_t i = page; i < end; ++i) fresh = fresh && !is_reserved(i);
    std::byte* const at = reinterpret_cast<std::byte*>(segment_) + page * kPageBytes;
    if (fresh && SegmentFile::populate(at, (end - page) * kPageBytes) != ENOSPC)
      for (; page < end; ++page)
        reserved_[page / 64].fetch_or(std::uint64_t{1} << page % 64, sync::kRelease);
    errno = errno_before;
  }
  for (; page < end; ++page)
    if (!is_reserved(page)) reserve_page(page);
}

void SegmentMemory::reserve_ring(std::uint32_t epoch_count) {
  reserve(segment_->epochs, epoch_count * sizeof(EpochSlot));
}

void SegmentMemory::reserve_shard(std::uint32_t heap, std::uint32_t epoch_count) {
  const HeapShard& shard = segment_->heaps[heap];
  reserve(shard.classes, sizeof(shard.classes));
  reserve(shard.held, epoch_count * sizeof(shard.held[0]));
  reserve(shard.cells, epoch_count * sizeof(shard.cells[0]));
}

void SegmentMemory::reserve_holders(std::uint32_t epoch) {
  reserve(&standing_holders(*segment_, epoch), sizeof(HolderTable));
}

void SegmentMemory::reserve_next_holders(std::uint32_t epoch) {
  reserve(&next_holders(*segment_, epoch), sizeof(HolderTable));
}

void SegmentMemory::reserve_page(std::size_t page) {
  // Two parts may share a page.
  const std::lock_guard lock(reserving_);
  if ((reserved_[page / 64].load(sync::kAcquire) >> page % 64 & 1) != 0) return;
  const int errno_before = errno;
  std::byte* const at = reinterpret_cast<std::byte*>(segment_) + page * kPageBytes;
  if (SegmentFile::populate(at, kPageBytes) == ENOSPC) {
    // Nobody has written to it. A hole that it cannot be replaced in ends the process with the
    // first write, as any memory does that there is none of.
    const auto page_bytes = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    const auto begin = reinterpret_cast<std::uintptr_t>(at) & ~(page_bytes - 1);
    mmap(reinterpret_cast<void*>(begin), page_bytes, PROT_READ | PROT_WRITE,
         MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    if (publish_error() == 0) {
      publish_error_.store(ENOSPC, sync::kRelaxed);
      file_.unlink_own();
    }
  }
  // Release: who sees the bit finds the page that is to stay.
  reserved_[page / 64].fetch_or(std::uint64_t{1} << page % 64, sync::kRelease);
  errno = errno_before;
}

void SegmentMemory::release_for_child() {
  if (for_child_ != nullptr) munmap(for_child_, sizeof(Segment));
  for_child_ = nullptr;
}

// Word by word: a thread that finds itself stopped still moves the words that say that it looked.
void SegmentMemory::copy_for_child(std::size_t offset, std::size_t bytes) {
  auto* const to = reinterpret_cast<Word*>(static_cast<std::byte*>(for_child_) + offset);
  MemoryView(segment_).read(offset, to, bytes);
}

void SegmentMemory::before_fork() {
  if (for_child_ == nullptr) return;
  // What was never used is zeroes there too.
  const std::uint64_t epochs =
      std::min<std::uint64_t>(stats::get(segment_->header.epoch_count), kMaxEpochs);
  copy_for_child(0, offsetof(Segment, epochs) + epochs * sizeof(EpochSlot));
  for (std::uint64_t epoch = 0; epoch < epochs; ++epoch)
    for (std::uint64_t i = 0; i < 2; ++i)
      if (stats::get(segment_->epochs[epoch].has_holders[i]) != 0)
        copy_for_child(offsetof(Segment, holders) + (2 * epoch + i) * sizeof(HolderTable),
                       sizeof(HolderTable));
  copy_for_child(offsetof(Segment, abandoned),
                 std::min<std::uint64_t>(stats::get(segment_->abandoned_total), kAbandonedLog) *
                     sizeof(AbandonedRecord));
  copy_for_child(offsetof(Segment, modules),
                 stats::get(segment_->module_count) * sizeof(ModuleRecord));
  for (std::uint64_t heap = 0; heap < stats::get(segment_->heap_count); ++heap) {
    const std::size_t shard = offsetof(Segment, heaps) + heap * sizeof(HeapShard);
    copy_for_child(shard + offsetof(HeapShard, held), epochs * sizeof(HeldWords));
    copy_for_child(shard + offsetof(HeapShard, classes), sizeof(HeapShard::classes));
    copy_for_child(shard + offsetof(HeapShard, cells), epochs * sizeof(HeapShard::cells[0]));
  }
}

void SegmentMemory::after_fork_in_parent() {
  if (for_child_ != nullptr) madvise(for_child_, sizeof(Segment), MADV_DONTNEED);
}

void SegmentMemory::after_fork_in_child() {
  if (for_child_ != nullptr) {
    // Nothing else keeps the child out of the parent's figures.
    if (mremap(for_child_, sizeof(Segment), sizeof(Segment), MREMAP_MAYMOVE | MREMAP_FIXED,
               segment_) == MAP_FAILED)
      std::abort();
    for_child_ = nullptr;
    file_.forget();
    publish_error_.store(ECHILD, sync::kRelaxed);
  }
  put(segment_->header.publisher.pid, static_cast<std::uint64_t>(getpid()));
}

void SegmentMemory::close() {
  if (segment_ == nullptr) return;
  const int errno_before = errno;
  file_.remove();
  munmap(segment_, sizeof(Segment));
  release_for_child();
  segment_ = nullptr;
  for (auto& bits : reserved_) bits.store(0, sync::kRelaxed);
  errno = errno_before;
}

}  // namespace temporal_slab::stats
