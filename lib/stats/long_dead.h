// What dead processes left, removed by the next publisher of the same user (R-2.6-9): a program
// that is ended by a signal each time would else fill /dev/shm.
//
// Removed is what is provably dead (stats/publisher.h), and was found so an hour ago or earlier.
// Who finds it first writes down when, in the header: how long a process lived does not matter, so
// what crashed just now stays for whoever looks into it, also if the program is started again at
// once. TEMPORAL_SLAB_KEEP_DEAD=1 keeps all of it.
//
// No malloc, no cancellation point. Any thread; several processes may do so at once. errno may
// change.
#pragma once

#include <cstdint>

namespace temporal_slab::stats {

inline constexpr std::uint64_t kKeepDeadNs = std::uint64_t{3600} * 1'000'000'000;

// In this directory, of this user.
void remove_long_dead(int directory_fd);

}  // namespace temporal_slab::stats
