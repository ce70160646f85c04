// What the kernel calls the calling thread. System calls, and nothing else: no
// malloc, no lock; errno stays as it was.
#pragma once

#include <cstddef>
#include <cstdint>

namespace temporal_slab::base {

inline constexpr std::size_t kThreadNameBytes = 16;  // with the NUL

// Also right in a child after fork, whose thread has another number.
std::uint64_t own_thread_id();

// Any bytes may stand in it. Returns its length.
std::size_t own_thread_name(char (&out)[kThreadNameBytes]);

}  // namespace temporal_slab::base
