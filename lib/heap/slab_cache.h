// Memory for slabs, and the way back: the one owner of all empty memory that no thread's heap
// keeps. Empty slabs are kept warm by size while they are within retain_bytes, resident as
// they are; others go back to the operating system.
//
// Threads. The allocator's mutex guards everything.
//
// Invariants.
//  1. What is kept is `retained_pages()` pages, of slabs that do not stand.
//  2. Pages are given back with the next flush; nothing waits for that when a member of the
//     store returns.
#pragma once

#include <cstddef>
#include <cstdint>

#include "heap/slab_list.h"
#include "memory/page_heap.h"
#include "stats/segment_write.h"

namespace temporal_slab::heap {

// Larger objects' runs up to 1 MiB are kept like slabs.
inline constexpr std::uint32_t kMostKeptPages = 256;

class SlabCache final : private memory::GiveBackObserver {
 public:
  SlabCache(stats::Segment& segment, std::uint32_t allocator_number, std::size_t retain_bytes,
            std::size_t max_bytes);

  // A slab without owner, set up; nullptr with ENOMEM. `zeroed` says whether its pages are as
  // the system gave them.
  memory::Slab* take(std::uint32_t class_index, std::uint32_t pages, std::uint32_t epoch,
                     std::uint64_t era, bool* zeroed);
  // One that was empty, out of a heap: the same.
  memory::Slab* set_up(memory::Slab* empty, std::uint32_t class_index, std::uint32_t epoch,
                       std::uint64_t era);

  // A slab that does not stand, which nobody looks at, and which was not counted as empty: kept
  // if `spare` pages allow it, which become fewer.
  void put(memory::Slab* slab, std::size_t& spare);
  // The same from a heap, where it was: kept, within what is retained or not.
  void keep(memory::Slab* slab);
  // Gives back what is kept until no more than so many pages are.
  void shrink_to(std::size_t pages);
  // The larger object of a slab needs no more than so many pages.
  void cut(memory::Slab* slab, std::uint32_t pages) { pages_.cut(slab, pages, *this); }
  void flush();

  std::uint64_t identity() const { return identity_; }
  std::size_t retained_pages() const { return retained_pages_; }
  std::size_t retain_pages() const { return retain_pages_; }
  bool has_room(std::uint32_t pages) const { return pages_.has_room(pages); }
  std::uint64_t given_back_bytes() const { return given_back_bytes_; }

  memory::PageHeap& pages() { return pages_; }
  memory::Descriptors& descriptors() { return descriptors_; }

 private:
  memory::Slab* take_kept(std::uint32_t pages);
  memory::Slab* set_up(memory::Slab* descriptor, std::byte* run, std::uint32_t class_index,
                       std::uint32_t pages, std::uint32_t epoch, std::uint64_t era);
  void give_back(memory::Slab* slab);
  stats::Word& count(std::uint32_t class_index, stats::ClassCounter which) {
    return stats::counter(segment_, class_index, which);
  }
  void on_call(std::uint32_t class_index, bool failed) override;
  void on_pages(std::uint32_t class_index, std::uint32_t pages) override;

  stats::Segment& segment_;
  const std::uint64_t identity_;
  const std::size_t retain_pages_;
  memory::Descriptors descriptors_;
  memory::PageHeap pages_;
  SlabStack kept_[kMostKeptPages + 1];  // by pages
  std::size_t retained_pages_ = 0;
  std::uint64_t given_back_bytes_ = 0;
};

}  // namespace temporal_slab::heap
