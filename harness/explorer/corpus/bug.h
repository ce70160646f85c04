// Concurrency mistakes that have been made before, each with its repair.
#pragma once

#include <vector>

#include "temporal_slab_explorer/explorer.h"

namespace temporal_slab::explorer::corpus {

inline constexpr auto kRelaxed = std::memory_order_relaxed;
inline constexpr auto kAcquire = std::memory_order_acquire;
inline constexpr auto kRelease = std::memory_order_release;
inline constexpr auto kAcqRel = std::memory_order_acq_rel;
inline constexpr auto kSeqCst = std::memory_order_seq_cst;

struct Bug {
  const char* name;
  void (*scenario)(bool repaired);  // the body of a run
  int preemptions = 2;              // the bound within which the repaired form is explored in full
};

const std::vector<Bug>& locks();
const std::vector<Bug>& protocols();
const std::vector<Bug>& published();
const std::vector<Bug>& structures();

}  // namespace temporal_slab::explorer::corpus
