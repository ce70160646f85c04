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

// The same of this process, also where /proc is another pid namespace's.
bool read_own_stat(ProcessStat* out);

// True of one that ended and waits for its parent (a zombie).
bool has_ended(const ProcessStat& stat);

// Time since the start that these ticks give; 0 for one in the future.
std::uint64_t age_ns(std::uint64_t start_ticks);

// Which pid namespace this process is in: the inode of /proc/self/ns/pid. 0: not known.
std::uint64_t pid_namespace();

// Whether the numbers in /proc are those of this process's pid namespace.
bool proc_is_of_this_namespace();

// Tells one run of a kernel from all others; zeros: not known.
void boot_id(std::uint64_t (&out)[2]);

// Resident bytes; 0 if there is no such process.
std::uint64_t rss_bytes(pid_t pid);
std::uint64_t own_rss_bytes();

// Copies the name of this program, cut to capacity - 1 bytes, and a NUL. Returns
// its length. Any bytes may stand in it.
std::size_t own_process_name(char* out, std::size_t capacity);

}  // namespace temporal_slab::base
