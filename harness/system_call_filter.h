// A filter on system calls (seccomp), as sandboxes install one: for good, for all threads of the
// process and all that it starts.
#pragma once

#include <vector>

namespace temporal_slab::harness {

// From here on each of these calls (SYS_...) fails with `error` and does nothing. False, with
// errno, if the kernel does not let us.
bool refuse_system_calls(const std::vector<int>& numbers, int error);

}  // namespace temporal_slab::harness
