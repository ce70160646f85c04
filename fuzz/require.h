// How an oracle says that a claim does not hold: one line, and the end of the process, which is
// what every fuzzing engine takes as a find.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace temporal_slab::fuzz {

inline void require(bool holds, const char* claim) {
  if (holds) return;
  std::fprintf(stderr, "fuzz: does not hold: %s\n", claim);
  std::abort();
}

// With what was seen instead.
inline void require(bool holds, const char* claim, std::string_view seen) {
  if (holds) return;
  std::fprintf(stderr, "fuzz: does not hold: %s: %.*s\n", claim, static_cast<int>(seen.size()),
               seen.data());
  std::abort();
}

}  // namespace temporal_slab::fuzz
