// The line of the caller, as std::source_location gives it (which not every compiler has yet), or
// the address of its code where nobody passed a line.
#pragma once

#include <string>

namespace temporal_slab::explorer {

struct Where {
  const char* file = "?";
  int line = 0;

  // As a default argument this is the place of the call that left the argument out.
  static constexpr Where here(const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
    return {file, line};
  }

  static constexpr int kCode = -1;  // as `line`: `file` is an address
  static Where code(const void* address) { return {static_cast<const char*>(address), kCode}; }
};

// "file:line" for the address of code. Without one, reports give the bare address.
inline std::string (*line_of_code)(const void* address) = nullptr;

}  // namespace temporal_slab::explorer
