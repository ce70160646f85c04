// What the engine knows of each atomic, plain variable, mutex and block of memory of a test. They
// are pooled: a run takes them in the order in which the test makes them, the next run again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "temporal_slab_explorer/clock.h"
#include "temporal_slab_explorer/location.h"
#include "temporal_slab_explorer/where.h"

namespace temporal_slab::explorer {

enum class ValueKind : std::uint8_t { kSigned, kUnsigned, kBool, kPointer, kOpaque };

struct ObjectInfo {
  char letter = '?';    // a: atomic, v: plain variable, m: mutex
  int ordinal = 0;      // the how-many-eth object of the run
  bool dead = false;    // destroyed
  bool untold = false;  // its accesses are no rows of the table
  ValueKind kind = ValueKind::kOpaque;
  const char* name = nullptr;
  const void* address = nullptr;  // where it lies, if whoever made it says so
  Where born;
  Where died;
};

struct AtomicObject : ObjectInfo {
  Location location;
  std::uint32_t waiters = 0;  // threads in wait()
};

struct PlainObject : ObjectInfo {
  int write_thread = 0;
  std::int32_t write_index = 0;
  Clock reads;  // last event of each thread that read it
  Where written_at;
  std::array<Where, kMaxThreads> read_at;
};

struct MutexObject : ObjectInfo {
  int owner = -1;
  std::uint32_t waiters = 0;
  Clock released;
};

template <typename Object>
class ObjectPool {
 public:
  void reset() { used_ = 0; }
  Object& take() {
    if (used_ == objects_.size()) objects_.push_back(std::make_unique<Object>());
    return *objects_[used_++];
  }

 private:
  std::vector<std::unique_ptr<Object>> objects_;
  std::size_t used_ = 0;
};

// What an atomic, variable or mutex of the test keeps: its object, in the run that made it.
template <typename Object>
struct Handle {
  Object* object = nullptr;
  std::uint64_t run = 0;
};

}  // namespace temporal_slab::explorer
