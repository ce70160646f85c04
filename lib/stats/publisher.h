// Whether the process that published a segment lives: alive, dead, or unknown with the reason
// (R-2.6-5). A living one is never called dead.
//
// What proves it. The publisher maps one page of its segment's file through a descriptor of its
// own, puts a lock on that, and closes it. The mapping keeps the open file and with it the lock,
// so the kernel drops the lock when the memory of the process goes: when it ends in any way, and
// when exec puts another program in its place. Nothing else ends it:
//  - a daemon that closes all of its descriptors keeps its mappings;
//  - a child of fork, by whatever call, does not get the page (MADV_DONTFORK);
//  - one of vfork or clone(CLONE_VM) has the same memory, and holds the lock while it has;
//  - names and numbers do not matter: neither pid nor time namespace, nor /proc, nor a pid that
//    was used again, nor whether the reader may look into the process.
// A reader asks for the lock without taking it (F_OFD_GETLK).
//
// File systems differ in whether a mapping keeps a lock (overlayfs drops it), so the publisher
// looks from outside, by a descriptor of its own, and writes down what it saw. Without a lock what
// is left is the pid: it proves something in the same boot and pid namespace alone.
//
// What remains. A child that is begun without exec, by a call that bypasses the C library, while
// another thread is between opening and closing that descriptor, keeps it. Then the lock outlives
// the process; where its pid says so the answer is unknown.
//
// Threads. Pure functions of the system's state. No malloc. errno stays as it was.
#pragma once

#include <cstdint>

#include "stats/segment_layout.h"

namespace temporal_slab::stats {

enum class Life { kAlive, kDead, kUnknown };

struct Liveness {
  Life life = Life::kUnknown;
  const char* reason = "";  // a line for unknown, "" for the others
};
const char* to_string(Life life);  // "alive", "dead", "unknown"

// What of a segment says who publishes it.
struct Publisher {
  bool known = false;  // false: nothing of the rest is believed
  std::uint64_t pid = 0;
  bool lock = false;
  std::uint64_t pid_namespace = 0;
  std::uint64_t boot_id[2] = {};
  std::uint64_t process_start_ticks = 0;
  std::uint64_t process_start_ns = 0;
  std::uint64_t clock_base_ns = 0;
  std::uint64_t created_ns = 0;
  std::uint64_t created_realtime_ns = 0;
  std::uint64_t found_dead_realtime_ns = 0;
  std::uint64_t seen_alive_ns = 0;
};

// Writes who this process is; `lock` says whether its file was seen to be locked.
void write_publisher(PublisherWords& words, bool lock);

// Reads them from a file of any layout that has them.
Publisher read_publisher(int fd);

// Whether its making was begun and did not come to where the file says who its process is.
bool is_unfinished(int fd);

// `fd` is open for reading, of the file that has this publisher.
Liveness liveness_of(int fd, const Publisher& publisher);

// The moment that a process's ages are counted to (R-2.6-10): now; of what is dead, or of another
// boot, the last one that is known: when a call last held the mutex (`active_ns`), or a reader last
// found it alive. The process may have gone on for a while.
struct Moment {
  std::uint64_t monotonic_ns = 0;  // by the publisher's clock
  std::uint64_t realtime_ns = 0;   // as far as nobody has set that clock since it published
  bool is_now = true;
};
Moment last_known_moment(const Publisher& publisher, const Liveness& liveness,
                         std::uint64_t active_ns);

// It was found alive at this moment, or dead at that one. `fd` is open for writing; if it is not,
// nothing is done.
void write_seen_alive(int fd, const Moment& moment);
void write_found_dead(int fd, std::uint64_t realtime_ns);

std::uint64_t uptime_sec(const Publisher& publisher, const Moment& moment);

// The lock on its own.
enum class LockState { kHeld, kFree, kCannotTell };
LockState lock_state(int fd);
// Takes it, as a publisher does (shared) or as who removes what is no publisher's (alone); never
// waits. False with errno.
bool lock_shared(int fd);
bool lock_alone(int fd);

// Whether the publisher's pid is a number of this pid namespace, and /proc shows that one.
bool has_pid_here(const Publisher& publisher);

}  // namespace temporal_slab::stats
