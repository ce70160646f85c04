// Where the objects of one table come from: an allocator, and where in its ring.
#pragma once

#include <cstddef>
#include <optional>
#include <temporal_slab/allocator.hpp>

namespace temporal_slab::demo {

class ObjectSource {
 public:
  // Objects go where the allocating thread's innermost domain says.
  explicit ObjectSource(Allocator& allocator) : allocator_(&allocator) {}

  // Objects go to one epoch, whichever thread asks.
  ObjectSource(Allocator& allocator, EpochId epoch) : allocator_(&allocator), epoch_(epoch) {}

  // nullptr with errno, as the C API.
  void* allocate(std::size_t size) const {
    return epoch_ ? allocator_->allocate(size, *epoch_) : allocator_->allocate(size);
  }
  void free(void* object) const { allocator_->deallocate(object); }

 private:
  Allocator* allocator_;
  std::optional<EpochId> epoch_;
};

}  // namespace temporal_slab::demo
