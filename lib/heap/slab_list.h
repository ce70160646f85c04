// A doubly linked list of slabs through their descriptors.
//
// Threads. Whoever has the list.
#pragma once

#include <cassert>

#include "memory/descriptors.h"

namespace temporal_slab::heap {

class SlabList {
 public:
  memory::Slab* front() const { return slab(first_); }
  bool empty() const { return first_ == 0; }
  static memory::Slab* after(const memory::Slab* of) { return slab(of->next); }

  void push_front(memory::Slab* added) {
    const memory::Granule granule = memory::granule_of(added);
    added->previous = 0;
    added->next = first_;
    if (first_ != 0) slab(first_)->previous = granule;
    first_ = granule;
  }

  void remove(memory::Slab* removed) {
    assert(removed->previous != 0 ? after(slab(removed->previous)) == removed : front() == removed);
    (removed->previous != 0 ? slab(removed->previous)->next : first_) = removed->next;
    if (removed->next != 0) slab(removed->next)->previous = removed->previous;
  }

  memory::Slab* pop_front() {
    memory::Slab* const first = front();
    if (first != nullptr) remove(first);
    return first;
  }

 private:
  static memory::Slab* slab(memory::Granule granule) {
    return granule == 0 ? nullptr : memory::slab_at(granule);
  }

  memory::Granule first_ = 0;
};

// Slabs that do not stand, last in, first out.
class SlabStack {
 public:
  bool empty() const { return top_ == 0; }
  memory::Slab* top() const { return top_ == 0 ? nullptr : memory::slab_at(top_); }
  void push(memory::Slab* slab) {
    slab->next = top_;
    top_ = memory::granule_of(slab);
  }
  memory::Slab* pop() {
    memory::Slab* const slab = top();
    if (slab != nullptr) top_ = slab->next;
    return slab;
  }

 private:
  memory::Granule top_ = 0;
};

}  // namespace temporal_slab::heap
