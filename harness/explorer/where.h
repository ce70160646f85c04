// The line of the caller, as std::source_location gives it (which not every compiler has yet).
#pragma once

namespace temporal_slab::explorer {

struct Where {
  const char* file = "?";
  int line = 0;

  // As a default argument this is the place of the call that left the argument out.
  static constexpr Where here(const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
    return {file, line};
  }
};

}  // namespace temporal_slab::explorer
