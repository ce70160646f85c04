#include "stats/segment_memory.h"

#include <errno.h>
#include <sys/mman.h>
#include <temporal_slab/export.h>
#include <unistd.h>

#include <cstdlib>

#include "base/process.h"
#include "base/utf8.h"
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
  publish_error_ = 0;
  const int errno_before = errno;
  void* memory = nullptr;
  if (publish) {
    // First, so that a child can always have its own.
    for_child_ = map_private();
    if (for_child_ != nullptr) memory = file_.create(sizeof(Segment));
    if (memory == nullptr) publish_error_ = errno;
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
  put(header.pid, static_cast<std::uint64_t>(getpid()));
  if (published()) put(header.process_start_ticks, base::start_ticks(getpid()));
  put(header.created_realtime_ns, sync::realtime_ns());
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
  // What was never used are zeroes there too: shards, and the places that the ring does not have.
  const std::uint64_t epochs = stats::get(segment_->header.epoch_count);
  copy_for_child(0, offsetof(Segment, epochs) + epochs * sizeof(EpochSlot));
  copy_for_child(offsetof(Segment, abandoned),
                 offsetof(Segment, heaps) - offsetof(Segment, abandoned));
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
    publish_error_ = ECHILD;
  }
  put(segment_->header.pid, static_cast<std::uint64_t>(getpid()));
}

void SegmentMemory::close() {
  if (segment_ == nullptr) return;
  const int errno_before = errno;
  file_.remove();
  munmap(segment_, sizeof(Segment));
  release_for_child();
  segment_ = nullptr;
  errno = errno_before;
}

}  // namespace temporal_slab::stats
