#include "heap/carried_eras.h"

#include <algorithm>
#include <cassert>

#include "memory/page_source.h"
#include "memory/size_class.h"

namespace temporal_slab::heap {

void CarriedEras::carry(std::uint64_t era, std::uint64_t opened_ns, std::uint64_t slabs) {
  if (slabs == 0) return;
  assert(count_ == 0 || entries_[end_ - 1].era < era);
  if (end_ == capacity() && !make_room()) {
    entries_[end_ - 1].slabs += slabs;  // invariant 3
    return;
  }
  entries_[end_++] = {era, opened_ns, slabs};
  ++count_;
}

void CarriedEras::slab_left(std::uint64_t era) {
  // An entry stands for its own era and those above it that found no room.
  Entry* const entry =
      std::upper_bound(entries_ + begin_, entries_ + end_, era,
                       [](std::uint64_t wanted, const Entry& one) { return wanted < one.era; }) -
      1;
  assert(entry >= entries_ + begin_ && entry->slabs != 0);
  if (--entry->slabs != 0) return;
  --count_;
  while (begin_ != end_ && entries_[begin_].slabs == 0) ++begin_;
  if (count_ != 0) return;
  begin_ = end_ = 0;
  if (bytes_ > memory::kPageBytes) release();
}

// True: there is room for one entry more.
bool CarriedEras::make_room() {
  if (2 * count_ <= capacity()) {
    move_to(entries_);
    return true;
  }
  const std::size_t bytes = bytes_ == 0 ? memory::kPageBytes : 2 * bytes_;
  std::byte* const memory = memory::reserve(bytes, memory::kPageBytes);
  if (memory == nullptr) {
    move_to(entries_);
    return end_ != capacity();
  }
  Entry* const before = entries_;
  move_to(reinterpret_cast<Entry*>(memory));
  if (bytes_ != 0) memory::release(reinterpret_cast<std::byte*>(before), bytes_);
  bytes_ = bytes;
  return true;
}

// Those that have slabs, to where they stand or to other memory.
void CarriedEras::move_to(Entry* entries) {
  std::size_t kept = 0;
  for (std::size_t i = begin_; i < end_; ++i)
    if (entries_[i].slabs != 0) entries[kept++] = entries_[i];
  entries_ = entries;
  begin_ = 0;
  end_ = kept;
}

void CarriedEras::release() {
  if (bytes_ != 0) memory::release(reinterpret_cast<std::byte*>(entries_), bytes_);
  entries_ = &own_;
  bytes_ = 0;
}

}  // namespace temporal_slab::heap
