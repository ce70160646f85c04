// A doubly linked list of slabs through their descriptors.
//
// Threads. The allocator's mutex guards every list.
#pragma once

#include <cassert>

#include "memory/slab.h"

namespace temporal_slab::heap {

class SlabList {
 public:
  memory::Slab* front() const { return first_; }
  memory::Slab* back() const { return last_; }

  void push_front(memory::Slab* slab) {
    slab->previous = nullptr;
    slab->next = first_;
    (first_ != nullptr ? first_->previous : last_) = slab;
    first_ = slab;
  }

  void remove(memory::Slab* slab) {
    assert(slab->previous != nullptr ? slab->previous->next == slab : first_ == slab);
    assert(slab->next != nullptr ? slab->next->previous == slab : last_ == slab);
    (slab->previous != nullptr ? slab->previous->next : first_) = slab->next;
    (slab->next != nullptr ? slab->next->previous : last_) = slab->previous;
  }

  // Takes over all slabs of another list, in constant time.
  void take_all(SlabList& other) {
    if (other.first_ == nullptr) return;
    other.last_->next = first_;
    (first_ != nullptr ? first_->previous : last_) = other.last_;
    first_ = other.first_;
    other = {};
  }

 private:
  memory::Slab* first_ = nullptr;
  memory::Slab* last_ = nullptr;
};

}  // namespace temporal_slab::heap
