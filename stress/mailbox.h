// Where one worker leaves objects for another to free.
#pragma once

#include <cstddef>
#include <mutex>
#include <vector>

#include "stress/object.h"

namespace temporal_slab::stress {

class Mailbox {
 public:
  // False if it is full: whoever reads it does not keep up.
  bool put(const Object& object) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (objects_.size() == kMost) return false;
    objects_.push_back(object);
    return true;
  }

  // Moves up to `most` objects to the end of *to.
  void take(std::size_t most, std::vector<Object>* to) {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (; most > 0 && !objects_.empty(); --most) {
      to->push_back(objects_.back());
      objects_.pop_back();
    }
  }

  // For one that is alone: closed the gate of objects, or joined every thread.
  std::vector<Object>& contents() { return objects_; }

 private:
  static constexpr std::size_t kMost = 4096;
  std::mutex mutex_;
  std::vector<Object> objects_;
};

}  // namespace temporal_slab::stress
