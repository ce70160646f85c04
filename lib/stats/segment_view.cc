#include "stats/segment_view.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <cstring>

namespace temporal_slab::stats {

bool MemoryView::read(std::size_t offset, Word* words, std::size_t bytes) const {
  assert(offset % sizeof(Word) == 0 && bytes % sizeof(Word) == 0);
  if (offset > sizeof(Segment) || bytes > sizeof(Segment) - offset) return false;
  const Word* const from = reinterpret_cast<const Word*>(segment_) + offset / sizeof(Word);
  // Acquire: who sees a word of a record that is being refilled sees the version
  // that went before the refill (the writer's `put`).
  for (std::size_t i = 0; i < bytes / sizeof(Word); ++i)
    words[i].store(from[i].load(sync::kAcquire), sync::kRelaxed);
  return true;
}

bool FileView::read(std::size_t offset, Word* words, std::size_t bytes) const {
  assert(offset % sizeof(Word) == 0 && bytes % sizeof(Word) == 0);
  // The kernel copies from the writer's own pages, aligned words whole, and each
  // pread passes its read barrier before it copies (folio_test_uptodate), so later
  // calls read later.
  std::uint64_t buffer[512];
  while (bytes > 0) {
    const std::size_t wanted = std::min(bytes, sizeof(buffer));
    const ssize_t got = pread(fd_, buffer, wanted, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got != static_cast<ssize_t>(wanted)) return false;
    for (std::size_t i = 0; i < wanted / sizeof(Word); ++i)
      words[i].store(buffer[i], sync::kRelaxed);
    words += wanted / sizeof(Word);
    offset += wanted;
    bytes -= wanted;
  }
  return true;
}

bool FileView::is_whole() const {
  struct stat info = {};
  return fstat(fd_, &info) == 0 && info.st_size >= static_cast<off_t>(sizeof(Segment));
}

}  // namespace temporal_slab::stats
