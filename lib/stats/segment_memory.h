// The memory of one allocator's segment: a shared file if it is published, else
// private memory with the same layout.
//
//   SegmentMemory memory;
//   if (!memory.open(publish, name)) return out_of_memory();
//   fill(memory.get());  // class_count, classes, retain_bytes, max_bytes, epoch 0
//   memory.seal();       // from here on readers take it as complete
//   ...
//   memory.close();
//
// It uses no malloc.
//
// A published segment's file is sparse: what is behind kFixedBytes has memory only once it was
// reserved, and must not be touched before. Where the file system has no room for a part that comes
// to be used, its pages become private memory of this process; then readers would miss something,
// so the file is removed, and publish_error says ENOSPC.
//
// Threads. open, seal and close belong to the thread that makes or frees the
// allocator; get, reserve, published and publish_error may be called by any thread between
// them.
#pragma once

#include <cstddef>
#include <string_view>

#include "stats/segment_file.h"
#include "stats/segment_layout.h"
#include "sync/atomic.h"

namespace temporal_slab::stats {

class SegmentMemory {
 public:
  SegmentMemory() = default;
  SegmentMemory(const SegmentMemory&) = delete;
  SegmentMemory& operator=(const SegmentMemory&) = delete;
  ~SegmentMemory() { close(); }

  // Gets a zeroed segment and writes who owns it, magic aside. When publishing
  // fails the memory is private, and publish_error says why (R-2.6-4). False with
  // errno: no memory at all. The name is well-formed UTF-8 of at most 31 bytes.
  bool open(bool publish, std::string_view allocator_name);

  // Writes what completes the header and at last the magic. From here on a reader
  // believes the header, so what the allocator writes in it stands by now.
  void seal();

  // Gives the memory back and removes the file if this process made it. Harmless
  // on what is not open.
  void close();

  // Around a fork, with no writer under way. Before it the figures are copied for
  // the child; its own memory then takes the shared one's place, so that nothing
  // that it does is seen by the parent or by readers (R-2.6-1).
  void before_fork();
  void after_fork_in_parent();
  void after_fork_in_child();

  // Before a part of the segment behind kFixedBytes is written to for the first time: gives it
  // memory. A few loads if it has some. No error: see above.
  void reserve(const void* from, std::size_t bytes);
  // The same of all that a ring of so many epochs has from the beginning, and of the shard of a
  // heap that comes to be used.
  void reserve_ring(std::uint32_t epoch_count);
  void reserve_shard(std::uint32_t heap, std::uint32_t epoch_count);
  // Of the holders of the incarnation of an epoch that stands, or of the one that is about to.
  void reserve_holders(std::uint32_t epoch);
  void reserve_next_holders(std::uint32_t epoch);

  Segment* get() const { return segment_; }

  bool published() const { return file_.exists() && publish_error() == 0; }

  // 0 when published or when that was never asked for, else the errno of the step
  // that failed.
  int publish_error() const { return publish_error_.load(sync::kRelaxed); }

  // 0 while this process can find and remove its file, else an errno: EACCES after setuid.
  int why_out_of_reach() const { return file_.why_out_of_reach(); }

  // Of the file; "" if not published.
  const char* path() const { return file_.path(); }

 private:
  void release_for_child();
  void copy_for_child(std::size_t offset, std::size_t bytes);
  void reserve_page(std::size_t page);

  // A bit for each page: it has memory.
  static constexpr std::size_t kPageBytes = 4096;  // or a part of a larger one
  static constexpr std::size_t kPages = (sizeof(Segment) + kPageBytes - 1) / kPageBytes;

  Segment* segment_ = nullptr;
  void* for_child_ = nullptr;  // as large, untouched but while the process forks; if published
  sync::Atomic<int> publish_error_ = 0;
  sync::Mutex reserving_;
  sync::Atomic<std::uint64_t> reserved_[(kPages + 63) / 64] = {};
  SegmentFile file_;
};

}  // namespace temporal_slab::stats
