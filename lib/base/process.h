// What the kernel says of a process, this one or another.
//
// Nothing here uses malloc or takes a lock, or is a cancellation point: each call is a
// few system calls on a file of /proc. Any thread may call anything at any time. errno
// stays as it was.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace temporal_slab::base {

// The part of /proc/PID/stat that is of use here.
struct ProcessStat {
  char state = 0;                 // field 3
  std::uint64_t threads = 0;      // field 20
  std::uint64_t start_ticks = 0;  // field 22: clock ticks from boot to its start
};

// Takes the text of /proc/PID/stat apart. The name in it (field 2) may hold
// anything, blanks and parentheses too. False: it is no such text.
bool parse_process_stat(std::string_view text, ProcessStat* out);

// False: there is no such process, or /proc cannot be read.
bool read_process_stat(pid_t pid, ProcessStat* out);

// Tells this process from later ones with its number. 0: it cannot be known.
std::uint64_t start_ticks(pid_t pid);

// True while the process that had these start ticks runs; 0 ticks fit any. One
// that ended and waits for its parent (a zombie) is not alive.
bool is_alive(pid_t pid, std::uint64_t start_ticks);

// Seconds since the start that these ticks give; 0 for one in the future.
std::uint64_t uptime_sec(std::uint64_t start_ticks);

// Resident bytes; 0 if there is no such process.
std::uint64_t rss_bytes(pid_t pid);
std::uint64_t own_rss_bytes();

// Copies the name of this program, cut to capacity - 1 bytes, and a NUL. Returns
// its length. Any bytes may stand in it.
std::size_t own_process_name(char* out, std::size_t capacity);

}  // namespace temporal_slab::base
