// Where segments lie (R-2.6-2):
//
//   ${TEMPORAL_SLAB_RUNTIME_DIR:-/dev/shm}/temporal-slab-<uid>/<pid>.<n>.seg
//
// with the effective user id. The directory has mode 0700 and a file 0600; `n` is
// the smallest number that no file of the process has.
//
// Nothing here uses malloc. Any thread may call anything at any time.
#pragma once

#include <sys/types.h>

#include <climits>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace temporal_slab::stats {

inline constexpr std::size_t kPathBytes = PATH_MAX;
inline constexpr std::size_t kFileNameBytes = 48;
inline constexpr pid_t kMaxPid = 1 << 22;  // the kernel's own limit

// Writes the absolute path of this user's directory. False with errno:
// ENAMETOOLONG, or what getcwd says of a relative TEMPORAL_SLAB_RUNTIME_DIR.
bool segment_directory(char (&out)[kPathBytes]);

enum class IfMissing { kFail, kCreate };

// A descriptor of a directory that is ours alone; -1 with errno: ELOOP for a link
// in its place, EPERM if another user owns it, EACCES if its mode is not 0700,
// else what mkdir or open say. `*created` (may be null) tells whether it was made. `user` owns it.
int open_segment_directory(const char* path, IfMissing if_missing, uid_t user, bool* created);

// Whose directory has this name; false if none has.
bool parse_directory_name(std::string_view text, uid_t* user);

struct SegmentFileName {
  pid_t pid;
  std::uint32_t number;
};

// "<pid>.<n>.seg"
void format_segment_name(SegmentFileName name, char (&out)[kFileNameBytes]);

// False for all that format_segment_name does not give.
bool parse_segment_name(std::string_view text, SegmentFileName* out);

}  // namespace temporal_slab::stats
