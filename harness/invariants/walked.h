// What the tests of the walk damage: an allocator with some of everything in it.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>
#include <string>

#include "harness/invariants/inside.h"
#include "harness/invariants/invariants.h"

namespace temporal_slab::harness::invariants {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// An allocator with live, empty, full, carried, warm and given-back slabs.
class Walked : public ::testing::Test {
 protected:
  Walked() {
    SlabOptions options;
    slab_options_init(&options);
    options.retain_bytes = 3 * memory::kPageBytes;
    allocator_ = slab_allocator_create_with(&options);
    allocate(21, 768, 1);
    for (int i = 0; i < 18; ++i) epoch_advance(allocator_);
    allocate(21, 768, 2);
    epoch_advance(allocator_);
    allocate(40, 512, 3);
    slab_epoch_discard(allocator_, 3);
    slab_malloc(allocator_, 64);
    allocate(9, 8000, 4);
    allocate(2, 100'000, 4);
    allocate(1, std::size_t{40} << 20, 4);  // a region of its own
  }
  ~Walked() override {
    if (undo_) undo_();
    EXPECT_THAT(walk(allocator_), IsEmpty());
    slab_allocator_free(allocator_);
  }

  void allocate(int count, std::size_t size, EpochId epoch) {
    for (int i = 0; i < count; ++i) EXPECT_NE(slab_malloc_epoch(allocator_, size, epoch), nullptr);
  }
  heap::SlabStore& slabs() { return store(*reinterpret_cast<heap::Allocator*>(allocator_)); }
  heap::Heap& own_heap() { return slabs().heaps().at(1); }
  memory::PageHeap& page_heap() { return pages(cache(slabs())); }
  memory::Region& region() {
    memory::Region* region = regions(page_heap());
    while (region->one_run) region = region->next;
    return *region;
  }
  // Of the thread's, in epoch 4, of 8000 bytes: the one in use, and a full one.
  heap::Cell& cell() { return own_heap().cell(4, memory::class_of(8000)); }
  memory::Slab& full_slab() { return *cell().full.front(); }
  memory::Slab& carried_slab() { return *carried(slabs()).front(); }
  memory::Slab& kept_slab() { return *empties(own_heap())[memory::shape_of(6)].top(); }
  std::uint32_t index_of(const memory::Slab& slab) { return region().index_of(slab.begin()); }
  stats::Segment& segment() {
    return const_cast<stats::Segment&>(reinterpret_cast<heap::Allocator*>(allocator_)->segment());
  }

  // Changes a value; it is put right at the end.
  template <typename T>
  void damage(T& what, T value) {
    undo_ = [&what, was = what] { what = was; };
    what = value;
  }
  void damage(stats::Word& word) {
    stats::add(word, 1);
    undo_ = [&word] { stats::sub(word, 1); };
  }
  template <typename T>
  void damage(sync::Atomic<T>& what, T value) {
    undo_ = [&what, was = what.load(sync::kRelaxed)] { what.store(was, sync::kRelaxed); };
    what.store(value, sync::kRelaxed);
  }
  void expect_told(const std::string& part) {
    EXPECT_THAT(walk(allocator_), Contains(HasSubstr(part)));
  }

  SlabAllocator* allocator_;
  std::function<void()> undo_;
};

}  // namespace temporal_slab::harness::invariants
