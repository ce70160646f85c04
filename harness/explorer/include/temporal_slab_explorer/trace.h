// What a run did, step by step; kept only while a failure is run once more for its report.
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "temporal_slab_explorer/objects.h"

namespace temporal_slab::explorer {

enum class Op : std::uint8_t {
  kLoad,
  kStore,
  kModify,      // read-modify-write that wrote
  kFailModify,  // compare-exchange that did not
  kFence,
  kMembarrier,
  kYield,
  kLock,
  kTryLock,
  kFailTryLock,
  kUnlock,
  kWait,
  kNotify,
  kRead,   // plain
  kWrite,  // plain
  kMake,
  kDestroy,
};

struct Step {
  int thread = 0;
  Op op = Op::kLoad;
  std::memory_order order = std::memory_order_relaxed;
  const ObjectInfo* object = nullptr;
  std::uint64_t read = 0;
  std::uint64_t written = 0;
  std::int32_t read_serial = -1;     // of the store that was read
  std::int32_t written_serial = -1;  // of the store that was made
  bool stale = false;                // read or placed behind the newest
  Where where;
};

using Trace = std::vector<Step>;

}  // namespace temporal_slab::explorer
