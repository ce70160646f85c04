// Sees the calls by which memory is given back: madvise stands in front of the C library's, and
// makes them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace temporal_slab::rules {

struct GivenBack {
  std::uintptr_t first_page;
  std::size_t pages;
  bool in_close;  // by a thread that said so (CloseOfThisThread)
};

// Objects' slabs lie in ranges of this size that hold nothing else.
inline constexpr std::uintptr_t kRegionPages = (std::uintptr_t{64} << 20) / 4096;

// What was given back since the last call of this, metadata too.
std::vector<GivenBack> take_given_back();

// While it stands what its thread gives back is marked.
class CloseOfThisThread {
 public:
  CloseOfThisThread();
  ~CloseOfThisThread();
  CloseOfThisThread(const CloseOfThisThread&) = delete;
  CloseOfThisThread& operator=(const CloseOfThisThread&) = delete;
};

}  // namespace temporal_slab::rules
