// Everything that makes lib/ ask the system for something: a published allocator that outgrows
// what it has, gives it back, turns its ring until a reference is lost, prints itself, is looked at
// from outside, and goes. Each step is told to hold also when the system refuses.
#pragma once

#include <temporal_slab/slab_alloc.h>

#include <cstdint>
#include <vector>

#include "harness/faults/failing_calls.h"

namespace temporal_slab::faults {

class Workload {
 public:
  explicit Workload(Faults& faults) : faults_(faults) {}
  ~Workload();
  Workload(const Workload&) = delete;
  Workload& operator=(const Workload&) = delete;

  void run();

  bool published() const { return published_; }

 private:
  struct Object {
    unsigned char* pointer;
    SlabHandle handle;
    EpochId epoch;
  };

  // Each returns when it has done its work, if need be at the second try.
  void create();
  void grow();
  void give_back();
  void share_with_a_thread();
  void turn_the_ring();
  void use_a_domain();
  void print();
  void look_from_outside();
  void shrink_and_check();

  void make(std::uint32_t bytes, EpochId epoch);
  void check_contents() const;
  void check_figures() const;
  // The system refused something, which this errno must tell; nothing is refused any more.
  void expect_refused(int error);

  Faults& faults_;
  SlabAllocator* allocator_ = nullptr;
  bool published_ = false;
  std::vector<Object> objects_;
};

}  // namespace temporal_slab::faults
