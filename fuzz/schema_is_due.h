// Holding a text against the schema costs a hundred times what everything else does. So the first
// runs of a process do it, which is what a replay consists of, and then one in sixteen, chosen by
// the text, so that a find is found again.
#pragma once

#include <cstdint>
#include <string_view>

namespace temporal_slab::fuzz {

inline bool schema_is_due(std::string_view text) {
  static int runs = 0;
  if (runs < 256) {
    ++runs;
    return true;
  }
  std::uint64_t hash = 14695981039346656037ULL;  // FNV-1a
  for (const char c : text) hash = (hash ^ static_cast<std::uint8_t>(c)) * 1099511628211ULL;
  return hash >> 60 == 0;
}

}  // namespace temporal_slab::fuzz
