// Where a reader gets a segment's bytes from: this process's memory or a file.
//
// A view gives words of 8 bytes, each whole. What a later call reads was read
// after what an earlier call read; nothing is said of the order within one call.
//
// Threads. A view has no state that changes; any thread may use it.
#pragma once

#include <cstddef>
#include <cstdint>

#include "stats/segment_layout.h"

namespace temporal_slab::stats {

class SegmentView {
 public:
  SegmentView() = default;
  SegmentView(const SegmentView&) = delete;
  SegmentView& operator=(const SegmentView&) = delete;
  virtual ~SegmentView() = default;

  // Copies `bytes` bytes from `offset`, both multiples of 8. False: they are not
  // all there, and what was copied is of no use.
  virtual bool read(std::size_t offset, Word* words, std::size_t bytes) const = 0;

  // False: some of the segment is not there. Nothing of it is touched.
  virtual bool is_whole() const = 0;
};

// A segment that is mapped whole, by whoever made it.
class MemoryView final : public SegmentView {
 public:
  explicit MemoryView(const Segment* segment) : segment_(segment) {}
  bool read(std::size_t offset, Word* words, std::size_t bytes) const override;
  bool is_whole() const override { return true; }

 private:
  const Segment* segment_;
};

// A segment's file, which may be cut off while it is read: it is never mapped, so
// the reader gets a short count where a mapping would get SIGBUS.
class FileView final : public SegmentView {
 public:
  explicit FileView(int fd) : fd_(fd) {}  // the descriptor stays the caller's
  bool read(std::size_t offset, Word* words, std::size_t bytes) const override;
  bool is_whole() const override;

 private:
  int fd_;
};

}  // namespace temporal_slab::stats
