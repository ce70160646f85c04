// Where a run of tslab reads and writes: descriptors, so that a closed pipe, a full
// disk and a terminal are to it what they are to any program.
#pragma once

#include <optional>
#include <string_view>

namespace temporal_slab::tslab {

struct Streams {
  int in = 0;
  int out = 1;
  int err = 2;
};

inline constexpr int kExitOk = 0;
inline constexpr int kExitInvalid = 1;  // offences, findings, regressions
inline constexpr int kExitError = 2;

// Writes all of the text to `out`. Nothing when that is done. Else what the run must
// return without another word: kExitOk when nobody reads any more, kExitError after
// having said on `err` what failed. SIGPIPE must be ignored.
std::optional<int> print(const Streams& streams, std::string_view text);

// Writes all of it. Returns 0, or the errno of the write that failed.
int write_all(int fd, std::string_view text);

// Writes "tslab: TEXT" to `err`, one line that is safe for a terminal whatever stands
// in the text. Returns kExitError.
int complain(const Streams& streams, std::string_view text);

}  // namespace temporal_slab::tslab
