// What objects hold, looked at without a loop that the fuzzer would count each turn of: under
// coverage and ASan such a loop was most of what the targets did.
#pragma once

#include <cstddef>
#include <cstring>

namespace temporal_slab::fuzz {

// Each byte is the one before it, and the first one is `value`.
inline bool holds_only(const unsigned char* bytes, std::size_t count, unsigned char value) {
  return count == 0 || (bytes[0] == value && std::memcmp(bytes, bytes + 1, count - 1) == 0);
}

}  // namespace temporal_slab::fuzz
